"""Icons: drawings of the Lucide set, inlined, so that a page asks for no file of them."""

import zipfile
from functools import lru_cache
from importlib.resources import files

from django.utils.safestring import SafeString, mark_safe

_HEAD = (
    '<svg class="icon" viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" stroke-width="2" '
    'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">'
)


@lru_cache(maxsize=1)
def _archive() -> zipfile.ZipFile:
    """Open the set once: reading its table of contents costs more than any drawing."""
    return zipfile.ZipFile(str(files("lucide") / "lucide.zip"))


@lru_cache(maxsize=512)
def drawing(name: str) -> SafeString:
    """Return an icon as inline SVG, hidden from readers: a word stands beside it. Raises KeyError if unknown."""
    svg = _archive().read(f"{name}.svg").decode()
    inside = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")].strip()
    return mark_safe(f"{_HEAD}{inside}</svg>")  # noqa: S308 - a package's file; the name is looked up in it
