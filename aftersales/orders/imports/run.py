"""A whole file: split, then piece by piece into the mirror, several pieces at a time."""

import gc
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Protocol
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import translation
from django.utils.translation import gettext as _

from aftersales.orders.imports.encoding import Encoding, detect
from aftersales.orders.imports.errors import Refused, Unreadable
from aftersales.orders.imports.grouping import Numbered, Refusal, group
from aftersales.orders.imports.refused import RefusedRow, RefusedRows
from aftersales.orders.imports.rows import Defaults, Row, row_reader
from aftersales.orders.imports.safely import merge_safely
from aftersales.orders.imports.spool import Piece, Spool

MOST_WORKERS = 4


class Progress(Protocol):
    """Whoever wants to know how far an import is."""

    def reading(self, done: int) -> None:
        """So many bytes of the file are read."""

    def importing(self, rows: int) -> None:
        """So many more rows are dealt with."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of a file's rows: `counts` by taken, unchanged, updated."""

    header: list[str]
    unknown: list[str]
    encoding: Encoding
    moved: int = 0  # days
    counts: Counter[str] = field(default_factory=Counter)
    refused: RefusedRows = field(default_factory=RefusedRows)


def import_file(
    path: Path, *, zone: ZoneInfo, currency: str, now: datetime, progress: Progress, newest: datetime | None = None
) -> Summary:
    """Import order lines from a CSV file; instants without offset are local to `zone`.

    With `newest`, every instant moves by the whole number of days that brings the newest delivery to that date.
    Raises Unreadable where nothing can be taken.
    """
    with _no_garbage_collection():
        return _import(path, zone, currency, now, progress, newest)


def _import(
    path: Path, zone: ZoneInfo, currency: str, now: datetime, progress: Progress, newest: datetime | None
) -> Summary:
    encoding = detect(path)
    spool = Spool(path, encoding, zone=zone if newest else None, progress=progress.reading)
    moved = _days(spool, newest, zone) if newest else 0
    summary = Summary(spool.header, spool.unknown, encoding, moved)
    torn = _("The row does not have the header's %(count)d columns.") % {"count": len(spool.header)}
    summary.refused.add([RefusedRow(record.line, torn, [record.raw]) for record in spool.torn])
    job = _Job(row_reader(spool.header, Defaults(zone, currency, timedelta(days=moved))), summary, now, progress)
    _run(job, spool.pieces)
    return summary


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Rows make no cycles; looking for some among hundreds of thousands of them takes a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _days(spool: Spool, newest: datetime, zone: ZoneInfo) -> int:
    if spool.newest is None:
        raise Unreadable(_("No row has a date of delivery, so there is nothing to count from."))
    return (newest.astimezone(zone).date() - spool.newest.astimezone(zone).date()).days


@dataclass(frozen=True, slots=True)
class _Job:
    read: Callable[[Sequence[str]], Row]
    summary: Summary
    now: datetime
    progress: Progress
    lock: Lock = field(default_factory=Lock)

    def run(self, piece: Piece) -> None:
        """Bring one piece into the mirror and note what became of its rows."""
        fields = dict(piece.read())
        rows, refusals = self._read(fields)
        grouped = group(rows)
        merged = merge_safely(grouped.parts, now=self.now)
        refusals += [*grouped.refusals, *merged.refusals]
        self.summary.refused.add([RefusedRow(line, reason, fields[line]) for line, reason in refusals])
        with self.lock:
            self.summary.counts.update(merged.counts)
            self.summary.counts["unchanged"] += grouped.repeated
            self.progress.importing(len(fields))

    def _read(self, fields: Mapping[int, Sequence[str]]) -> tuple[list[Numbered], list[Refusal]]:
        rows, refusals = [], []
        for line, values in fields.items():
            try:
                rows.append(Numbered(line, self.read(values)))
            except Refused as refused:
                refusals.append(Refusal(line, str(refused)))
        return rows, refusals


def _run(job: _Job, pieces: list[Piece]) -> None:
    """Work through the pieces, on several connections unless the caller's transaction must hold it all."""
    workers = min(MOST_WORKERS, os.cpu_count() or 1, len(pieces))
    waiting = iter(pieces)
    if workers == 1 or connection.in_atomic_block:
        for piece in waiting:
            job.run(piece)
        return
    lock, language = Lock(), translation.get_language() or "en"

    def work() -> None:
        try:
            with translation.override(language):
                for piece in _shared(waiting, lock):
                    job.run(piece)
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(work) for _n in range(workers)]:
            done.result()


def _shared(pieces: Iterator[Piece], lock: Lock) -> Iterator[Piece]:
    while True:
        with lock:
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece
