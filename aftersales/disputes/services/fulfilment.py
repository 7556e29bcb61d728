"""Carrying out: replacements, payments that failed, and the end of it."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.disputes.codes import Role, Status
from aftersales.disputes.eligibility import already_disputed
from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.services.leaving import serve
from aftersales.disputes.services.parcels import check_new, goods_caught_up, hold, parcel_of
from aftersales.disputes.terms import Terms
from aftersales.disputes.transitions import Batch, acting
from aftersales.orders.services import LineHeld
from aftersales.remedies import services as remedies

if TYPE_CHECKING:
    from portal.accounts.models import User


def fail_repair(
    *, dispute: Dispute, actor: "User", now: datetime, note: str, expected_version: int | None = None
) -> Dispute:
    """Say that the goods cannot be repaired: the platform decides whether the buyer gets money or new goods.

    Raises RuleBroken without words, and where no repair is owed.
    """
    if not note.strip():
        raise RuleBroken("note_missing", _("Say why it cannot be repaired."), "note")
    with acting(dispute, "fail_repair", actor=actor, now=now, expected_version=expected_version) as act:
        act.batch.take_back_goods(act.case)
        serve(act, "fail_repair", {"note": note.strip()})
    return act.case


@transaction.atomic
def ship_replacement(
    *,
    dispute: Dispute,
    actor: "User",
    now: datetime,
    carrier: str,
    tracking: str,
    expected_version: int | None = None,
) -> Dispute:
    """Say that the goods owed are on their way; the case waits until they have arrived.

    Raises RuleBroken without carrier and a number that fits it, and for the number of another parcel of the case.
    """
    parcel = parcel_of(carrier, tracking)
    hold(parcel)
    with acting(dispute, "ship_replacement", actor=actor, now=now, expected_version=expected_version) as act:
        if act.case.terms is None or not Terms.parse(act.case.terms).goods:
            raise RuleBroken("no_goods", _("No replacement is owed in this case."))
        check_new(act.case, parcel)
        try:
            remedies.ship_replacement(case=act.case.number, carrier=parcel.carrier, tracking=parcel.tracking, now=now)
        except remedies.NothingToShip as sent:
            raise RuleBroken("nothing_to_ship", str(sent)) from sent
        data = {"carrier": parcel.carrier, "tracking": parcel.tracking}
        act.move("ship_replacement", to=Status.GOODS_SENT, clock="buyer_goods", data=data)
    return goods_caught_up(act.case, parcel, now=now)


def confirm_goods(*, dispute: Dispute, actor: "User", now: datetime, expected_version: int | None = None) -> Dispute:
    """Say that the goods sent have arrived; that ends the case unless something else is owed."""
    with acting(dispute, "confirm_goods", actor=actor, now=now, expected_version=expected_version) as act:
        act.batch.goods_arrived(act.case, "confirm_goods", role=act.role, actor_id=actor.pk)
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
            act.case.reopened |= act.case.status != Status.GOODS_SENT  # an open case is not taken up again
            data = {"statement": statement.strip()}
            act.batch.goods_failed(act.case, "report_goods", role=act.role, actor_id=actor.pk, data=data)
    except LineHeld as held:
        raise already_disputed() from held
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
    batch.complete(case)
