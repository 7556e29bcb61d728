"""The sweep: claims due cases in batches, many workers side by side, and lets silence have its known outcome."""

import logging
from datetime import datetime

from django.db import DatabaseError, transaction

from aftersales.disputes.models import Dispute
from aftersales.disputes.services.silence import is_due, take_silence
from aftersales.disputes.transitions import Batch

log = logging.getLogger(__name__)
BATCH = 500


def sweep(*, now: datetime, batch: int = BATCH) -> int:
    """Take the silence of every case that is due at an instant; return how many were moved.

    A case that cannot be moved is set aside with its error (staff see it), and the others go on.
    """
    moved = 0
    while True:
        count, full = _sweep_once(now=now, size=batch)
        moved += count
        if not full:
            return moved


def _sweep_once(*, now: datetime, size: int) -> tuple[int, bool]:
    """Move one batch; fall back to one by one where the batch as a whole fails."""
    ids: list[int] = []
    try:
        with transaction.atomic():
            cases = list(Dispute.objects.due(now).select_for_update(skip_locked=True, of=("self",))[:size])
            ids = [case.pk for case in cases]
            _move(cases, now)
    except Exception:
        log.exception("batch of %s due cases failed; going on one by one", len(ids))
        return sum(_move_alone(pk, now) for pk in ids), len(ids) == size
    return len(ids), len(ids) == size


def _move(cases: list[Dispute], now: datetime) -> None:
    batch = Batch(now=now)
    for case in cases:
        take_silence(batch, case)
    if cases:
        batch.flush()


def _move_alone(pk: int, now: datetime) -> int:
    try:
        with transaction.atomic():
            case = Dispute.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first()
            if case is None or not is_due(case, now):
                return 0  # somebody acted meanwhile, or another worker has it
            _move([case], now)
    except DatabaseError:
        raise_if_connection_lost()
        _set_aside(pk)
        return 0
    except Exception:
        _set_aside(pk)
        return 0
    return 1


def raise_if_connection_lost() -> None:
    """Tell a bad row from a lost database: the latter is no row's fault. Raises DatabaseError."""
    from django.db import connection

    connection.ensure_connection()


def _set_aside(pk: int) -> None:
    log.exception("case %s could not be moved by the sweep; set aside", pk)
    import traceback

    Dispute.objects.filter(pk=pk).update(sweep_error=traceback.format_exc()[-2000:])
