"""The rows that were not taken, kept on disk as they come up and read back in the file's order."""

import csv
import heapq
import tempfile
from collections.abc import Iterator, Sequence
from operator import itemgetter
from threading import Lock
from typing import IO, NamedTuple


class RefusedRow(NamedTuple):
    """A row that was not taken: where it starts, why, and what stood there."""

    line: int
    reason: str
    fields: Sequence[str]


class RefusedRows:
    """Collects refused rows; iterates over them by line."""

    def __init__(self) -> None:
        self.count = 0
        self._runs: list[IO[str]] = []
        self._lock = Lock()

    def add(self, rows: Sequence[RefusedRow]) -> None:
        """Keep some rows."""
        if not rows:
            return
        run = tempfile.TemporaryFile("w+", newline="", encoding="utf-8", errors="surrogateescape")  # noqa: SIM115
        csv.writer(run).writerows((row.line, row.reason, *row.fields) for row in sorted(rows, key=itemgetter(0)))
        with self._lock:
            self._runs.append(run)
            self.count += len(rows)

    def __iter__(self) -> Iterator[RefusedRow]:
        return heapq.merge(*map(_read, self._runs), key=itemgetter(0))


def _read(run: IO[str]) -> Iterator[RefusedRow]:
    run.seek(0)  # has no name, and is gone with this object
    for line, reason, *fields in csv.reader(run):
        yield RefusedRow(int(line), reason, fields)
