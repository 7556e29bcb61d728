"""Carrying out: replacements, payments that failed, large amounts, and the end of it."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.disputes.codes import Outcome, Role, Status
from aftersales.disputes.eligibility import already_disputed
from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.services.leaving import serve
from aftersales.disputes.services.parcels import parcel_of
from aftersales.disputes.terms import Terms
from aftersales.disputes.transitions import Batch, acting
from aftersales.orders.services import LineHeld
from aftersales.remedies import services as remedies

if TYPE_CHECKING:
    from portal.accounts.models import User

DECIDED_BY_PLATFORM = frozenset({Outcome.RULING, Outcome.APPEAL})


def ship_replacement(
    *,
    dispute: Dispute,
    actor: "User",
    now: datetime,
    carrier: str,
    tracking: str,
    expected_version: int | None = None,
) -> Dispute:
    """Say that the replacement is on its way. Raises RuleBroken without carrier and a number that fits it."""
    parcel = parcel_of(carrier, tracking)
    with acting(dispute, "ship_replacement", actor=actor, now=now, expected_version=expected_version) as act:
        if act.case.terms is None or not Terms.parse(act.case.terms).goods:
            raise RuleBroken("no_goods", _("No replacement is owed in this case."))
        try:
            remedies.ship_replacement(case=act.case.number, carrier=parcel.carrier, tracking=parcel.tracking, now=now)
        except remedies.NothingToShip as sent:
            raise RuleBroken("nothing_to_ship", str(sent)) from sent
        data = {"carrier": parcel.carrier, "tracking": parcel.tracking}
        act.move("ship_replacement", clock="remedies", data=data)
        _complete(act.batch, act.case)
    return act.case


def report_goods(
    *, dispute: Dispute, actor: "User", now: datetime, statement: str, expected_version: int | None = None
) -> Dispute:
    """Say that the goods sent never came or are wrong: the same case goes on, before the platform.

    Raises RuleBroken without words, where no goods were sent, when it was done before, and when it is too late.
    """
    if not statement.strip():
        raise RuleBroken("statement_missing", _("Say what is wrong."), "statement")
    try:
        with acting(dispute, "report_goods", actor=actor, now=now, expected_version=expected_version) as act:
            act.case.reopened = True
            serve(act, "report_goods", {"statement": statement.strip()})
    except LineHeld as held:
        raise already_disputed() from held
    return act.case


def release_hold(*, dispute: Dispute, actor: "User", now: datetime, expected_version: int | None = None) -> Dispute:
    """Approve a large amount; it is then carried out."""
    with acting(dispute, "release_hold", actor=actor, now=now, expected_version=expected_version) as act:
        act.batch.pay(act.case, "release_hold", role=act.role, actor_id=actor.pk)
    return act.case


def retry_payout(*, dispute: Dispute, actor: "User", now: datetime, expected_version: int | None = None) -> Dispute:
    """Try a failed payment again."""
    with acting(dispute, "retry_payout", actor=actor, now=now, expected_version=expected_version) as act:
        remedies.retry_failed(cases=[act.case.number], now=now)
        act.move("retry_payout", to=Status.FULFILLING, clock="remedies")
    return act.case


def note_remedies(*, number: str, now: datetime) -> None:
    """React to news of a case's remedies: all done ends it, a failed payment calls a person. Safe to run twice."""
    with transaction.atomic():
        case = Dispute.objects.select_for_update(of=("self",)).get(number=number)
        batch = Batch(now=now)
        if case.status == Status.FULFILLING and remedies.failed_remedies(number):
            batch.move(case, "report_payout_failed", role=Role.SYSTEM, to=Status.PAYOUT_FAILED, clock="payout_failed")
        elif case.status in {Status.FULFILLING, Status.PAYOUT_FAILED}:
            _complete(batch, case)
        batch.flush()


def _complete(batch: Batch, case: Dispute) -> None:
    if remedies.open_remedies(case.number) or remedies.failed_remedies(case.number):
        return
    end = Status.CLOSED if case.outcome in DECIDED_BY_PLATFORM else Status.RESOLVED
    batch.move(case, "complete", role=Role.SYSTEM, to=end)
