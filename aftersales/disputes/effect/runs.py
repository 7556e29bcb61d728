"""Trials of draft rules on past cases: asked for by staff, run by a worker in pieces, followed on a page."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby, islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from aftersales.disputes.effect.compute import Draft, differences
from aftersales.disputes.models import Dispute, DisputeLine, EffectRun
from aftersales.policies.layers import Layer
from aftersales.policies.models import RulePackDraft
from portal.accounts.models import Duty

if TYPE_CHECKING:
    from portal.accounts.models import User

PAST = timedelta(days=90)
PIECE = 500  # cases between two notes of progress
EXAMPLES = 50
Group = tuple[Dispute, list[DisputeLine]]


def ask(*, draft: RulePackDraft, actor: "User", now: datetime) -> EffectRun:
    """Ask for a trial of a draft as it is now; a worker begins at once. Raises PermissionDenied."""
    from aftersales.disputes.tasks import measure_effect  # the worker's side imports this module

    if actor.duty != Duty.PLATFORM:
        raise PermissionDenied
    run = EffectRun.objects.create(
        pack=draft.pack, rules=draft.rules, since=now - PAST, asked_at=now, asked_by=actor, total=_past(now).count()
    )
    # Beside the notices: it can take seconds, which deadlines must not wait for.
    transaction.on_commit(lambda: measure_effect.apply_async((run.pk,), queue="notices", retry=False), robust=True)
    return run


def measure(run: EffectRun) -> EffectRun:
    """Work a trial out, noting progress after each piece; a second worker's try of the same finds it done."""
    if run.finished_at is not None:
        return run
    draft = Draft(run.pack, Layer.parse(run.rules))
    counts: Counter[str] = Counter()
    examples: list[dict[str, Any]] = []
    run.done = 0
    for piece in _pieces(_cases(run)):
        for case, lines in piece:
            found = differences(case, lines, draft)
            counts.update(difference.kind for difference in found)
            counts["cases"] += bool(found)
            if found and len(examples) < EXAMPLES:
                examples.append({"case": case.number, "type": case.type, "changes": [d._asdict() for d in found]})
        run.done += len(piece)
        EffectRun.objects.filter(pk=run.pk).update(done=run.done)
    run.result, run.finished_at = {"counts": dict(counts), "examples": examples}, timezone.now()
    run.total = run.done
    run.save(update_fields=["result", "finished_at", "total", "done"])
    return run


def _past(now: datetime) -> Any:
    return Dispute.objects.filter(opened_at__gte=now - PAST, opened_at__lte=now)


def _cases(run: EffectRun) -> Iterator[Group]:
    """Read the cases with their lines and orders, newest last, by a server-side cursor: memory stays small."""
    lines = (
        DisputeLine.objects.filter(dispute__opened_at__gte=run.since, dispute__opened_at__lte=run.asked_at)
        .select_related("order_line", "dispute__order")
        .defer("dispute__statement", "dispute__plan_trace", "dispute__terms", "order_line__review_text")
        .order_by("dispute_id", "pk")
    )
    for _pk, group in groupby(lines.iterator(chunk_size=PIECE), key=attrgetter("dispute_id")):
        own = list(group)
        yield own[0].dispute, own


def _pieces(cases: Iterator[Group]) -> Iterator[list[Group]]:
    while piece := list(islice(cases, PIECE)):
        yield piece
