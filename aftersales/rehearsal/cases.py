"""Past cases as they are replayed, read piece by piece: memory stays the same for any number of them."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from aftersales.disputes.codes import Outcome
from aftersales.results.facts import FACTS, Scope
from merchants.plans.lineup import Scene

PIECE = 2000
# What cases filed before scenes were kept were matched by, as far as their orders still tell.
_NO_SCENE = """(
    SELECT jsonb_build_object(
        'categories', jsonb_agg(DISTINCT ol.category),
        'days', extract(day FROM d.opened_at - max(CASE WHEN coalesce(ol.received_at, ol.delivered_at) <= d.opened_at
            THEN coalesce(ol.received_at, ol.delivered_at) END)))
    FROM disputes_disputeline dl JOIN orders_orderline ol ON ol.id = dl.order_line_id WHERE dl.dispute_id = d.id
)"""
_IDS = """
SELECT id, opened_at FROM disputes_dispute
WHERE merchant_id = %(merchant)s AND currency = %(currency)s AND opened_at >= %(begin)s AND opened_at < %(end)s
    AND (opened_at, id) > (%(at)s, %(id)s)
ORDER BY opened_at, id LIMIT %(piece)s
"""
_CASES = """
WITH {facts}
SELECT f.number, f.opened_at, d.type, f.reason, d.order_stage, d.currency, f.paid, coalesce(d.scene, {scene})::json,
    f.plan_id, d.plan_version_id, e.plan_id, a.version_id, f.ended, f.kept, f.cost, d.outcome = %(instant)s,
    (SELECT json_agg(json_build_array(o.kind, o.cash::text, o.coupon_template_id) ORDER BY o.position)
        FROM disputes_offer o
        WHERE o.dispute_id = d.id AND o.plan_version_id IS NOT NULL AND o.made_at = d.opened_at)
FROM facts f JOIN disputes_dispute d ON d.id = f.id
LEFT JOIN experiments_arm a ON a.id = d.arm_id LEFT JOIN experiments_experiment e ON e.id = a.experiment_id
ORDER BY f.opened_at, f.id
"""

Offered = tuple[tuple[str, Decimal, int | None], ...]  # kind, cash, coupon template


class PastCase(NamedTuple):
    """A case as it was filed, what plans really offered, and what became of it; money in `scene.currency`."""

    number: str
    opened_at: datetime
    scene: Scene
    stopped: frozenset[int]  # coupons that the answering version promised and that were given no longer
    without: tuple[int, ...]  # plans whose limits were used up
    plan_id: int | None
    version_id: int | None
    arm_of: int | None  # the plan whose experiment had the buyer in an arm, and what that arm shows
    arm_version_id: int | None
    ended: bool
    kept: bool
    cost: Decimal
    instant: bool  # refunded at once, whatever plans say
    offered: Offered


def pieces(
    *, merchant_id: int, currency: str, begin: datetime, end: datetime, now: datetime
) -> Iterator[tuple[int, list[PastCase]]]:
    """Yield cases in the order of their opening, as (how many rows were looked at, the cases that plans answer)."""
    asked: dict[str, Any] = {"merchant": merchant_id, "currency": currency, "begin": begin, "end": end}
    asked |= {"at": begin, "id": 0, "piece": PIECE}
    sql = _CASES.format(facts=FACTS.format(scope="d.id = ANY(%(ids)s)"), scene=_NO_SCENE)
    values = {**Scope(now=now).values, "instant": str(Outcome.INSTANT)}
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_IDS, asked)
            rows = cursor.fetchall()
            if not rows:
                return
            cursor.execute(sql, {**values, "ids": [pk for pk, _at in rows]})
            yield len(rows), [_case(row) for row in cursor.fetchall()]
            asked["id"], asked["at"] = rows[-1]


def _case(row: tuple[Any, ...]) -> PastCase:
    number, opened_at, type_, reason, stage, currency, paid, scene, *rest, offers = row
    days, categories = scene.get("days"), tuple(scene["categories"] or ())
    matched = Scene(type_, reason, stage, categories, currency, paid, None if days is None else int(days))
    offered = tuple((kind, Decimal(cash), coupon) for kind, cash, coupon in offers or ())
    stopped, without = frozenset(scene.get("stopped") or ()), tuple(scene.get("without") or ())
    return PastCase._make([number, opened_at, matched, stopped, without, *rest, offered])
