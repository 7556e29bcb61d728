"""The merge's first and last step: the orders themselves, their numbers, status and instant of payment.

What a batch meets in the large tables is looked up row by row through an index (subqueries and LATERAL), so that no
estimate of the planner's can turn a batch into a scan of everything.
"""

from datetime import datetime

from django.db import connection

from aftersales.orders.models import OrderStatus

MOST_NUMBERS = 1000  # collisions tried before giving up; each needs an order whose own reference ends in our suffix
_FIND = """
UPDATE import_part p SET (order_id, problem) = (
    SELECT o.id, CASE WHEN o.buyer_id <> p.buyer_id THEN 'buyer' WHEN o.currency <> p.currency THEN 'currency'
        WHEN p.market <> '' AND o.market <> '' AND o.market <> p.market THEN 'market' END
    FROM orders_order o WHERE o.ref = p.ref AND o.merchant_id = p.merchant_id
)
WHERE p.order_id IS NULL
"""
# The how-manieth part of its purchase each new order is: those there first, then in order of arrival.
_PLACE = """
UPDATE import_part p SET place = counted.place
FROM (
    SELECT n, (SELECT count(*) FROM orders_order o WHERE o.ref = new.ref)
        + row_number() OVER (PARTITION BY ref ORDER BY n) AS place
    FROM import_part new WHERE order_id IS NULL
) AS counted
WHERE p.n = counted.n
"""
# First those that get the reference itself as number, where nobody has it; then the others with a suffix, a higher one
# as long as it is taken.
_MAKE = """
WITH made AS (
    INSERT INTO orders_order (number, ref, merchant_id, buyer_id, currency, market, status, paid_at, updated_at)
    SELECT CASE WHEN %(attempt)s = 0 THEN ref ELSE ref || '-' || (greatest(place, 2) + %(attempt)s - 1) END,
        ref, merchant_id, buyer_id, currency, market, status, paid_at, %(now)s
    FROM import_part WHERE order_id IS NULL AND (first OR %(attempt)s > 0)
    ORDER BY ref, n
    ON CONFLICT DO NOTHING RETURNING id, ref, merchant_id
)
UPDATE import_part p SET order_id = made.id, fresh = true
FROM made WHERE p.ref = made.ref AND p.merchant_id = made.merchant_id
"""
_REFRESH = """
WITH fact AS (
    SELECT p.order_id, coalesce(p.paid_at, o.paid_at) AS paid_at, line.status,
        coalesce(nullif(o.market, ''), p.market) AS market
    FROM import_part p
    CROSS JOIN LATERAL (SELECT paid_at, status, market FROM orders_order WHERE id = p.order_id LIMIT 1) AS o
    CROSS JOIN LATERAL (
        SELECT status FROM orders_orderline WHERE order_id = p.order_id
        ORDER BY array_position(%(ranks)s::text[], status::text) LIMIT 1
    ) AS line
    WHERE NOT p.fresh AND p.problem IS NULL
        AND (o.paid_at, o.status, o.market) IS DISTINCT FROM
            (coalesce(p.paid_at, o.paid_at), line.status, coalesce(nullif(o.market, ''), p.market))
),
done AS (
    UPDATE orders_order o SET paid_at = fact.paid_at, status = fact.status, market = fact.market, updated_at = %(now)s
    FROM fact WHERE o.id = fact.order_id RETURNING o.id
)
UPDATE import_part p SET changed = true FROM done WHERE p.order_id = done.id
"""
_TOUCH = """
UPDATE orders_order SET updated_at = %(now)s WHERE id = ANY(ARRAY(
    SELECT order_id FROM import_part p
    WHERE NOT fresh AND problem IS NULL AND (changed OR EXISTS (
        SELECT FROM import_line l WHERE l.n = p.n AND (l.outcome IS NULL OR l.outcome = 'updated')
    ))
))
"""


def place(*, now: datetime) -> None:
    """Find the orders of the batch, and make those that are new with their numbers: `REF`, `REF-2`, `REF-3` ..."""
    with connection.cursor() as cursor:
        cursor.execute(_FIND)
        for attempt in range(MOST_NUMBERS):
            cursor.execute("SELECT EXISTS (SELECT FROM import_part WHERE order_id IS NULL)")
            if not cursor.fetchone()[0]:
                return
            if attempt == 1:
                cursor.execute(_PLACE)
            cursor.execute(_MAKE, {"attempt": attempt, "now": now})
            if attempt:
                cursor.execute(_FIND)  # somebody else may have made it meanwhile
    raise RuntimeError("no free order number")


def refresh(*, now: datetime) -> None:
    """Bring status and payment of known orders up to date; after their lines were merged."""
    with connection.cursor() as cursor:
        cursor.execute(_REFRESH, {"ranks": OrderStatus.values, "now": now})


def touch(*, now: datetime) -> None:
    """Date the known orders of which anything changed."""
    with connection.cursor() as cursor:
        cursor.execute(_TOUCH, {"now": now})
