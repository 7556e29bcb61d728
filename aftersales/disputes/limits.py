"""What cases take of their plan's limits: reserved at filing, settled whenever their offers change."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from aftersales.disputes.codes import Role
from aftersales.disputes.models import Dispute, Offer, OfferState
from merchants.limits.services import Answer, Asked, Fate, settle, take

MARK = "reserved"  # in the first step of a case's plan trace: how its plan counts


def reserve(case: Dispute, plan_id: int, offers: Iterable[Offer], *, now: datetime) -> Answer:
    """Take the worth of the dearest option from the plan's limits, or say which of them forbids it."""
    worth = max((worth_of(offer) for offer in offers if offer.by_role == Role.MERCHANT), default=Decimal(0))
    return take(Asked(plan_id, case.number, case.buyer_id, worth), now=now)


def settle_limits(cases: Iterable[Dispute], *, now: datetime) -> None:
    """Give back or note as spent what these cases took, by how their offers stand now; three statements or none."""
    counted = {case.pk: case for case in cases if case.plan_trace and case.plan_trace[0].get(MARK)}
    if not counted:
        return
    offers = Offer.objects.filter(dispute__in=counted, plan_version__isnull=False).select_related("plan_version")
    chosen: dict[int, Decimal] = {}
    standing: set[int] = set()
    for offer in offers:
        if offer.state == OfferState.ACCEPTED:
            chosen[offer.dispute_id] = worth_of(offer)
        elif offer.state == OfferState.PROPOSED:
            standing.add(offer.dispute_id)
    fates = [
        Fate(case.number, case.plan_trace[0]["plan"], case.buyer_id, chosen.get(pk), pk in standing and case.is_open)
        for pk, case in counted.items()
    ]
    settle(fates, now=now)


def worth_of(offer: Offer) -> Decimal:
    """What an offer costs the seller at most, in the case's currency."""
    return offer.money + offer.coupon_amount
