"""What the rest of the portal may do to the mirror of orders: hold disputed pieces, let them go, bring in an order."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from aftersales.orders.imports.single import OrderData, merge_order
from aftersales.orders.models import Order
from aftersales.orders.told import keep_promotions


class LineHeld(Exception):
    """More pieces of a line were claimed than are free of open disputes."""

    def __init__(self, line_ids: Sequence[int]) -> None:
        super().__init__(f"lines {list(line_ids)} are under dispute")
        self.line_ids = list(line_ids)


# Locks in id order, so that two cases over the same lines queue up instead of waiting for each other.
_HOLD = """
WITH claim(id, quantity) AS (SELECT * FROM unnest(%(ids)s::bigint[], %(quantities)s::int[])),
locked AS (SELECT l.id FROM orders_orderline l JOIN claim USING (id) ORDER BY l.id FOR UPDATE OF l)
UPDATE orders_orderline l
SET disputed_quantity = l.disputed_quantity + claim.quantity, dispute_count = l.dispute_count + %(again)s
FROM claim JOIN locked USING (id)
WHERE l.id = claim.id AND l.disputed_quantity + claim.quantity <= l.quantity
RETURNING l.id
"""


def hold_lines(claims: Sequence[tuple[int, int]], *, new: bool = True) -> None:
    """Mark pieces, given as (order line id, quantity), as disputed; counts a request per line if `new`.

    Call it inside the transaction that opens the case. Raises LineHeld naming the lines with too few free pieces.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _HOLD, {"ids": [c[0] for c in claims], "quantities": [c[1] for c in claims], "again": 1 if new else 0}
        )
        held = {row[0] for row in cursor.fetchall()}
    if missing := [line_id for line_id, _ in claims if line_id not in held]:
        raise LineHeld(missing)


def release_lines(claims: Sequence[tuple[int, int]]) -> None:
    """Let disputed pieces go again; the same line may come up several times."""
    if not claims:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH claim AS (
                SELECT id, sum(quantity)::int AS quantity
                FROM unnest(%(ids)s::bigint[], %(quantities)s::int[]) AS c(id, quantity) GROUP BY id
            ),
            locked AS (SELECT l.id FROM orders_orderline l JOIN claim USING (id) ORDER BY l.id FOR UPDATE OF l)
            UPDATE orders_orderline l SET disputed_quantity = greatest(0, l.disputed_quantity - claim.quantity)
            FROM claim JOIN locked USING (id) WHERE l.id = claim.id
            """,
            {"ids": [c[0] for c in claims], "quantities": [c[1] for c in claims]},
        )


def upsert_order(*, data: OrderData, now: datetime) -> tuple[Order, bool]:
    """Make or refresh one merchant's share of a marketplace order; return it, and whether it is new.

    What is told again as it is changes nothing. Raises OrderRefused, and then nothing has changed either.
    """
    found = Order.objects.filter(ref=data.ref, merchant__ref=data.merchant_ref)
    known = found.exists()
    with transaction.atomic():
        merge_order(data, now=now)
        if data.promotions is not None:
            keep_promotions(found.get(), data.promotions)
    return found.get(), not known
