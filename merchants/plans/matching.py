"""Which plan answers a case, and why the others do not: one query."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection

from aftersales.orders.models import OrderStage
from aftersales.policies.codes import WITH_RETURN
from merchants.coupons.models import CouponTemplate
from merchants.plans.models import PlanOption, PlanVersion

# How many plans a trace names, the winner first.
TRACED = 20
CONDITIONS = ("currency", "type", "reason", "stage", "category", "value", "days")


@dataclass(frozen=True, slots=True)
class Match:
    """What a merchant's plans say to a case: the version that answers, its options, and why this plan."""

    version: PlanVersion | None = None
    options: tuple[PlanOption, ...] = ()
    # [{plan, version, name, fits, conditions, failed: [condition ...]}], the winner first.
    trace: list[dict[str, Any]] = field(default_factory=list)


# An empty list or bound means "any". Of the plans that fit, the one with most conditions answers, then the oldest.
# Coupons are read with the winner, never kept: a merchant stops one with immediate effect.
_MATCH = """
WITH judged AS (
    SELECT p.id AS plan_id, p.name, v.id AS version_id, v.number, v.published_at, v.expires_hours,
        v.currency <> %(currency)s AS not_currency,
        v.types <> '{}' AND NOT %(type)s = ANY(v.types) AS not_type,
        v.reasons <> '{}' AND NOT %(reason)s = ANY(v.reasons) AS not_reason,
        v.stages <> '{}' AND NOT %(stage)s = ANY(v.stages) AS not_stage,
        v.categories <> '{}' AND NOT %(categories)s::varchar[] <@ v.categories AS not_category,
        NOT %(value)s BETWEEN COALESCE(v.value_from, 0) AND COALESCE(v.value_to, 'Infinity') AS not_value,
        (v.days_from IS NOT NULL OR v.days_to IS NOT NULL) AND NOT COALESCE(
            %(days)s BETWEEN COALESCE(v.days_from, 0) AND COALESCE(v.days_to, 32767), false) AS not_days,
        (v.types <> '{}')::int + (v.reasons <> '{}')::int + (v.stages <> '{}')::int + (v.categories <> '{}')::int
            + (v.value_from IS NOT NULL OR v.value_to IS NOT NULL)::int
            + (v.days_from IS NOT NULL OR v.days_to IS NOT NULL)::int AS conditions
    FROM plans_plan p JOIN plans_planversion v ON v.id = p.live_id
    WHERE p.merchant_id = %(merchant)s AND p.state = 'live'
),
ranked AS (
    SELECT *, NOT (not_currency OR not_type OR not_reason OR not_stage OR not_category OR not_value OR not_days) AS fits
    FROM judged ORDER BY fits DESC, conditions DESC, plan_id LIMIT %(traced)s
)
SELECT r.plan_id, r.version_id, r.number, r.name, r.published_at, r.expires_hours, r.conditions, r.fits,
    ARRAY[not_currency, not_type, not_reason, not_stage, not_category, not_value, not_days],
    CASE WHEN r.fits AND row_number() OVER w = 1 THEN (
        SELECT json_agg(json_build_array(o.id, o.position, o.kind, o.percent::text, o.amount::text, c.id, c.name,
            c.currency, c.amount::text, c.minimum_spend::text, c.valid_days, c.active) ORDER BY o.position)
        FROM plans_planoption o LEFT JOIN coupons_coupontemplate c ON c.id = o.coupon_id
        WHERE o.version_id = r.version_id
    ) END
FROM ranked r WINDOW w AS (ORDER BY r.fits DESC, r.conditions DESC, r.plan_id)
ORDER BY r.fits DESC, r.conditions DESC, r.plan_id
"""


def match(
    *,
    merchant_id: int,
    type: str,
    reason: str,
    stage: str,
    categories: Sequence[str],
    value: Decimal,
    currency: str,
    days: int | None,
) -> Match:
    """Return the merchant's live plan for such a case; `value` in `currency`, `days` since delivery (None: not yet).

    A plan for some categories answers only where all of the case's items are of them.
    """
    parameters: dict[str, int | str | Decimal | list[str] | None] = {
        "merchant": merchant_id,
        "type": type,
        "reason": reason,
        "stage": stage,
        "categories": list(categories) or [""],
        "value": value,
        "currency": currency,
        "days": days,
        "traced": TRACED,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MATCH, parameters)
        rows = cursor.fetchall()
    trace = [_traced(row) for row in rows]
    if not rows or not rows[0][7]:
        return Match(trace=trace)
    plan_id, version_id, number, _name, published_at, expires_hours = rows[0][:6]
    version = PlanVersion.from_db(
        "default",
        ["id", "plan_id", "number", "published_at", "currency", "expires_hours"],  # in the model's order
        [version_id, plan_id, number, published_at, currency, expires_hours],
    )
    options = _options(version_id, rows[0][9], unshipped=stage == OrderStage.UNSHIPPED)
    return Match(version, tuple(options), trace)


def _traced(row: Sequence[Any]) -> dict[str, Any]:
    plan_id, _version_id, number, name, _published_at, _hours, conditions, fits, failed, _options = row
    return {
        "plan": plan_id,
        "version": number,
        "name": name,
        "fits": fits,
        "conditions": conditions,
        "failed": [condition for condition, not_met in zip(CONDITIONS, failed, strict=True) if not_met],
    }


def _options(version_id: int, rows: Any, *, unshipped: bool) -> list[PlanOption]:
    """Make the options of JSON rows, without those whose coupon was stopped, or a return of what was never sent."""
    options = []
    for pk, position, kind, percent, amount, *coupon in json.loads(rows) if isinstance(rows, str) else rows or []:
        option = PlanOption(pk=pk, version_id=version_id, position=position, kind=kind)
        option.percent, option.amount = _decimal(percent), _decimal(amount)
        option.coupon = _coupon(*coupon) if coupon[0] else None
        if (option.coupon is None or option.coupon.active) and not (unshipped and kind in WITH_RETURN):
            options.append(option)
    return options


def _coupon(
    pk: int, name: str, currency: str, amount: str, minimum: str, valid_days: int, active: bool
) -> CouponTemplate:
    return CouponTemplate(
        pk=pk,
        name=name,
        currency=currency,
        amount=Decimal(amount),
        minimum_spend=Decimal(minimum),
        valid_days=valid_days,
        active=active,
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
