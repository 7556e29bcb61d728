"""The goods' way back and what the merchant finds in the parcel."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.disputes.codes import Status
from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.services.leaving import serve
from aftersales.disputes.services.parcels import check_new, hold, parcel_of, return_caught_up
from aftersales.disputes.transitions import acting
from aftersales.returns import services as returns
from aftersales.returns.models import Condition
from portal.money import ZERO, is_exact

if TYPE_CHECKING:
    from portal.accounts.models import User


@transaction.atomic
def ship_return(
    *,
    dispute: Dispute,
    actor: "User",
    now: datetime,
    carrier: str,
    tracking: str,
    freight_paid: Decimal | None = None,
    expected_version: int | None = None,
) -> Dispute:
    """Say that the goods are on their way back, and what the postage was where the buyer need not bear it.

    Raises RuleBroken without carrier and a number that fits it, and for postage that is the buyer's to bear.
    """
    parcel = parcel_of(carrier, tracking)
    hold(parcel)
    with acting(dispute, "ship_return", actor=actor, now=now, expected_version=expected_version) as act:
        check_new(act.case, parcel)
        _check_receipt(act.case, freight_paid)
        returns.ship(case=act.case.number, parcel=parcel, now=now, freight_paid=freight_paid)
        data = {"carrier": parcel.carrier, "tracking": parcel.tracking}
        act.move("ship_return", to=Status.RETURN_IN_TRANSIT, clock="merchant_receives", data=data)
    return return_caught_up(act.case, parcel, now=now)


def _check_receipt(case: Dispute, paid: Decimal | None) -> None:
    if paid is None:
        return
    if returns.freight_payer(case.number) == "buyer":
        raise RuleBroken("postage_yours", _("You bear the postage of this return."), "freight_paid")
    if not ZERO < paid <= case.max_amount or not is_exact(paid, case.currency):
        raise RuleBroken("amount", _("Enter the amount on your receipt."), "freight_paid")


def receive_return(*, dispute: Dispute, actor: "User", now: datetime, expected_version: int | None = None) -> Dispute:
    """Say that the parcel has arrived; the time to inspect it begins."""
    with acting(dispute, "receive_return", actor=actor, now=now, expected_version=expected_version) as act:
        returns.receive(case=act.case.number, now=now)
        act.move("receive_return", to=Status.AWAITING_INSPECTION, clock="merchant_inspects")
    return act.case


def confirm_return(*, dispute: Dispute, actor: "User", now: datetime, expected_version: int | None = None) -> Dispute:
    """Say that the goods came back as they should; what was agreed is carried out at once."""
    with acting(dispute, "confirm_return", actor=actor, now=now, expected_version=expected_version) as act:
        returns.inspect(case=act.case.number, condition=Condition.INTACT, note="", now=now)
        act.batch.pay(act.case, "confirm_return", role=act.role, actor_id=actor.pk, condition=str(Condition.INTACT))
    return act.case


def dispute_return(
    *,
    dispute: Dispute,
    actor: "User",
    now: datetime,
    condition: str,
    note: str,
    expected_version: int | None = None,
) -> Dispute:
    """Contest what came back: the platform decides, since the merchant now has both goods and money.

    Raises RuleBroken without a condition or a description.
    """
    if condition not in Condition.values or condition == Condition.INTACT:
        raise RuleBroken("condition_missing", _("Say what is wrong with the returned goods."), "condition")
    if not note.strip():
        raise RuleBroken("note_missing", _("Describe what you found in the parcel."), "note")
    with acting(dispute, "dispute_return", actor=actor, now=now, expected_version=expected_version) as act:
        returns.inspect(case=act.case.number, condition=condition, note=note.strip(), now=now)
        serve(act, "dispute_return", {"condition": condition, "note": note.strip()})
    return act.case
