"""Cases in every state, each told by the real verbs at instants of the past days."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from aftersales.arbitration import services as arbitration
from aftersales.arbitration.services import Decision
from aftersales.disputes.codes import Role, Status
from aftersales.disputes.evidence.services import add_evidence
from aftersales.disputes.models import Dispute, Offer, OfferState
from aftersales.disputes.services import (
    fulfilment,
    inspection,
    interception,
    intervention,
    leaving,
    messages,
    negotiation,
    return_leg,
)
from aftersales.disputes.services.filing import open_dispute
from aftersales.disputes.services.silence import take_silence
from aftersales.disputes.transitions import Batch
from aftersales.orders.models import Order
from aftersales.remedies.models import SimulatedBehaviour
from portal.accounts.models import User
from portal.demo import bargains, openings
from portal.demo.pictures import picture

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(slots=True)
class Teller:
    """Tells one case, moment after moment."""

    order: Order
    users: dict[str, User]
    owner: User
    now: datetime
    seed: int
    case: Dispute = field(init=False)

    def open(self, **how: Any) -> None:
        """Open the case; a visible quality problem unless said otherwise."""
        given = {
            "type": "quality_visible",
            "reason": "poor_material",
            "wants": "partial_refund_keep",
            "amount": Decimal(40),
            "statement": "The seam is open after one wash.",
            **how,
        }
        self.case = open_dispute(order=self.order, actor=self.order.buyer, now=self.now, lines=[("1", 1)], **given)

    def wait(self, span: timedelta) -> None:
        """Let time pass."""
        self.now += span

    def do(self, verb: Callable[..., Dispute], actor: User, **how: Any) -> None:
        """Have somebody act."""
        self.case = verb(dispute=self.case, actor=actor, now=self.now, **how)

    def show(self, actor: User, name: str, slot: str = "", caption: str = "") -> None:
        """Add a picture as evidence."""
        self.seed += 1
        upload = picture(name, self.seed)
        add_evidence(dispute=self.case, actor=actor, now=self.now, upload=upload, slot=slot, caption=caption)
        self.case.refresh_from_db()

    def say(self, actor: User, body: str, audience: str = "parties") -> None:
        """Write a message."""
        messages.post_message(dispute=self.case, actor=actor, now=self.now, body=body, audience=audience)

    def silence(self) -> None:
        """Let the deadline pass."""
        self.case.refresh_from_db()
        assert self.case.due_at is not None  # noqa: S101 - only open cases wait
        self.now = self.case.due_at
        batch = Batch(now=self.now)
        take_silence(batch, self.case)
        batch.flush()

    def accept(self, position: int = 1) -> None:
        """Have the buyer take an offer of the seller."""
        offer = Offer.objects.filter(dispute=self.case, by_role=Role.MERCHANT, state=OfferState.PROPOSED)
        self.do(negotiation.accept_offer, self.order.buyer, offer=offer.order_by("position")[position - 1])

    def escalate(self) -> None:
        """Refuse, and bring the case before the platform with evidence of both sides."""
        if self.case.status == Status.AWAITING_BUYER:
            self.do(negotiation.decline_offers, self.order.buyer)
            self.wait(HOUR)
        words = "The photograph does not show the fault. Please send one of the seam."
        self.do(negotiation.refuse, self.owner, reason="no_evidence", message=words)
        self.wait(3 * HOUR)
        self.do(leaving.escalate, self.order.buyer, statement="I sent photographs twice.")
        self.show(self.order.buyer, "seam", "close_up", "The open seam / 开线处")
        self.show(self.order.buyer, "label", "label", "Wash label / 洗标")
        self.show(self.owner, "item", "", "Before dispatch / 发货前")

    def to_ruling(self) -> None:
        """Bring the case to where it is decided."""
        self.escalate()
        self.do(intervention.finish_evidence, self.order.buyer)
        self.do(intervention.finish_evidence, self.owner)

    def ruled(self, kind: str = "partial_refund_keep", cash: str = "60.00") -> None:
        """Have the arbitrator decide."""
        self.to_ruling()
        self.do(arbitration.take, self.users["arbitrator"])
        self.do(arbitration.rule, self.users["arbitrator"], decision=self.decision(kind, cash))

    def decision(self, kind: str, cash: str) -> Decision:
        """Write a decision with its reasons."""
        line = self.case.lines.all()[0].order_line_id
        return Decision(
            kind=kind,
            by_line=((line, Decimal(cash)),) if cash else (),
            merchant_fault=80,
            facts="照片显示左袖接缝开线约4厘米，洗标完好，无人为拉扯痕迹。",
            evidence="买家凭证1（开线处）、凭证2（洗标）；商家凭证1（发货前照片未拍到接缝）。",
            rule="质量问题签收后15天内可申请；可见瑕疵由买家先举证，商家未能反证。",
        )


def _agreed(t: Teller) -> None:
    t.open()
    t.wait(HOUR)
    t.accept()


def _countered(t: Teller) -> None:
    t.open()
    t.say(t.order.buyer, "Thirty percent is too little for a torn sleeve.")
    t.do(negotiation.propose, t.order.buyer, kind="partial_refund_keep", amount=Decimal(60), note="60 would be fair.")


def _offered(t: Teller) -> None:
    t.open(type="wrong_item", reason="wrong_item", wants="full_refund_with_return", statement="寄来的颜色不对。")
    t.say(t.owner, "非常抱歉，仓库拿错了货。您看这样处理可以吗？")
    t.do(negotiation.propose, t.owner, kind="partial_refund_keep", amount=Decimal(50), note="留下商品，退您50元。")
    t.say(t.owner, "Picked from the wrong shelf again; check bin 12.", "internal")


def _refused(t: Teller) -> None:
    t.open(type="not_as_described", reason="not_as_described", statement="The colour is not the one in the listing.")
    t.do(
        negotiation.refuse,
        t.owner,
        reason="no_evidence",
        message="Colours differ from screen to screen; see the listing.",
    )


def _to_return(t: Teller) -> None:
    t.open(type="no_reason_return", reason="no_longer_wanted", wants="full_refund_with_return", statement="")
    t.do(negotiation.agree, t.owner)


def _returning(t: Teller) -> None:
    _to_return(t)
    t.wait(6 * HOUR)
    t.do(return_leg.ship_return, t.order.buyer, carrier="SF Express", tracking=f"SF10{t.seed:011}")


def _inspecting(t: Teller) -> None:
    _returning(t)
    t.wait(12 * HOUR)
    t.do(return_leg.receive_return, t.owner)


def _contested(t: Teller) -> None:
    _inspecting(t)
    t.do(return_leg.dispute_return, t.owner, condition="used", note="The soles are worn.")
    t.show(t.owner, "item", "", "As it came back / 退回时")


def _deducted(t: Teller) -> None:
    _inspecting(t)
    t.show(t.owner, "item", "", "As it came back / 退回时")
    words = "鞋底有明显磨损，无法再次销售。The soles are worn; it cannot be sold as new."
    t.do(inspection.propose_deduction, t.owner, condition="used", amount=Decimal("20.00"), note=words)


def _escalated(t: Teller) -> None:
    t.open()
    t.escalate()


def _collecting(t: Teller) -> None:
    t.open()
    t.escalate()
    t.do(arbitration.take, t.users["arbitrator"])
    t.do(
        intervention.request_evidence,
        t.users["arbitrator"],
        party="merchant",
        question="Please show the packing record of this parcel.",
    )


def _to_rule(t: Teller) -> None:
    t.open()
    t.to_ruling()


def _held(t: Teller) -> None:
    _to_rule(t)
    t.do(arbitration.take, t.users["arbitrator"])


def _ruled(t: Teller) -> None:
    t.open()
    t.ruled()


def _dismissed(t: Teller) -> None:
    t.open()
    t.ruled("dismiss", "")


def _appealed(t: Teller) -> None:
    t.open()
    t.ruled()
    words = "The seam was sewn twice; our photograph shows it."
    t.do(arbitration.appeal, t.owner, ground="fact_wrong", text=words)


def _appeal_held(t: Teller) -> None:
    _appealed(t)
    t.do(arbitration.take, t.users["senior"])


def _appeal_decided(t: Teller) -> None:
    _appeal_held(t)
    t.do(
        arbitration.decide_appeal,
        t.users["senior"],
        result="varied",
        decision=t.decision("partial_refund_keep", "80.00"),
    )


def _on_hold(t: Teller) -> None:
    t.open(wants="full_refund_no_return", amount=None, statement="It never worked.")
    t.do(negotiation.agree, t.owner)


def _payout_fails(t: Teller) -> None:
    for payment in t.order.payments.all():
        SimulatedBehaviour.objects.get_or_create(target=f"payment:{payment.ref}", defaults={"mode": "fail"})
    t.open(type="arrived_damaged", reason="damaged", amount=Decimal(30), statement="The corner is crushed.")
    t.do(negotiation.agree, t.owner)


def _replaced(t: Teller) -> None:
    t.open(type="arrived_damaged", reason="damaged", wants="replace_no_return", amount=None, statement="Cracked.")
    t.show(t.order.buyer, "box", "outer_box", "The parcel / 外箱")
    t.show(t.order.buyer, "crack", "close_up", "The crack / 裂痕")
    t.accept()


def _stopping(t: Teller) -> None:
    t.open(type="late_shipping", reason="late", wants="full_refund_no_return", amount=None, statement="Too late now.")
    if t.case.status == Status.AWAITING_BUYER:
        t.do(negotiation.decline_offers, t.order.buyer)
    t.wait(2 * HOUR)
    t.do(interception.recall_parcel, t.owner)


def _goods_sent(t: Teller) -> None:
    _replaced(t)
    t.wait(5 * HOUR)
    t.do(fulfilment.ship_replacement, t.owner, carrier="SF Express", tracking=f"SF20{t.seed:011}")


def _paused(t: Teller) -> None:
    t.open(type="promise_breach", reason="breach_of_promise", amount=Decimal(25), statement="The gift was promised.")
    t.do(intervention.pause, t.users["platform"], reason="Both sides asked for time to settle.")


def _withdrawn(t: Teller) -> None:
    t.open()
    t.do(leaving.withdraw, t.order.buyer)


def _lapsed(t: Teller) -> None:
    _refused(t)
    t.silence()


def _by_silence(t: Teller) -> None:
    t.open(type="size_or_fit", reason="size_small", wants="full_refund_with_return", amount=None, statement="")
    t.silence()


def _instant(t: Teller) -> None:
    t.open(
        type="not_shipped_cancel", reason="ordered_by_mistake", wants="full_refund_no_return", amount=None, statement=""
    )


def _waiting(t: Teller) -> None:
    t.open(
        type="missing_item_or_quantity",
        reason="missing_part",
        wants="resend_missing",
        amount=None,
        statement="少了配件包。",
    )


def _late(t: Teller) -> None:
    t.open(type="late_shipping", reason="late", amount=Decimal(15), statement="It came five days late.")


@dataclass(frozen=True, slots=True)
class Story:
    """One case: how it goes, how long ago it began, at which stage the order stood."""

    tell: Callable[[Teller], None]
    days_ago: float = 1
    stage: str = "received"
    price: Decimal | None = None


STORIES = [
    Story(lambda t: t.open(), 0.2),
    Story(_countered, 0.3),
    Story(_offered, 0.4),
    Story(_waiting, 0.5),
    Story(_late, 0.6),
    Story(_waiting, 1.2),
    Story(_late, 1.5),
    Story(_refused, 1),
    Story(_agreed, 2),
    Story(_agreed, 3),
    Story(_agreed, 4),
    Story(_to_return, 1),
    Story(_returning, 1.5),
    Story(_inspecting, 1.2),
    Story(_contested, 1.2),
    Story(_deducted, 1.2),
    Story(_escalated, 0.5),
    Story(_collecting, 0.6),
    Story(_to_rule, 0.8),
    Story(_to_rule, 0.9),
    Story(_held, 0.7),
    Story(_ruled, 0.5),
    Story(_dismissed, 2),
    Story(_appealed, 1),
    Story(_appeal_held, 1.2),
    Story(_appeal_decided, 4),
    Story(_on_hold, 0.5, price=Decimal("26800.00")),
    Story(_payout_fails, 0.3),
    Story(_replaced, 0.6),
    Story(_goods_sent, 1),
    Story(_stopping, 0.3, "in_transit"),
    Story(_paused, 2),
    Story(_withdrawn, 3),
    Story(_lapsed, 9),
    Story(_by_silence, 3),
    Story(_instant, 0.05, "unshipped"),
    Story(bargains.in_points, 0.4),
    Story(openings.claimed, 0.4),
    Story(openings.recalled, 0.3),
    Story(openings.advanced, 1.5),
]
