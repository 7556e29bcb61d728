"""What a file is made of, found out in one streaming pass before anything is taken from it."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import gettext as _

from aftersales.orders.imports.errors import Unreadable

CHUNK = 1 << 20
LONGEST_LINE = 8 * CHUNK
_OTHERS = {
    b"PK\x03\x04": "ZIP",
    b"\x1f\x8b": "gzip",
    b"%PDF": "PDF",
    b"\xd0\xcf\x11\xe0": "Excel",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
_DAMAGE = re.compile("[\udc80-\udcff]")
_FOREIGN = re.compile(r"[^\x00-\x7f]")


class Encoding(NamedTuple):
    """How to decode a file; `name` is for people."""

    codec: str
    name: str


UTF8 = Encoding("utf-8", "UTF-8")
UTF8_BOM = Encoding("utf-8-sig", "UTF-8 with byte order mark")
GB18030 = Encoding("gb18030", "GB18030")


def detect(path: Path) -> Encoding:
    """Tell how a file is encoded: strict UTF-8, else GB18030, else UTF-8 with some broken rows. Raises Unreadable."""
    start = _start(path)
    utf8 = UTF8_BOM if start.startswith(codecs.BOM_UTF8) else UTF8
    if _decodes(path, "utf-8"):
        return utf8
    # A few broken bytes do not make UTF-8 something else: GB18030 would read it as nonsense without complaint.
    if utf8 is UTF8_BOM or _is_damaged_utf8(path):
        return utf8
    if b"\0" not in start and _decodes(path, "gb18030"):
        return GB18030
    raise Unreadable(_("This is not text in UTF-8 or GB18030. Save it as “CSV UTF-8” and try again."))


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        start = file.read(4096)
    if not start.removeprefix(codecs.BOM_UTF8).strip():
        raise Unreadable(_("The file is empty."))
    for magic, kind in _OTHERS.items():
        if start.startswith(magic):
            raise Unreadable(_("This is a %(kind)s file, not CSV text in UTF-8 or GB18030.") % {"kind": kind})
    return start


def _chunks(path: Path) -> Iterator[bytes]:
    since_newline = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            last = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
            since_newline = since_newline + len(chunk) if last < 0 else len(chunk) - last
            if since_newline > LONGEST_LINE:
                raise Unreadable(_("This is not CSV: it has a line of more than 8 MB."))
            yield chunk


def _decodes(path: Path, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        for chunk in _chunks(path):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_damaged_utf8(path: Path) -> bool:
    """Text in another encoding is hardly ever valid UTF-8 by chance: here nine of ten foreign characters must be."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    foreign = broken = 0
    for chunk in _chunks(path):
        text = decoder.decode(chunk)
        foreign += len(_FOREIGN.findall(text))
        broken += len(_DAMAGE.findall(text))
    return foreign > 10 * broken
