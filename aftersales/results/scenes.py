"""What a shop's past cases, orders, budgets and rules say about a plan before it is published."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from aftersales.orders.models import OrderLine
from aftersales.policies.book import book_at
from aftersales.policies.claims import CLAIMS
from aftersales.policies.codes import DisputeType
from merchants.coupons.budgets import day_of
from merchants.coupons.models import CouponBudget
from merchants.models import Merchant
from merchants.plans.content import PlanContent, scene_of
from merchants.plans.lint import Around, CouponLeft, History, Neighbour, SceneCount, gaps
from merchants.plans.models import Plan, PlanState
from merchants.promises.services import Layers, rules_of

DAYS = timedelta(days=90)
MONTH = timedelta(days=30)
MOST_PLANS = 500

_FITTING = """
SELECT count(*), count(*) FILTER (WHERE in_band), count(*) FILTER (WHERE in_band AND opened_at >= %(month)s),
    percentile_disc(0.05) WITHIN GROUP (ORDER BY max_amount) FILTER (WHERE in_band),
    max(max_amount) FILTER (WHERE in_band)
FROM (
    SELECT d.opened_at, d.max_amount,
        coalesce(d.max_amount >= %(value_from)s::numeric, true)
            AND coalesce(d.max_amount <= %(value_to)s::numeric, true) AS in_band
    FROM disputes_dispute d
    {lines}
    WHERE d.merchant_id = %(merchant)s AND d.opened_at >= %(since)s AND d.opened_at < %(now)s
        AND d.currency = %(currency)s AND d.type <> ALL(%(claims)s)
        AND (%(types)s::varchar[] = '{{}}' OR d.type = ANY(%(types)s))
        AND (%(reasons)s::varchar[] = '{{}}' OR d.reason = ANY(%(reasons)s))
        AND (%(stages)s::varchar[] = '{{}}' OR d.order_stage = ANY(%(stages)s))
        {by_line}
) fitting
"""
# Read only where a condition needs them: what the pieces are of, and when the last of them arrived.
_LINES = """CROSS JOIN LATERAL (
    SELECT bool_and(l.category = ANY(%(categories)s)) AS of_them,
        max(coalesce(l.received_at, l.delivered_at)) AS arrived
    FROM disputes_disputeline dl JOIN orders_orderline l ON l.id = dl.order_line_id WHERE dl.dispute_id = d.id
) lines"""
_BY_LINE = """AND (%(categories)s::varchar[] = '{}' OR lines.of_them)
        AND (NOT %(by_days)s OR extract(day FROM d.opened_at - lines.arrived)
            BETWEEN coalesce(%(days_from)s, 0) AND coalesce(%(days_to)s, 32767))"""
_UNANSWERED = """
SELECT type, order_stage, currency, count(*) FROM disputes_dispute
WHERE merchant_id = %(merchant)s AND opened_at >= %(since)s AND plan_version_id IS NULL AND type <> ALL(%(claims)s)
GROUP BY type, order_stage, currency
"""


def around(*, merchant: Merchant, content: PlanContent, now: datetime, plan_id: int = 0) -> Around:
    """Read where a plan of the shop stands; as many queries for one other plan or case as for thousands."""
    sold = _sold(merchant, now)
    return Around(
        today=day_of(now),
        plan_id=plan_id,
        others=tuple(other for other in live_plans(merchant) if other[0] != plan_id),
        left=_left(merchant, content),
        history=_history(merchant, content, now),
        currencies=frozenset(currency for currency, _category in sold),
        categories=frozenset(category for _currency, category in sold),
        windows=_windows(merchant, content.currency, now),
    )


def live_plans(merchant: Merchant) -> list[Neighbour]:
    """Return the scenes of the shop's live plans, oldest first: one query."""
    plans = Plan.objects.filter(merchant=merchant, state=PlanState.LIVE).select_related("live").order_by("pk")
    return [(plan.pk, plan.name, scene_of(plan.live)) for plan in plans[:MOST_PLANS] if plan.live]


def gaps_of(merchant: Merchant, now: datetime) -> list[SceneCount]:
    """List kinds of case that the shop had often and that no live plan could answer: two queries."""
    with connection.cursor() as cursor:
        cursor.execute(_UNANSWERED, {"merchant": merchant.pk, "since": now - DAYS, "claims": _claims()})
        counts = [SceneCount(*row) for row in cursor.fetchall()]
    return gaps(counts, [content for _pk, _name, content in live_plans(merchant)])


def _history(merchant: Merchant, content: PlanContent, now: datetime) -> History:
    by_days = content.days_from is not None or content.days_to is not None
    by_line = by_days or bool(content.categories)
    sql = _FITTING.format(lines=_LINES if by_line else "", by_line=_BY_LINE if by_line else "")
    given: dict[str, Any] = {
        name: list(getattr(content, name)) for name in ("types", "reasons", "stages", "categories")
    }
    given |= {name: getattr(content, name) for name in ("currency", "value_from", "value_to", "days_from", "days_to")}
    given |= {"merchant": merchant.pk, "now": now, "since": now - DAYS, "month": now - MONTH}
    with connection.cursor() as cursor:
        cursor.execute(sql, given | {"claims": _claims(), "by_days": by_days})
        return History(*cursor.fetchone())


def _claims() -> list[str]:
    """What no plan is asked about: cases that a seller opens, and recalls."""
    return [*CLAIMS, str(DisputeType.SAFETY_RECALL)]


def _sold(merchant: Merchant, now: datetime) -> set[tuple[str, str]]:
    lines = OrderLine.objects.filter(order__merchant=merchant, order__paid_at__gte=now - DAYS).order_by()
    return set(lines.values_list("order__currency", "category").distinct())


def _left(merchant: Merchant, content: PlanContent) -> Mapping[int, CouponLeft]:
    coupons = {option.coupon.pk: option.coupon for option in content.options if option.coupon}
    if not coupons:
        return {}
    budgets = list(CouponBudget.objects.filter(merchant=merchant))
    return {
        pk: CouponLeft(
            min(
                (
                    count
                    for b in budgets
                    if b.template_id == pk or (b.template_id is None and b.currency == coupon.currency)
                    if (count := _count(b, coupon.amount)) is not None
                ),
                default=None,
            )
        )
        for pk, coupon in coupons.items()
    }


def _count(budget: CouponBudget, worth: Decimal) -> int | None:
    """How many more coupons of this worth a budget pays for; None: without limit."""
    limits = []
    if budget.total_count is not None:
        limits.append(budget.total_count - budget.taken_count)
    if budget.total_amount is not None:
        limits.append(int((budget.total_amount - budget.taken_amount) / worth))
    return max(min(limits), 0) if limits else None


def _windows(merchant: Merchant, currency: str, now: datetime) -> Mapping[str, int]:
    """The days to file by the rules of the market that the currency belongs to, with what the shop promised."""
    book = book_at(now)
    signed = merchant.promises.filter(effective_at__lte=now).order_by("-number")
    promise = signed.values_list("pk", flat=True).first()
    rules = rules_of(Layers(book.base(book.market("", currency)), promise=promise))
    return {name: span.hours // 24 for name, span in rules.windows.items()}
