"""Which clock runs and when it runs out. Pure: no queries."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from aftersales.disputes.codes import Status
from aftersales.orders.models import OrderStage
from aftersales.policies.codes import FULL, WITH_GOODS, RemedyKind
from aftersales.policies.rules import SHORTEST_PARTY_HOURS, Rules

if TYPE_CHECKING:
    from aftersales.disputes.models import Dispute

NEGOTIATING = frozenset({Status.AWAITING_BUYER, Status.AWAITING_MERCHANT, Status.REFUSED})
SHORTEST = timedelta(hours=SHORTEST_PARTY_HOURS)


def merchant_clock(case: "Dispute", rules: Rules) -> str:
    """Name the merchant's clock for what the buyer asks now; it decides what the merchant's silence means."""
    if case.wants in WITH_GOODS:
        return "merchant_goods"
    if case.wants == RemedyKind.RETURN_REFUND:
        return "merchant_return"
    if case.order_stage == OrderStage.UNSHIPPED and case.wants in FULL | {RemedyKind.PARTIAL_REFUND}:
        return "merchant_unshipped"
    limit = rules.threshold("ask_return_above", case.currency)
    if case.order_stage == OrderStage.RECEIVED and limit is not None and case.max_amount > limit:
        return "merchant_refund_only"
    return "merchant_review"


def capped(case: "Dispute", status: str, due_at: datetime, on_silence: str, rules: Rules) -> tuple[datetime, str]:
    """Apply the negotiation cap: at the latest then the platform steps in, the case never just ends (P)."""
    if status not in NEGOTIATING:
        return due_at, on_silence
    cap = case.opened_at + rules.timer("negotiation_cap")
    return (cap, "escalate_by_silence") if cap < due_at else (due_at, on_silence)


def seconds_left(case: "Dispute", now: datetime) -> int:
    """What is left of the running clock, but at least the shortest time a party is given."""
    left = (case.due_at - now) if case.due_at else SHORTEST
    return int(max(left, SHORTEST).total_seconds())


def ruling_clock(case: "Dispute", rules: Rules) -> str:
    """Name the arbitrator's clock: small claims are ruled sooner."""
    small = rules.threshold("small_claim", case.currency)
    return "ruling_small" if small is not None and case.max_amount <= small else "ruling"
