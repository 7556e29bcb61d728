"""CSV records with the line they start on; a torn one does not swallow the rows after it."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Record(NamedTuple):
    """One row of a file. `fields` is empty where it was torn; `raw` is then what stood there."""

    line: int
    fields: list[str]
    raw: str


class _Lines(Iterator[str]):
    """Lines that can be given back; an iterator of its own, since a generator cannot go on after it ended."""

    def __init__(self, source: Iterable[str]) -> None:
        self._source = iter(source)
        self._given_back: deque[str] = deque()
        self.taken: list[str] = []
        self.number = 0

    def __next__(self) -> str:
        line = self._given_back.popleft() if self._given_back else next(self._source)
        self.number += 1
        self.taken.append(line)
        return line

    def keep_first(self) -> str:
        """Give back all lines of the present record but its first."""
        first, *rest = self.taken
        self._given_back.extendleft(reversed(rest))
        self.number -= len(rest)
        return first


class Records:
    """Iterates over the records of a CSV; those that have another width than the header are torn.

    Raises csv.Error where not even the header can be read.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = _Lines(lines)
        self._reader = csv.reader(self._lines)
        self.header = [name.strip().lower() for name in next(self._reader, [])]

    def __iter__(self) -> Iterator[Record]:
        while True:
            start = self._lines.number + 1
            self._lines.taken.clear()
            try:
                fields = next(self._reader)
            except StopIteration:
                return
            except csv.Error:  # the quote that opened a field never closes: the reader's limit ended it
                yield Record(start, [], self._give_up())
                continue
            if len(fields) == len(self.header):
                yield Record(start, fields, "")
            elif fields:  # an empty line is nobody's row
                yield Record(start, [], self._give_up())

    def _give_up(self) -> str:
        """Lose the first line only: what an open quote swallowed after it may be good rows."""
        return self._lines.keep_first().rstrip("\r\n")
