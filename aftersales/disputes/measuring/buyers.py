"""Measure buyers: orders, refunds against the usual of the same goods, findings. Set by set, safe to run twice."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from aftersales.credit import services as credit
from aftersales.credit.tiers import Facts
from aftersales.disputes.codes import Outcome, Status
from aftersales.policies.claims import CLAIMS
from aftersales.policies.codes import Reason, RemedyKind

BATCH = 5000
_USUAL = """
SELECT category, round(100.0 * count(*) FILTER (WHERE refunded_amount > 0) / count(*))::int
FROM orders_orderline GROUP BY category
"""
# An order's refunds count once, whatever was refunded; recalled goods are nobody's fault but the maker's.
_FACTS = """
WITH wanted AS (SELECT unnest(%(buyers)s::bigint[]) AS buyer),
usual AS (SELECT * FROM unnest(%(categories)s::text[], %(percents)s::int[]) AS u (category, percent)),
bought AS (
    SELECT o.buyer_id AS buyer, count(DISTINCT o.id) AS orders, round(avg(usual.percent))::int AS percent
    FROM wanted JOIN orders_order o ON o.buyer_id = wanted.buyer AND o.paid_at IS NOT NULL
    LEFT JOIN orders_orderline l ON l.order_id = o.id LEFT JOIN usual USING (category) GROUP BY o.buyer_id
),
refunded AS (
    SELECT d.buyer_id AS buyer, count(DISTINCT d.order_id) AS orders
    FROM wanted JOIN disputes_dispute d ON d.buyer_id = wanted.buyer
    JOIN remedies_refundinstruction r ON r."case" = d.number
    WHERE d.outcome <> %(recall)s GROUP BY d.buyer_id
),
found AS (
    SELECT d.buyer_id AS buyer, count(*) AS findings, count(*) FILTER (WHERE d.reason = ANY(%(empty)s)) AS empty
    FROM wanted JOIN disputes_dispute d ON d.buyer_id = wanted.buyer
    LEFT JOIN credit_buyercredit c ON c.buyer_id = d.buyer_id
    WHERE d.type = ANY(%(claims)s) AND d.status = ANY(%(ended)s) AND d.terms ->> 'kind' <> %(dismissed)s
        AND d.closed_at > %(since)s AND d.closed_at > COALESCE(c.forgiven_at, '-infinity')
    GROUP BY d.buyer_id
)
SELECT wanted.buyer, COALESCE(bought.orders, 0), COALESCE(refunded.orders, 0), COALESCE(bought.percent, 0),
    COALESCE(found.findings, 0), COALESCE(found.empty, 0)
FROM wanted LEFT JOIN bought USING (buyer) LEFT JOIN refunded USING (buyer) LEFT JOIN found USING (buyer)
"""
_NEXT = """
SELECT DISTINCT buyer_id FROM orders_order WHERE buyer_id > %s ORDER BY buyer_id LIMIT %s
"""


def measure_buyers(*, now: datetime, batch: int = BATCH) -> int:
    """Measure everybody who ever bought something; return how many."""
    usual, last, measured = _usual(), 0, 0
    while buyers := _next(last, batch):
        _measure(buyers, usual, now)
        last, measured = buyers[-1], measured + len(buyers)
    return measured


def measure_buyer(buyer_id: int, *, now: datetime) -> None:
    """Measure one buyer on demand."""
    _measure([buyer_id], _usual(), now)


def _usual() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(_USUAL)
        return dict(cursor.fetchall())


def _next(after: int, size: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [after, size])
        return [pk for (pk,) in cursor.fetchall()]


def _measure(buyers: Sequence[int], usual: dict[str, int], now: datetime) -> None:
    rules = credit.rules_for_buyers(now)
    values: dict[str, Any] = {
        "buyers": list(buyers),
        "categories": list(usual),
        "percents": list(usual.values()),
        "recall": str(Outcome.RECALL),
        "claims": list(CLAIMS),
        "ended": [str(Status.RESOLVED), str(Status.CLOSED)],
        "dismissed": str(RemedyKind.DISMISS),
        "empty": [str(Reason.EMPTY_RETURN), str(Reason.WRONG_ITEM_RETURNED)],
        "since": rules.windows["findings"].before(now),
    }
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, values)
        facts = {buyer: Facts(*numbers) for buyer, *numbers in cursor.fetchall()}
    credit.store(facts, now=now)
