"""One order with its lines and payments, read with one statement: what opening a case needs."""

import json
from decimal import Decimal
from typing import Any

from django.db import connection

from aftersales.orders.models import Order, OrderLine, OrderPayment
from merchants.models import Merchant
from portal.accounts.models import User
from portal.rows import Columns, attach, revive

_ORDER = Columns(Order, "o")
_MERCHANT = Columns(Merchant, "m")
_BUYER = Columns(User, "b", "buyer_ref", "username", "first_name", "last_name")
_READ = f"""
SELECT {_ORDER.sql}, {_MERCHANT.sql}, {_BUYER.sql},
    (SELECT jsonb_agg(to_jsonb(l) ORDER BY l.id) FROM orders_orderline l WHERE l.order_id = o.id)::text,
    (SELECT jsonb_agg(to_jsonb(p) ORDER BY p.id) FROM orders_orderpayment p WHERE p.order_id = o.id)::text
FROM orders_order o JOIN merchants_merchant m ON m.id = o.merchant_id JOIN accounts_user b ON b.id = o.buyer_id
WHERE o.number = %(number)s AND (
    %(duty)s OR o.buyer_id = %(user)s
    OR o.merchant_id IN (SELECT merchant_id FROM merchants_merchantmember WHERE user_id = %(user)s)
)
"""  # noqa: S608 - composed of constants, values bound


def order_for(user: User, number: str) -> Order | None:
    """Return an order that the user may see (as `visible_to` has it), with merchant, buyer, lines and payments."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, {"number": number, "duty": bool(user.duty), "user": user.pk})
        row = cursor.fetchone()
    if row is None:
        return None
    values = iter(row)
    order = _ORDER.read(values)
    order.merchant, order.buyer = _MERCHANT.read(values), _BUYER.read(values)
    lines = [revive(OrderLine, line) for line in _loaded(next(values))]
    payments = [revive(OrderPayment, payment) for payment in _loaded(next(values))]
    for line in lines:
        line.order = order
    attach(order, lines=lines, payments=payments)
    return order


def _loaded(text: str | None) -> Any:
    return json.loads(text, parse_float=Decimal) if text else []
