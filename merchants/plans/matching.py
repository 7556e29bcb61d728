"""Which plan answers a case, and why the others do not: one query."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model

from aftersales.orders.models import OrderStage
from aftersales.policies.codes import WITH_RETURN
from merchants.coupons.models import CouponTemplate
from merchants.plans.models import PlanOption, PlanVersion

_M = TypeVar("_M", bound=Model)
_Values = tuple[Any, ...]
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
    stopped: tuple[int, ...] = ()  # coupons that are given no longer
    unshipped: bool = False

    @property
    def missing(self) -> list[int]:
        """Coupons that the version promises and that are given no longer."""
        if self.version is None or not self.stopped:
            return []
        _version, options = _published(self.version.pk)
        return [coupon[0] for _option, coupon in options if coupon and coupon[0] in self.stopped]

    def instead(self, version_id: int | None, *, arm: int) -> "Match":
        """Answer with another version of the same plan (None: with nothing), noting the experiment's arm."""
        trace = [{**self.trace[0], "arm": arm}, *self.trace[1:]]
        if version_id is None:
            return replace(self, version=None, options=(), trace=trace)
        if self.version is not None and version_id == self.version.pk:
            return replace(self, trace=trace)
        version, options = _published(version_id)
        left = _without(options, stopped=self.stopped, unshipped=self.unshipped)
        shown = _row(PlanVersion, version)
        trace[0]["version"] = shown.number
        return replace(self, version=shown, options=tuple(_option(*o) for o in left), trace=trace)


# Coupons that are given no longer: stopped (with immediate effect), past their last day, or beyond what is left of a
# budget.
_STOPPED = """ARRAY(
    SELECT t.id FROM coupons_coupontemplate t WHERE t.merchant_id = %(merchant)s AND (
        NOT t.active OR t.valid_until < %(today)s::date OR EXISTS (
            SELECT 1 FROM coupons_couponbudget b
            WHERE (b.template_id = t.id OR b.template_id IS NULL AND b.merchant_id = t.merchant_id
                AND b.currency = t.currency)
            AND (b.taken_count >= b.total_count OR b.taken_amount + t.amount > b.total_amount
                OR b.day_count = 0 OR t.amount > b.day_amount
                OR b.today = %(today)s::date
                AND (b.today_count >= b.day_count OR b.today_amount + t.amount > b.day_amount))
        )
    )
)"""
# An empty list or bound means "any". Of the plans that fit, the one with most conditions answers, then the oldest:
# `lineup` says the same in Python. (OFFSET 0: judge each row once.)
_JUDGE = """
SELECT *, {stopped}
FROM (
    SELECT version_id, plan_id, number, name, conditions,
        currency <> %(currency)s AS not_currency,
        cardinality(types) > 0 AND NOT %(type)s = ANY(types) AS not_type,
        cardinality(reasons) > 0 AND NOT %(reason)s = ANY(reasons) AS not_reason,
        cardinality(stages) > 0 AND NOT %(stage)s = ANY(stages) AS not_stage,
        cardinality(categories) > 0 AND NOT %(categories)s::varchar[] <@ categories AS not_category,
        NOT (COALESCE(%(value)s >= value_from, true) AND COALESCE(%(value)s <= value_to, true)) AS not_value,
        (days_from IS NOT NULL OR days_to IS NOT NULL) AND NOT COALESCE(
            %(days)s BETWEEN COALESCE(days_from, 0) AND COALESCE(days_to, 32767), false) AS not_days
    FROM plans_livescene WHERE merchant_id = %(merchant)s AND plan_id <> ALL(%(without)s) OFFSET 0
) judged
ORDER BY not_currency OR not_type OR not_reason OR not_stage OR not_category OR not_value OR not_days,
    conditions DESC, plan_id
LIMIT %(traced)s
"""
_MATCH = _JUDGE.format(stopped=_STOPPED)


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
    today: date | None = None,
    without: Sequence[int] = (),
) -> Match:
    """Return the merchant's live plan for such a case; `value` in `currency`, `days` since delivery (None: not yet).
    `today`: the day that daily budgets of coupons are counted by. `without`: plans that may not answer.

    A plan for some categories answers only where all of the case's items are of them.
    """
    parameters: dict[str, Any] = {
        "without": list(without),
        "merchant": merchant_id,
        "type": type,
        "reason": reason,
        "stage": stage,
        "categories": list(categories) or [""],
        "value": value,
        "currency": currency,
        "days": days,
        "today": today,
        "traced": TRACED,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MATCH, parameters)
        rows = cursor.fetchall()
    trace = [_traced(row) for row in rows]
    if not rows or not trace[0]["fits"]:
        return Match(trace=trace)
    version, options = _published(rows[0][0])
    stopped, unshipped = tuple(rows[0][-1]), stage == OrderStage.UNSHIPPED
    left = _without(options, stopped=stopped, unshipped=unshipped)
    return Match(_row(PlanVersion, version), tuple(_option(*o) for o in left), trace, stopped, unshipped)


def stopped_coupons(*, merchant_id: int, today: date) -> frozenset[int]:
    """Return the merchant's coupons that no plan gives any longer, as of a day."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + _STOPPED, {"merchant": merchant_id, "today": today})
        return frozenset(cursor.fetchone()[0])


def further(version_id: int, *, after: int, merchant_id: int, unshipped: bool, today: date) -> tuple[PlanOption, ...]:
    """Return the options of a published version's later steps that can be given now, in order; one query if any."""
    _version, options = _published(version_id)
    later = [(option, coupon) for option, coupon in options if option[_STEP] > after]
    if not later:
        return ()
    stopped = stopped_coupons(merchant_id=merchant_id, today=today)
    return tuple(_option(*o) for o in _without(later, stopped=stopped, unshipped=unshipped))


def published(version_id: int) -> PlanVersion:
    """Return a published version; it never changes, so it is read once per process."""
    return _row(PlanVersion, _published(version_id)[0])


def step_of(version_id: int, position: int) -> int:
    """Return the step that an option of a published version belongs to."""
    return next(int(o[_STEP]) for o, _coupon in _published(version_id)[1] if o[_POSITION] == position)


def _traced(row: Sequence[Any]) -> dict[str, Any]:
    _version_id, plan_id, number, name, conditions, *not_met, _stopped = row
    failed = [condition for condition, missed in zip(CONDITIONS, not_met, strict=True) if missed]
    return {
        "plan": plan_id,
        "version": number,
        "name": name,
        "fits": not failed,
        "conditions": conditions,
        "failed": failed,
    }


@lru_cache(maxsize=4096)
def _published(version_id: int) -> tuple[_Values, tuple[tuple[_Values, _Values | None], ...]]:
    """Read a published version, its options and their coupons as plain values.

    Kept for the life of the process: the database refuses to change any of them, a coupon's name apart.
    """
    version = PlanVersion.objects.get(pk=version_id)
    options = version.options.select_related("coupon").order_by("position")
    return _values(version), tuple((_values(o), _values(o.coupon) if o.coupon else None) for o in options)


def _without(
    options: Iterable[tuple[_Values, _Values | None]], *, stopped: Collection[int], unshipped: bool
) -> list[tuple[_Values, _Values | None]]:
    """Leave out options whose coupon was stopped, and the return of what was never sent."""
    return [
        (option, coupon)
        for option, coupon in options
        if not (coupon and coupon[0] in stopped) and not (unshipped and option[_KIND] in WITH_RETURN)
    ]


def _option(values: _Values, coupon: _Values | None) -> PlanOption:
    option = _row(PlanOption, values)
    option.coupon = _row(CouponTemplate, coupon) if coupon else None
    return option


def _values(row: Model) -> _Values:
    return tuple(getattr(row, f.attname) for f in row._meta.concrete_fields)


def _row(model: type[_M], values: _Values) -> _M:
    """Make a row of its own for each caller, so that nobody changes what is kept."""
    return model.from_db("default", [f.attname for f in model._meta.concrete_fields], values)


_FIELDS = [f.attname for f in PlanOption._meta.concrete_fields]
_KIND, _STEP, _POSITION = (_FIELDS.index(name) for name in ("kind", "step", "position"))
