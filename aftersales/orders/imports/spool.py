"""A file split into small ones by order, so that all rows of an order meet however far apart they stood.

That makes memory constant, the outcome independent of the rows' order, and the pieces independent of each other. The
pieces have no names: they are gone with the process, however it ends.
"""

import csv
import re
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TextIO, cast
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from aftersales.orders.imports.columns import check_header
from aftersales.orders.imports.encoding import Encoding
from aftersales.orders.imports.errors import Unreadable
from aftersales.orders.imports.records import Record, Records

PIECE = 1_500_000  # bytes: some 5,000 rows
MOST_PIECES = 500  # open files
_suffix = re.compile(r"-[0-9]+$")
Progress = Callable[[int], None]


class Spool:
    """The pieces of a file, its header, the rows that were torn; and its newest delivery, where a `zone` is given."""

    def __init__(self, path: Path, encoding: Encoding, *, zone: ZoneInfo | None, progress: Progress) -> None:
        count = min(MOST_PIECES, 1 + path.stat().st_size // PIECE)
        self.pieces: list[TextIO] = [unnamed_file() for _n in range(count)]
        self.torn: list[Record] = []
        self.newest: datetime | None = None
        self._zone = zone
        with path.open(encoding=encoding.codec, errors="surrogateescape", newline="") as file:
            self._split(file, progress)

    def _split(self, file: TextIO, progress: Progress) -> None:
        try:
            records = Records(file)
        except csv.Error as unreadable:
            raise Unreadable(_("The header cannot be read: a quote may not be closed.")) from unreadable
        self.header = records.header
        self.unknown = check_header(records.header)
        order, delivery = self.header.index("order_ref"), self.header.index("delivered_at")
        writers = [csv.writer(piece) for piece in self.pieces]
        for number, record in enumerate(records):
            if number % 1000 == 0:
                progress(file.buffer.tell())
            if not record.fields:
                self.torn.append(record)
                continue
            if self._zone:
                self._note_delivery(record.fields[delivery])
            writers[_place(record.fields[order], len(writers))].writerow([record.line, *record.fields])

    def _note_delivery(self, text: str) -> None:
        with suppress(ValueError):
            found = datetime.fromisoformat(text.strip())
            found = found if found.tzinfo else found.replace(tzinfo=self._zone)
            if self.newest is None or found > self.newest:
                self.newest = found


def unnamed_file() -> TextIO:
    """Open a temporary file without a name that takes any text, also what was no text."""
    file = tempfile.TemporaryFile("w+", newline="", encoding="utf-8", errors="surrogateescape")  # noqa: SIM115 - kept
    return cast(TextIO, file)


def rows_of(piece: TextIO) -> Iterator[tuple[int, Sequence[str]]]:
    """Read a piece back: line numbers of the file with their fields, in the file's order; closes it."""
    with piece:
        piece.seek(0)
        for line, *fields in csv.reader(piece):
            yield int(line), fields


def _place(order_ref: str, count: int) -> int:
    # `A-2` goes where `A` goes: the second part of `A` may want that number.
    name = order_ref.strip()
    if "-" in name:
        name = _suffix.sub("", name)
    return zlib.crc32(name.encode("utf-8", "surrogateescape")) % count
