"""An order as JSON."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch

from aftersales.orders.models import Order, OrderLine, OrderPayment, OrderQuerySet
from portal.money import ZERO
from portal.rest.fields import amount, instant

if TYPE_CHECKING:
    from portal.accounts.models import User

_INSTANTS = ("ship_by", "shipped_at", "promised_by", "delivered_at", "received_at")


def visible(user: "User") -> OrderQuerySet:
    """The orders a user may see, newest first, with all that a body says of them in a fixed number of queries."""
    lines = Prefetch("lines", OrderLine.objects.order_by("id"))
    payments = Prefetch("payments", OrderPayment.objects.order_by("id"))
    found = Order.objects.visible_to(user).select_related("merchant", "buyer").prefetch_related(lines, payments)
    return found.order_by("-id")


def bodies(orders: Sequence[Order], user: "User") -> list[dict[str, Any]]:
    """Write orders, each with the other shares of its purchase that the user may see; one query."""
    parts: dict[str, list[str]] = defaultdict(list)
    refs = Order.objects.visible_to(user).filter(ref__in={order.ref for order in orders})
    for ref, number in refs.order_by("id").values_list("ref", "number").distinct():
        parts[ref].append(number)
    return [_body(order, parts[order.ref]) for order in orders]


def _body(order: Order, parts: Iterable[str]) -> dict[str, Any]:
    lines, currency = list(order.lines.all()), order.currency
    return {
        "number": order.number,
        "ref": order.ref,
        "parts": list(parts),
        "merchant": {"ref": order.merchant.ref, "name": order.merchant.name},
        "buyer": order.buyer.buyer_ref,
        "currency": currency,
        "market": order.market,
        "status": order.status,
        "paid_at": instant(order.paid_at),
        "updated_at": instant(order.updated_at),
        "total": amount(sum((line.paid_amount for line in lines), ZERO), currency),
        "lines": [_line(line, currency) for line in lines],
        "promotions": order.promotions,
        "payments": [_payment(paid, currency) for paid in order.payments.all()],
    }


def _line(line: OrderLine, currency: str) -> dict[str, Any]:
    return {
        "line": line.line_ref,
        "sku": line.sku,
        "category": line.category,
        "title": line.title,
        "quantity": line.quantity,
        "disputed_quantity": line.disputed_quantity,
        "unit_price": amount(line.unit_price, currency),
        "discount": amount(line.discount, currency),
        "freight": amount(line.freight, currency),
        "paid_amount": amount(line.paid_amount, currency),
        "refunded_amount": amount(line.refunded_amount, currency),
        "status": line.status,
        "stage": line.stage,
        "no_reason_waived": line.no_reason_waived,
        **{name: instant(getattr(line, name)) for name in _INSTANTS},
        "review_score": line.review_score,
        "review_text": line.review_text,
        "review_at": instant(line.review_at),
    }


def _payment(paid: OrderPayment, currency: str) -> dict[str, Any]:
    return {
        "channel": paid.channel,
        "ref": paid.ref,
        "amount": amount(paid.amount, currency),
        "refunded_amount": amount(paid.refunded_amount, currency),
        "estimated": paid.estimated,
    }
