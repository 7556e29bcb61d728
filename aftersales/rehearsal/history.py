"""The seller's own past that estimates are counted from: the latest cases of a year, as few numbers."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from aftersales.disputes.codes import Outcome
from aftersales.rehearsal.estimates import BUCKETS, Ended, History, Offer
from aftersales.results.facts import FACTS, Scope

YEAR = timedelta(days=365)
MOST = 20_000  # cases: more of them make no estimate better
_LATELY = """
SELECT id FROM disputes_dispute
WHERE merchant_id = %(merchant)s AND currency = %(currency)s AND opened_at >= %(begin)s AND opened_at < %(end)s
ORDER BY opened_at DESC, id DESC LIMIT %(most)s
"""
_OFFERS = """
SELECT o.kind, d.type, d.reason,
    least(%(buckets)s, trunc(%(buckets)s * (o.cash + o.coupon_amount) / d.max_amount))::int AS bucket,
    count(*), count(*) FILTER (WHERE o.state = 'accepted')
FROM disputes_dispute d JOIN disputes_offer o ON o.dispute_id = d.id
WHERE d.id IN ({lately}) AND o.plan_version_id IS NOT NULL AND o.state <> 'proposed' AND d.max_amount > 0
    AND d.outcome <> %(instant)s
GROUP BY 1, 2, 3, 4
"""
_WAYS = """
WITH {facts}
SELECT d.type, f.reason, count(*), count(*) FILTER (WHERE f.kept), sum(f.cost / f.paid), sum((f.cost / f.paid) ^ 2)
FROM facts f JOIN disputes_dispute d ON d.id = f.id
WHERE f.ended AND NOT f.chosen AND f.paid > 0 AND d.outcome <> %(instant)s
GROUP BY 1, 2
"""


def history_of(*, merchant_id: int, currency: str, now: datetime) -> History:
    """Count a merchant's past: two statements over at most `MOST` cases."""
    values: dict[str, Any] = {
        **Scope(now=now, merchant_id=merchant_id, currency=currency, begin=now - YEAR, end=now).values,
        "most": MOST,
        "buckets": BUCKETS,
        "instant": str(Outcome.INSTANT),
    }
    with connection.cursor() as cursor:
        cursor.execute(_OFFERS.format(lately=_LATELY), values)
        offers = {Offer(*key): (shown, taken) for *key, shown, taken in cursor.fetchall()}
        cursor.execute(_WAYS.format(facts=FACTS.format(scope=f"d.id IN ({_LATELY})")), values)
        ways = {(type_, reason): Ended(*sums) for type_, reason, *sums in cursor.fetchall()}
    return History(offers, ways)
