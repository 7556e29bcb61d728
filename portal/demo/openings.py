"""Demo cases that are not settled by the parties alone: a seller's claim, a safety recall, an advance."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils import timezone

from aftersales.advances.models import Advance
from aftersales.advances.services import object_to
from aftersales.disputes.models import Dispute
from aftersales.disputes.services import negotiation, return_leg
from aftersales.disputes.services.claims import open_claim
from aftersales.recalls.services import open_recall, serve

if TYPE_CHECKING:
    from portal.demo.stories import Teller


def claimed(t: "Teller") -> None:
    """A seller finds stones in a parcel that it confirmed unopened."""
    t.open(type="no_reason_return", reason="no_longer_wanted", wants="full_refund_with_return", statement="")
    t.do(negotiation.agree, t.owner)
    t.do(return_leg.ship_return, t.order.buyer, carrier="SF Express", tracking=f"SF10{t.seed:011}")
    t.do(return_leg.confirm_return, t.owner)
    t.case = open_claim(
        order=t.order,
        actor=t.owner,
        now=t.now,
        type="returned_goods_dispute",
        reason="empty_return",
        statement="称重只有300克，拆开是两块石头。The parcel weighed 300 g; two stones were inside.",
        amount=Decimal("60.00"),
        about=t.case.number,
    )
    t.show(t.owner, "box", "unpacking", "Opened at the warehouse / 仓库拆包")


def recalled(t: "Teller") -> None:
    """The platform recalls what an order holds."""
    line = t.order.lines.all()[0]
    assert t.order.paid_at is not None  # noqa: S101 - orders of the demo are paid
    day = timezone.localtime(t.order.paid_at).date()
    recall = open_recall(
        actor=t.users["platform"],
        now=t.now,
        merchant=t.order.merchant,
        sku=line.sku,
        bought_from=day,
        bought_to=day,
        notice_en="A part can overheat. Stop using it and unplug it.",
        notice_zh="部件可能过热，请立即停止使用并断电。",
    )
    serve(recall=recall, now=t.now)
    t.case = Dispute.objects.get(recalled__recall=recall, order=t.order)


def advanced(t: "Teller") -> None:
    """A seller lets a decision run out, so that the platform pays first; one of the sellers objects."""
    t.open()
    t.ruled()
    t.silence()
    advance = Advance.objects.get(case=t.case.number)
    if t.order.buyer != t.users["buyer"]:
        words = "裁定当天我们已把60元直接转给买家，转账凭证已上传。We paid it ourselves on the day of the decision."
        object_to(advance=advance, actor=t.owner, now=t.now, text=words)
