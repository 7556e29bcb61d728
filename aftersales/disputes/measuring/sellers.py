"""Measure sellers: orders, cases, what was lost before the platform or by silence. Set-based, safe to run twice."""

from datetime import datetime
from typing import Any

from django.db import connection

from aftersales.credit.services import rules_for_buyers
from aftersales.disputes.codes import Outcome
from aftersales.policies.claims import CLAIMS
from aftersales.policies.codes import DisputeType, RemedyKind
from merchants.scores import services as scores
from merchants.scores.bands import Facts

_FACTS = """
WITH sold AS (SELECT merchant_id, count(*) AS orders FROM orders_order WHERE paid_at > %(since)s GROUP BY merchant_id),
cases AS (
    SELECT merchant_id, count(*) AS cases,
        count(*) FILTER (WHERE outcome = ANY(%(ruled)s) AND terms ->> 'kind' <> %(dismissed)s) AS lost,
        count(*) FILTER (WHERE outcome = %(silence)s) AS silent
    FROM disputes_dispute WHERE opened_at > %(since)s AND type <> ALL(%(others)s) GROUP BY merchant_id
)
SELECT m.id, COALESCE(orders, 0), COALESCE(cases, 0), COALESCE(lost, 0), COALESCE(silent, 0)
FROM merchants_merchant m LEFT JOIN sold ON sold.merchant_id = m.id LEFT JOIN cases ON cases.merchant_id = m.id
WHERE %(merchant)s IS NULL OR m.id = %(merchant)s
"""


def measure_sellers(*, now: datetime, merchant_id: int | None = None) -> int:
    """Measure all sellers, or one; return how many."""
    values: dict[str, Any] = {
        "since": rules_for_buyers(now).windows["band"].before(now),
        "ruled": [str(Outcome.RULING), str(Outcome.APPEAL)],
        "dismissed": str(RemedyKind.DISMISS),
        "silence": str(Outcome.SILENCE),
        "others": [*CLAIMS, str(DisputeType.SAFETY_RECALL)],
        "merchant": merchant_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, values)
        facts = {merchant: Facts(*numbers) for merchant, *numbers in cursor.fetchall()}
    scores.store(facts, now=now)
    return len(facts)
