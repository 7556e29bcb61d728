"""Simulations: asked for by a shop's person, worked out at once where there are few cases, else by a worker."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.disputes.models import Dispute
from aftersales.orders.models import Order
from aftersales.rehearsal.cases import PastCase, pieces
from aftersales.rehearsal.history import history_of
from aftersales.rehearsal.models import Rehearsal, Source
from aftersales.rehearsal.replay import answer, answer_then, is_as_it_was
from aftersales.rehearsal.tally import Tally
from aftersales.rehearsal.troubles import troubles
from merchants.coupons.budgets import day_of
from merchants.experiments.models import Arm
from merchants.plans.changes import Past
from merchants.plans.content import content_of
from merchants.plans.lineup import Entry, Lineup, entries_of
from merchants.plans.matching import stopped_coupons
from merchants.plans.models import Plan, PlanState, PlanVersion

if TYPE_CHECKING:
    from portal.accounts.models import User

AT_ONCE = 10_000  # cases that are worked out while the page waits
PAST = timedelta(days=90)
LONGEST = timedelta(days=366)


class NothingToSimulate(Exception):
    """There is no version that could be tried, or the range is none."""


def ask(
    *, plan: Plan, begin: datetime, end: datetime, actor: "User", now: datetime, source: Source = Source.CASES
) -> Rehearsal:
    """Replay the cases opened (or orders paid) from `begin` to before `end` under the draft as it is now, or the live
    version.

    Worked out when this returns where there are few; else a worker begins at once. Raises PermissionDenied,
    NothingToSimulate.
    """
    from aftersales.rehearsal.tasks import rehearse  # the worker's side imports this module

    member = actor.memberships.filter(merchant=plan.merchant_id).first()
    if member is None or not member.may_act:
        raise PermissionDenied(_("Only the shop's owner, managers and agents can simulate plans."))
    version = plan.draft or plan.live
    if version is None or not begin < end <= begin + LONGEST:
        raise NothingToSimulate(_("Choose a range of at most a year."))
    run = Rehearsal.objects.create(
        plan=plan,
        version=version,
        fingerprint=content_of(version).fingerprint,
        currency=version.currency,
        source=source,
        begin=begin,
        end=end,
        asked_at=now,
        asked_by=actor,
        total=_count(source, plan.merchant_id, version.currency, begin, end),
    )
    if run.total <= AT_ONCE:
        return measure(run)
    # Beside the notices: it can take minutes, which deadlines must not wait for.
    transaction.on_commit(lambda: rehearse.apply_async((run.pk,), queue="notices", retry=False), robust=True)
    return run


def measure(run: Rehearsal) -> Rehearsal:
    """Work a simulation out, noting progress after each piece; a second worker's try of the same finds it done."""
    if run.finished_at is not None:
        return run
    tried = _tried(run)
    if tried is None:
        run.moved = True
    else:
        run.result = _replay(run, tried).dump()
        run.total = run.done
        # A replay takes minutes: what it says is about the draft that it began with, or about nothing.
        run.moved = _tried(run) is None
    run.finished_at = timezone.now()
    run.save(update_fields=["result", "finished_at", "total", "done", "moved"])
    return run


def latest(plan: Plan) -> Rehearsal | None:
    """Return the plan's latest simulation."""
    return plan.rehearsals.select_related("asked_by").order_by("-asked_at", "-pk").first()


def _count(source: Source, merchant_id: int, currency: str, begin: datetime, end: datetime) -> int:
    if source == Source.ORDERS:
        return Order.objects.filter(
            merchant=merchant_id, currency=currency, paid_at__gte=begin, paid_at__lt=end
        ).count()
    return Dispute.objects.filter(
        merchant=merchant_id, currency=currency, opened_at__gte=begin, opened_at__lt=end
    ).count()


def _tried(run: Rehearsal) -> Entry | None:
    entry = next(iter(entries_of([run.version_id])), None) if run.version_id else None
    return entry if entry is not None and entry.content.fingerprint == run.fingerprint else None


def _replay(run: Rehearsal, tried: Entry) -> Tally:
    merchant_id, now = run.plan.merchant_id, run.asked_at
    lineup = Lineup([tried, *entries_of(_others(run.plan))])
    # Counted by no day: budgets of a day begin anew on every other one.
    stopped = stopped_coupons(merchant_id=merchant_id, today=day_of(now + timedelta(days=1)))
    tally = Tally(run.plan_id, history_of(merchant_id=merchant_id, currency=run.currency, now=now))
    past, arms = Past.of(merchant_id), _arms(merchant_id)
    begins_at = past.begins_at
    run.done = 0
    for read, cases in _found(run):
        for case in cases:
            tally.add(case, answer(lineup, case, stopped))
            if run.source == Source.CASES and begins_at is not None and case.opened_at >= begins_at:
                tally.check(case, is_as_it_was(answer_then(past.at(case.opened_at), case, arms), case))
        run.done += read
        Rehearsal.objects.filter(pk=run.pk).update(done=run.done)
    return tally


def _found(run: Rehearsal) -> Iterator[tuple[int, list[PastCase]]]:
    merchant_id, currency = run.plan.merchant_id, run.currency
    if run.source == Source.ORDERS:
        return troubles(merchant_id=merchant_id, currency=currency, begin=run.begin, end=run.end)
    return pieces(merchant_id=merchant_id, currency=currency, begin=run.begin, end=run.end, now=run.asked_at)


def _others(plan: Plan) -> Iterable[int]:
    live = PlanVersion.objects.filter(live_in__merchant=plan.merchant_id, live_in__state=PlanState.LIVE)
    return live.exclude(plan=plan).values_list("pk", flat=True)


def _arms(merchant_id: int) -> dict[int, Entry]:
    shown = Arm.objects.filter(experiment__plan__merchant=merchant_id, version__isnull=False)
    return {entry.version_id: entry for entry in entries_of(shown.values_list("version_id", flat=True))}
