"""The style sheet: one small file per component in static/css, served as one, named by its content's hash."""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.views.decorators.http import require_safe

FOLDER = Path(settings.BASE_DIR) / "static" / "css"


class Sheet(NamedTuple):
    """All component files, in the order of their names."""

    digest: str
    plain: bytes
    packed: bytes


def sheet() -> Sheet:
    """Return the style sheet; read once per process, at each call while DEBUG is on."""
    return _read() if settings.DEBUG else _cached()


def _read() -> Sheet:
    plain = b"\n".join(path.read_bytes() for path in sorted(FOLDER.glob("[0-9]*.css")))
    return Sheet(hashlib.sha256(plain).hexdigest()[:12], plain, gzip.compress(plain, mtime=0))


_cached = lru_cache(maxsize=1)(_read)


@require_safe
def stylesheet(request: HttpRequest, digest: str) -> HttpResponse:
    """Serve the style sheet; a browser keeps it for a year, since a change changes the address."""
    current = sheet()
    if request.headers.get("If-None-Match") == f'"{current.digest}"':
        return HttpResponseNotModified()
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(current.packed if packed else current.plain, content_type="text/css; charset=utf-8")
    if packed:
        response["Content-Encoding"] = "gzip"
    response["Vary"] = "Accept-Encoding"
    response["ETag"] = f'"{current.digest}"'
    response["Cache-Control"] = "public, max-age=31536000, immutable" if digest == current.digest else "no-cache"
    return response
