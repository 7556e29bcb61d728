"""Stopping a parcel on its way to the buyer: agreed by the seller, asked of the carrier, refunded once it is stopped.

Nobody is refunded for goods that then arrive: delivered all the same, the buyer sends them back or keeps them.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from aftersales.disputes.codes import Outcome, Role, Status
from aftersales.disputes.models import Dispute, OfferState
from aftersales.disputes.services.parcels import hold, outbound_caught_up, parcel_of
from aftersales.disputes.terms import Terms
from aftersales.disputes.transitions import acting
from aftersales.policies.codes import RemedyKind
from aftersales.returns import services as returns

if TYPE_CHECKING:
    from portal.accounts.models import User


def recall_parcel(*, dispute: Dispute, actor: "User", now: datetime, expected_version: int | None = None) -> Dispute:
    """Agree to refund everything once the parcel is stopped on its way; the time to ask the carrier begins.

    Raises RuleBroken where nothing is on its way, or where no full refund is asked for.
    """
    with acting(dispute, "recall_parcel", actor=actor, now=now, expected_version=expected_version) as act:
        case = act.case
        act.batch.end_offers(case, OfferState.SUPERSEDED, Role.MERCHANT)
        terms = Terms(kind=RemedyKind.FULL_REFUND, cash=case.max_amount)
        case.terms, case.outcome, case.held_seconds = terms.dump(case.currency), Outcome.CONSENT, None
        returns.agree_interception(case=case.number, now=now)
        data = {"terms": case.terms, "outcome": str(Outcome.CONSENT)}
        act.move("recall_parcel", to=Status.INTERCEPTING, clock="merchant_intercepts", data=data)
    return case


@transaction.atomic
def ask_carrier(
    *,
    dispute: Dispute,
    actor: "User",
    now: datetime,
    carrier: str,
    tracking: str,
    expected_version: int | None = None,
) -> Dispute:
    """Say that the carrier was asked to stop the parcel. Raises RuleBroken without a number that fits the carrier."""
    parcel = parcel_of(carrier, tracking)
    hold(parcel)
    with acting(dispute, "ask_carrier", actor=actor, now=now, expected_version=expected_version) as act:
        returns.ask_interception(case=act.case.number, parcel=parcel, now=now)
        data = {"carrier": parcel.carrier, "tracking": parcel.tracking}
        act.move("ask_carrier", clock="interception", data=data)
    return outbound_caught_up(act.case, parcel, now=now)
