"""A file split into small ones by order, so that all rows of an order meet however far apart they stood.

That makes memory constant, the outcome independent of the rows' order, and the pieces independent of each other. The
pieces have no names: they are gone with the process, however it ends.
"""

import csv
import marshal
import re
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TextIO
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from aftersales.orders.imports.columns import check_header
from aftersales.orders.imports.encoding import Encoding
from aftersales.orders.imports.errors import Unreadable
from aftersales.orders.imports.records import Record, Records

PIECE = 1_500_000  # bytes: some 5,000 rows
MOST_PIECES = 500  # open files
WAITING = 32  # rows of a piece in memory
_suffix = re.compile(r"-[0-9]+$")
Progress = Callable[[int], None]


class Piece:
    """Some rows of a file, kept in a file without a name; written first, then read once."""

    def __init__(self) -> None:
        self._file: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - closed when read
        self._waiting: list[tuple[int, list[str]]] = []

    def add(self, line: int, fields: list[str]) -> None:
        """Keep a row."""
        self._waiting.append((line, fields))
        if len(self._waiting) >= WAITING:
            self._write()

    def read(self) -> Iterator[tuple[int, list[str]]]:
        """Read the rows back in the order they came; they are gone then."""
        self._write()
        self._file.seek(0)
        with self._file as file:
            while size := file.read(8):
                yield from marshal.loads(file.read(int.from_bytes(size)))  # noqa: S302 - written by this very process

    def _write(self) -> None:
        # marshal is half the cost of writing and reading CSV, and gives back any text as it was.
        rows = marshal.dumps(self._waiting)
        self._file.write(len(rows).to_bytes(8) + rows)
        self._waiting.clear()


class Spool:
    """The pieces of a file, its header, the rows that were torn; and its newest delivery, where a `zone` is given."""

    def __init__(self, path: Path, encoding: Encoding, *, zone: ZoneInfo | None, progress: Progress) -> None:
        self.pieces = [Piece() for _n in range(min(MOST_PIECES, 1 + path.stat().st_size // PIECE))]
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
        for number, record in enumerate(records):
            if number % 1000 == 0:
                progress(file.buffer.tell())
            if not record.fields:
                self.torn.append(record)
                continue
            if self._zone:
                self._note_delivery(record.fields[delivery], self._zone)
            self.pieces[_place(record.fields[order], len(self.pieces))].add(record.line, record.fields)

    def _note_delivery(self, text: str, zone: ZoneInfo) -> None:
        with suppress(ValueError):
            found = datetime.fromisoformat(text.strip())
            found = found if found.tzinfo else found.replace(tzinfo=zone)
            if self.newest is None or found > self.newest:
                self.newest = found


def _place(order_ref: str, count: int) -> int:
    # `A-2` goes where `A` goes: the second part of `A` may want that number.
    name = order_ref.strip()
    if "-" in name:
        name = _suffix.sub("", name)
    return zlib.crc32(name.encode("utf-8", "surrogateescape")) % count
