"""Demo orders that were cheaper on conditions: money off from a total on, a gift; and one paid partly with points."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aftersales.disputes.services import negotiation
from aftersales.orders.models import Order, OrderLine, OrderPayment
from merchants.models import Merchant
from portal.accounts.models import User
from portal.demo.catalogue import Product
from portal.demo.people import place, product

if TYPE_CHECKING:
    from portal.demo.stories import Teller

_GIFT = Product("GIF-001", "bags", "Canvas tote, a gift", "帆布袋（赠品）", Decimal(0))
_POINTS = Decimal(30)


def bargains(buyer: User, shop: Merchant, now: datetime) -> None:
    """Place an order with money off from a total on, and one with a gift."""
    off = {"kind": "threshold_off", "lines": [], "threshold": "300.00", "off": "40.00"}
    _place(buyer, shop, "26119001", [product(0, lasting=True), product(2, lasting=True)], off, Decimal(20), now)
    gift = {"kind": "gift", "lines": ["1"], "gift": "2", "value": "39.00", "threshold": "0.00"}
    _place(buyer, shop, "26119002", [product(1, lasting=True), _GIFT], gift, Decimal(0), now)


def _place(
    buyer: User,
    shop: Merchant,
    number: str,
    goods: list[Product],
    promotion: dict[str, Any],
    off: Decimal,
    now: datetime,
) -> None:
    first, *more = goods
    order = place(buyer, shop, first, number=number, stage="received", days=1, now=now)
    line = order.lines.get()
    OrderLine.objects.filter(pk=line.pk).update(discount=off)
    for position, other in enumerate(more, 2):
        line.pk, line.line_ref, line.sku, line.category = None, str(position), other.sku, other.category
        line.title, line.title_zh, line.image = other.title, other.title_zh, f"/static/demo/{other.category}.svg"
        line.unit_price, line.freight, line.discount = other.price, Decimal(0), off
        line.save()
    total = sum((line.paid_amount for line in OrderLine.objects.filter(order=order)), Decimal(0))
    order.payments.all().delete()
    OrderPayment.objects.create(order=order, channel="wallet", ref=f"W-{number}", amount=total)
    Order.objects.filter(pk=order.pk).update(promotions=[promotion])


def in_points(t: "Teller") -> None:
    """A refund of an order paid partly with points, which the marketplace has yet to give back."""
    money = t.order.payments.order_by("id")[0]
    OrderPayment.objects.filter(pk=money.pk).update(amount=money.amount - _POINTS)
    OrderPayment.objects.create(order=t.order, channel="points", ref=f"P-{t.order.number}", amount=_POINTS)
    t.order = Order.objects.prefetch_related("lines", "payments").get(pk=t.order.pk)
    t.open(wants="partial_refund_keep", amount=Decimal(60), statement="One button was missing.")
    t.do(negotiation.agree, t.owner)
