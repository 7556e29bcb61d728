"""What a plan offers in a case: at once, and step by step where it is a ladder.

A ladder never takes away. What was offered stands until the ladder's end, beside what comes later; the next step comes
when its time is over, or as soon as the buyer turns down what there is. Once a person of either side proposes
something, or the platform steps in, it stops.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aftersales.disputes import clocks
from aftersales.disputes.codes import Role, Status
from aftersales.disputes.models import Dispute, Offer, OfferState
from aftersales.disputes.transitions import Batch
from aftersales.orders.models import OrderStage
from aftersales.policies.codes import FULL, RemedyKind
from merchants.coupons.budgets import day_of
from merchants.plans.matching import further, published, step_of
from merchants.plans.models import Plan, PlanOption, PlanState, PlanVersion
from merchants.plans.services import offer_cash
from portal.money import ZERO


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a plan in a case: its offers, how many steps may follow, until when everything offered stands."""

    version: PlanVersion
    step: int
    offers: list[Offer]
    later: list[Offer]  # of the steps after it, as they would be now
    until: datetime

    @property
    def clock(self) -> str:
        """The clock that runs while these offers are considered."""
        return "buyer_step" if self.later else "buyer_offer"

    def lasts(self, now: datetime) -> timedelta:
        """How long it runs: until the next step, or until the offers expire."""
        return timedelta(hours=self.version.step_hours) if self.later else self.until - now

    @property
    def data(self) -> dict[str, Any]:
        """What the timeline keeps of it."""
        said = {"plan": self.version.plan_id, "plan_version": self.version.number, "offers": len(self.offers)}
        return said | ({"step": self.step} if self.later or self.step > 1 else {})


def rung_of(case: Dispute, version: PlanVersion, options: Iterable[PlanOption], now: datetime) -> Rung | None:
    """Return the first step among these options that has anything to offer, or None."""
    made = [(option.step, offer) for option in options if (offer := _offer(case, version, option, now))]
    if not made:
        return None
    step = min(step for step, _offer in made)
    waits = len({later for later, _offer in made if later > step}) * version.step_hours
    until = now + timedelta(hours=waits + version.expires_hours)
    first = [offer for at, offer in made if at == step]
    for offer in first:
        offer.expires_at = until
    return Rung(version, step, first, [offer for at, offer in made if at > step], until)


def next_rung(case: Dispute, now: datetime) -> Rung | None:
    """Return the next step of the plan that answered a case, or None where nothing follows."""
    offered = [offer for offer in case.offers.all() if offer.plan_version_id and offer.state == OfferState.PROPOSED]
    if not offered or case.plan_version_id is None:
        return None
    version = published(case.plan_version_id)
    if not Plan.objects.filter(pk=version.plan_id, state=PlanState.LIVE).exists():
        return None  # stopped: what was offered stands, nothing more is
    options = further(
        version.pk,
        after=max(step_of(version.pk, offer.position) for offer in offered),
        merchant_id=case.merchant_id,
        unshipped=case.order_stage == OrderStage.UNSHIPPED,
        today=day_of(now),
    )
    return rung_of(case, version, options, now)


def climb(batch: Batch, case: Dispute, rung: Rung) -> None:
    """Make the offers of a further step and let those made before stand as long, at least."""
    until = max([rung.until, *(offer.expires_at for offer in _open(case) if offer.expires_at)])
    for offer in rung.offers:
        offer.expires_at = until
        batch.propose(offer)
    batch.let_offers_stand(case, until)
    lasts = rung.lasts(batch.now) if rung.later else until - batch.now
    batch.move(case, "next_offers", to=Status.AWAITING_BUYER, clock=rung.clock, lasts=lasts, data=rung.data)


def wait_on(batch: Batch, case: Dispute) -> None:
    """Nothing follows after all, for a coupon was stopped: what was offered stands as long as was said."""
    least = batch.now + clocks.SHORTEST
    until = max([least, *(offer.expires_at for offer in _open(case) if offer.expires_at)])
    batch.let_offers_stand(case, until)
    lasts = until - batch.now
    batch.move(case, "next_offers", to=Status.AWAITING_BUYER, clock="buyer_offer", lasts=lasts, data={"offers": 0})


def _open(case: Dispute) -> list[Offer]:
    return [o for o in case.offers.all() if o.by_role == Role.MERCHANT and o.state == OfferState.PROPOSED]


def _offer(case: Dispute, version: PlanVersion, option: PlanOption, now: datetime) -> Offer | None:
    cash = case.max_amount if option.kind in FULL else offer_cash(option, case.max_amount, case.currency)
    if option.kind in {RemedyKind.PARTIAL_REFUND, RemedyKind.CASH_AND_COUPON} and not cash:
        return None  # a percentage of next to nothing is no offer
    coupon = option.coupon
    return Offer(
        dispute=case,
        by_role=Role.MERCHANT,
        plan_version_id=version.pk,
        position=option.position,
        kind=option.kind,
        cash=cash,
        coupon_amount=coupon.amount if coupon else ZERO,
        coupon_minimum=coupon.minimum_spend if coupon else ZERO,
        coupon_days=coupon.days(now) if coupon else 0,
        coupon_percent=coupon.percent if coupon else None,
        coupon_template=coupon,
        coupon_payer=coupon.funded_by if coupon else "",
        made_at=now,
    )
