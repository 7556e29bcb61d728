"""Which plans could answer the same case, and which of them goes first."""

from collections.abc import Iterable
from dataclasses import dataclass

from aftersales.orders.models import OrderStage
from aftersales.policies.types import TYPES
from merchants.plans.content import PlanContent

_LISTS = ("types", "reasons", "stages", "categories")
_BANDS = ("value", "days")
_EVERYTHING = {"stages": set(OrderStage.values), "types": set(TYPES)}


@dataclass(frozen=True, slots=True)
class Overlap:
    """Another live plan of the same merchant that fits some of the same cases."""

    plan_id: int
    name: str
    conditions: int
    goes_first: bool  # the other one answers where both fit
    swallows: bool  # the other one goes first and fits every case that this one fits: this one never answers


def overlaps_of(plan_id: int, content: PlanContent, others: Iterable[tuple[int, str, PlanContent]]) -> list[Overlap]:
    """Compare a plan with others given as (id, name, content): the more specific goes first, then the older."""
    found = []
    for other_id, name, other in others:
        if other_id == plan_id or not meet(content, other):
            continue
        first = (-other.conditions, other_id) < (-content.conditions, plan_id)
        found.append(Overlap(other_id, name, other.conditions, first, first and covers(other, content)))
    return sorted(found, key=lambda o: (not o.goes_first, -o.conditions, o.plan_id))


def meet(one: PlanContent, other: PlanContent) -> bool:
    """Tell whether some case could fit both."""
    if one.currency != other.currency:
        return False
    lists = ((set(getattr(one, name)), set(getattr(other, name))) for name in _LISTS)
    if any(a and b and not a & b for a, b in lists):
        return False
    return all(_meet_band(one, other, name) for name in _BANDS)


def covers(wide: PlanContent, narrow: PlanContent) -> bool:
    """Tell whether every case that fits `narrow` fits `wide` too."""
    if wide.currency != narrow.currency:
        return False
    for name in _LISTS:
        allowed, needed = set(getattr(wide, name)), set(getattr(narrow, name))
        if _EVERYTHING.get(name, {""}) <= allowed:
            continue  # whoever names them all means any
        if allowed and (not needed or not needed <= allowed):
            return False
    return all(_covers_band(wide, narrow, name) for name in _BANDS)


def _meet_band(one: PlanContent, other: PlanContent, name: str) -> bool:
    lows = [low for low in (getattr(one, f"{name}_from"), getattr(other, f"{name}_from")) if low is not None]
    highs = [high for high in (getattr(one, f"{name}_to"), getattr(other, f"{name}_to")) if high is not None]
    return not lows or not highs or max(lows) <= min(highs)


def _covers_band(wide: PlanContent, narrow: PlanContent, name: str) -> bool:
    low, high = getattr(wide, f"{name}_from"), getattr(wide, f"{name}_to")
    inner_low, inner_high = getattr(narrow, f"{name}_from"), getattr(narrow, f"{name}_to")
    return (low is None or (inner_low is not None and inner_low >= low)) and (
        high is None or (inner_high is not None and inner_high <= high)
    )
