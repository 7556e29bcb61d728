"""Would-be cases from orders, for shops without a past in cases: orders that gave their buyers a reason to write.

What really happened to an order says which case would most likely have come: shipped after the promise, delivered
after the promise, or a bad review of goods that arrived in time. One a line, the first of them to happen.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection

from aftersales.orders.models import OrderStage, OrderStatus
from aftersales.policies.codes import DisputeType, Reason
from aftersales.rehearsal.cases import PIECE, PastCase
from merchants.plans.lineup import Scene
from portal.money import ZERO

BAD_REVIEW = 2  # stars of five, and below
_LATE = (DisputeType.LATE_SHIPPING, Reason.LATE, OrderStage.UNSHIPPED)
_ARRIVED_LATE = (DisputeType.LATE_SHIPPING, Reason.ARRIVED_LATE, OrderStage.IN_TRANSIT)
_BAD = (DisputeType.QUALITY_VISIBLE, Reason.DEFECTIVE, OrderStage.RECEIVED)
TROUBLES = {"late": _LATE, "arrived_late": _ARRIVED_LATE, "bad": _BAD}

_ORDERS = """
SELECT id, paid_at FROM orders_order
WHERE merchant_id = %(merchant)s AND currency = %(currency)s AND paid_at >= %(begin)s AND paid_at < %(end)s
    AND (paid_at, id) > (%(at)s, %(id)s)
ORDER BY paid_at, id LIMIT %(piece)s
"""
_TROUBLES = """
SELECT o.number, t.at, t.trouble, o.currency, l.unit_price * l.quantity - l.discount + l.freight, l.category,
    CASE WHEN t.trouble = 'bad' THEN extract(day FROM t.at - coalesce(l.received_at, l.delivered_at)) END
FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
CROSS JOIN LATERAL (
    SELECT * FROM (VALUES
        ('late', CASE WHEN l.shipped_at > l.ship_by THEN l.ship_by END),
        ('arrived_late', CASE WHEN l.delivered_at > l.promised_by AND l.shipped_at <= l.promised_by
            THEN l.promised_by END),
        ('bad', CASE WHEN l.review_score <= %(bad)s AND l.review_at >= coalesce(l.received_at, l.delivered_at)
            THEN l.review_at END)
    ) happened (trouble, at)
    WHERE at IS NOT NULL ORDER BY at LIMIT 1
) t
WHERE o.id = ANY(%(ids)s) AND l.status <> %(cancelled)s
ORDER BY o.paid_at, o.id, l.id
"""


def troubles(
    *, merchant_id: int, currency: str, begin: datetime, end: datetime
) -> Iterator[tuple[int, list[PastCase]]]:
    """Yield would-be cases of orders paid from `begin` to before `end`, as (orders looked at, cases)."""
    asked: dict[str, Any] = {"merchant": merchant_id, "currency": currency, "begin": begin, "end": end}
    asked |= {"at": begin, "id": 0, "piece": PIECE}
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_ORDERS, asked)
            rows = cursor.fetchall()
            if not rows:
                return
            values: dict[str, Any] = {
                "ids": [pk for pk, _at in rows],
                "bad": BAD_REVIEW,
                "cancelled": str(OrderStatus.CANCELLED),
            }
            cursor.execute(_TROUBLES, values)
            yield len(rows), [_case(*row) for row in cursor.fetchall()]
            asked["id"], asked["at"] = rows[-1]


def _case(number: str, at: datetime, trouble: str, currency: str, paid: Any, category: str, days: Any) -> PastCase:
    type_, reason, stage = map(str, TROUBLES[trouble])
    scene = Scene(type_, reason, stage, (category,), currency, paid, None if days is None else int(days))
    return PastCase(
        number=number,
        opened_at=at,
        scene=scene,
        stopped=frozenset(),
        without=(),
        plan_id=None,
        version_id=None,
        arm_of=None,
        arm_version_id=None,
        ended=False,
        kept=False,
        cost=ZERO,
        instant=False,
        offered=(),
    )
