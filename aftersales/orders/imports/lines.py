"""The merge's second step: order lines. What a row leaves empty never erases what is known."""

from django.db import connection

from aftersales.orders.imports.fields import LARGEST_TOTAL

_MONEY = {
    "quantity": "l.quantity",
    "unit_price": "l.unit_price",
    "discount": "coalesce(l.discount, x.discount)",
    "freight": "coalesce(l.freight, x.freight)",
}
_WORDS = ("category", "title", "review_text")
_KNOWN_OR_NEW = (
    "ship_by",
    "shipped_at",
    "promised_by",
    "delivered_at",
    "received_at",
    "review_score",
    "review_at",
)
_FACTS = {
    "sku": "l.sku",
    "status": "l.status",
    # What the buyer confirmed when buying; not once a case was opened, whose rules relied on it.
    "no_reason_waived": "x.no_reason_waived OR (l.no_reason_waived AND x.dispute_count = 0)",
    **{name: f"coalesce(nullif(l.{name}, ''), x.{name})" for name in _WORDS},
    **{name: f"coalesce(l.{name}, x.{name})" for name in _KNOWN_OR_NEW},
}


def _differ(columns: dict[str, str]) -> str:
    return f"({', '.join(f'x.{name}' for name in columns)}) IS DISTINCT FROM ({', '.join(columns.values())})"


_COMPARE = f"""
UPDATE import_line l SET (line_id, outcome) = (
    SELECT x.id, CASE WHEN {_differ(_MONEY)} THEN 'money' WHEN {_differ(_FACTS)} THEN 'facts' ELSE 'unchanged' END
    FROM orders_orderline x WHERE x.order_id = p.order_id AND x.line_ref = l.line_ref
)
FROM import_part p WHERE p.n = l.n AND NOT p.fresh AND p.problem IS NULL
"""  # noqa: S608 - of the names above
_REFUSE_ORDERS = """
UPDATE import_line l SET outcome = 'refused', problem = p.problem
FROM import_part p WHERE p.n = l.n AND p.problem IS NOT NULL
"""
# All lines of an order at once and in id order, as whoever opens a case or grants a refund does.
_LOCK = """
SELECT count(*) FROM (
    SELECT FROM orders_orderline WHERE order_id = ANY(ARRAY(
        SELECT p.order_id FROM import_part p JOIN import_line l USING (n) WHERE l.outcome IN ('money', 'facts')
    )) ORDER BY id FOR UPDATE
) AS locked
"""
_REFUSE_LINES = f"""
UPDATE import_line l SET outcome = 'refused', problem = CASE WHEN cases.frozen THEN 'frozen' ELSE 'total' END
FROM import_part p
CROSS JOIN LATERAL (
    SELECT bool_or(dispute_count > 0 OR disputed_quantity > 0 OR refunded_amount > 0 OR settled_amount > 0) AS frozen
    FROM orders_orderline WHERE order_id = p.order_id
) AS cases, orders_orderline x
WHERE p.n = l.n AND l.outcome = 'money' AND x.id = l.line_id AND (
    cases.frozen
    OR {_MONEY["unit_price"]} * {_MONEY["quantity"]} - {_MONEY["discount"]} + {_MONEY["freight"]} < 0
    OR {_MONEY["unit_price"]} * {_MONEY["quantity"]} + {_MONEY["freight"]} >= {LARGEST_TOTAL}
)
"""  # noqa: S608 - of the names above
_UPDATE = f"""
WITH done AS (
    UPDATE orders_orderline x SET {", ".join(f"{name} = {value}" for name, value in {**_MONEY, **_FACTS}.items())}
    FROM import_line l WHERE x.id = l.line_id AND l.outcome IN ('money', 'facts') RETURNING x.id
)
UPDATE import_line l SET outcome = 'updated' FROM done WHERE l.line_id = done.id
"""  # noqa: S608 - of the names above
_INSERT = """
INSERT INTO orders_orderline (order_id, merchant_id, line_ref, sku, category, title, title_zh, image,
    quantity, unit_price, discount, freight, status, ship_by, shipped_at, promised_by, delivered_at, received_at,
    review_score, review_text, review_at, no_reason_waived, disputed_quantity, dispute_count, refunded_amount)
SELECT p.order_id, p.merchant_id, l.line_ref, l.sku, l.category, l.title, '', '',
    l.quantity, l.unit_price, coalesce(l.discount, 0), coalesce(l.freight, 0), l.status, l.ship_by, l.shipped_at,
    l.promised_by, l.delivered_at, l.received_at, l.review_score, l.review_text, l.review_at,
    l.no_reason_waived, 0, 0, 0
FROM import_line l JOIN import_part p USING (n)
WHERE l.outcome IS NULL ORDER BY p.order_id, l.line
ON CONFLICT (order_id, line_ref) DO NOTHING
"""


def merge() -> None:
    """Insert the new lines of the batch and update those that differ.

    What was bought and paid stays as it is once the order has an after-sales case: its terms were agreed on that.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COMPARE)
        cursor.execute(_REFUSE_ORDERS)
        cursor.execute("SELECT EXISTS (SELECT FROM import_line WHERE outcome IN ('money', 'facts'))")
        if cursor.fetchone()[0]:
            cursor.execute(_LOCK)
            cursor.execute(_REFUSE_LINES)
            cursor.execute(_UPDATE)
        cursor.execute(_INSERT)
