"""The sweep: claims due cases in batches, many workers side by side, and lets silence have its known outcome."""

import logging
import traceback
from datetime import datetime

from django.db import connection, transaction
from django.db.models import prefetch_related_objects

from aftersales.disputes.models import Dispute
from aftersales.disputes.services.silence import is_due, pays_first, take_silence
from aftersales.disputes.transitions import Batch

log = logging.getLogger(__name__)
BATCH = 500


def sweep(*, now: datetime, batch: int = BATCH) -> int:
    """Take the silence of every case that is due at an instant; return how many were moved.

    A case that cannot be moved is set aside with its error for a person to see, and the others go on.
    """
    moved = 0
    while True:
        seen, done = _sweep_once(now, batch)
        moved += done
        if seen < batch:
            return moved


def next_due(*, after: datetime) -> datetime | None:
    """Return when the next deadline of any case runs out."""
    waiting = Dispute.objects.filter(due_at__gt=after, sweep_error="")
    return waiting.order_by("due_at").values_list("due_at", flat=True).first()


def _sweep_once(now: datetime, size: int) -> tuple[int, int]:
    """Move one batch, or its cases one by one where one of them spoils it; return how many were seen and moved."""
    ids: list[int] = []
    try:
        with transaction.atomic():
            cases = list(Dispute.objects.due(now).select_for_update(skip_locked=True, of=("self",))[:size])
            ids = [case.pk for case in cases]
            _move(cases, now)
    except Exception:
        connection.ensure_connection()  # a lost database is no case's fault: then this raises
        log.exception("a batch of %s due cases failed; going on one by one", len(ids))
        return len(ids), sum(_move_alone(pk, now) for pk in ids)
    return len(ids), len(ids)


def _move(cases: list[Dispute], now: datetime) -> None:
    if not cases:
        return
    batch = Batch(now=now)
    batch.know_receipts([case for case in cases if case.on_silence == "accept_return_by_silence"])
    batch.know_advances([case for case in cases if pays_first(case)])
    prefetch_related_objects([case for case in cases if case.on_silence == "next_offers"], "offers")
    for case in cases:
        take_silence(batch, case)
    batch.flush()


def _move_alone(pk: int, now: datetime) -> bool:
    try:
        with transaction.atomic():
            case = Dispute.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first()
            if case is None or not is_due(case, now):
                return False  # somebody acted meanwhile, or another worker has it
            _move([case], now)
    except Exception:
        connection.ensure_connection()
        log.exception("case %s could not be moved by the sweep; set aside", pk)
        Dispute.objects.filter(pk=pk).update(sweep_error=traceback.format_exc()[-2000:])
        return False
    return True
