"""Which clock runs and when it runs out. No queries but for clocks that count by a calendar."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from aftersales.disputes.codes import Status
from aftersales.disputes.workflow import CLOCKS
from aftersales.orders.models import OrderStage
from aftersales.policies.calendars import Counting
from aftersales.policies.codes import FULL, PART, WITH_GOODS, DisputeType, MerchantBand, RemedyKind
from aftersales.policies.rules import SHORTEST_PARTY_HOURS, Rules
from aftersales.policies.types import TYPES
from aftersales.policies.work_calendars import calendar_of, version_at

if TYPE_CHECKING:
    from aftersales.disputes.models import Dispute


@dataclass(frozen=True, slots=True)
class Started:
    """A clock that was started: when it runs out, what silence then does, and everything needed to recompute it."""

    due_at: datetime
    on_silence: str
    record: dict[str, Any]


NEGOTIATING = frozenset({Status.AWAITING_BUYER, Status.AWAITING_MERCHANT, Status.REFUSED})
SHORTEST = timedelta(hours=SHORTEST_PARTY_HOURS)


def start(
    case: "Dispute", name: str, status: str, *, now: datetime, rules: Rules, lasts: timedelta | None = None
) -> Started:
    """Start a clock of the table for a case that goes to a status.

    `lasts` is the length where the rule pack's timer is not what counts. The record goes into the timeline: with it
    anybody can recompute the deadline (`due_of`).
    """
    turn = CLOCKS[name]
    counting = rules.counting(turn.timer) if lasts is None else Counting.NATURAL
    length = rules.timer(turn.timer) if lasts is None else lasts
    record: dict[str, Any] = {"clock": name, "policy": case.policy_id, "seconds": int(length.total_seconds())}
    if counting != Counting.NATURAL:
        record |= {"counting": str(counting), "calendar": version_at(now=now)}
    cap = case.opened_at + rules.timer("negotiation_cap") if status in NEGOTIATING else None
    due_at, on_silence = due_of(record, now), turn.on_silence
    if cap is not None and cap < due_at:  # at the latest then the platform steps in, the case never just ends (P)
        due_at, on_silence = cap, "escalate_by_silence"
        record["cap"] = _written(cap)
    return Started(due_at, on_silence, {**record, "due_at": _written(due_at)})


def due_of(record: Mapping[str, Any], started_at: datetime) -> datetime:
    """Recompute a deadline from what the timeline says of its clock."""
    begins = datetime.fromisoformat(record["from"]) if "from" in record else started_at
    length = timedelta(seconds=record["seconds"])
    if "calendar" in record:
        due_at = calendar_of(record["calendar"]).due(begins, length, record["counting"])
    else:
        due_at = begins + length
    return min(due_at, datetime.fromisoformat(record["cap"])) if "cap" in record else due_at


def _written(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat()


def merchant_clock(case: "Dispute", rules: Rules) -> str:
    """Name the merchant's clock for what the buyer asks now; it decides what the merchant's silence means."""
    if case.wants in WITH_GOODS:
        return "merchant_goods"
    if case.wants == RemedyKind.COMPENSATION:  # more than was paid: only by consent or by a reasoned decision
        return "merchant_review"
    if case.wants == RemedyKind.RETURN_REFUND:
        return "merchant_return"
    if case.order_stage == OrderStage.UNSHIPPED and case.wants in FULL | PART:
        return "merchant_unshipped"
    promised = case.type == DisputeType.ARRIVED_DAMAGED and rules.choices["damaged_on_arrival"] == "no_return"
    if promised and case.wants in FULL | PART:
        return "merchant_promised"
    limit = rules.threshold("ask_return_above", case.currency)
    # The platform does not step into refund-only of excellent sellers: their silence asks for the goods at any amount.
    trusted = case.merchant_band == MerchantBand.EXCELLENT
    if can_go_back(case) and limit is not None and (trusted or case.max_amount > limit):
        return "merchant_refund_only"
    return "merchant_review"


def can_go_back(case: "Dispute") -> bool:
    """Whether goods are with the buyer that could be sent back."""
    return case.order_stage == OrderStage.RECEIVED and case.type in TYPES and TYPES[case.type].returnable


def shipping_clock(case: "Dispute") -> str:
    """Name the buyer's clock for sending goods back: a recall stays open where the buyer lets it run out."""
    return "buyer_ships_recall" if case.type == DisputeType.SAFETY_RECALL else "buyer_ships"


def seconds_left(case: "Dispute", now: datetime) -> int:
    """What is left of the running clock, but at least the shortest time a party is given."""
    left = (case.due_at - now) if case.due_at else SHORTEST
    return int(max(left, SHORTEST).total_seconds())


def ruling_clock(case: "Dispute", rules: Rules) -> str:
    """Name the arbitrator's clock: small claims are ruled sooner."""
    small = rules.threshold("small_claim", case.currency)
    return "ruling_small" if small is not None and case.max_amount <= small else "ruling"
