"""Scenes with many cases and no plan: where a shop still answers everything by hand."""

from collections.abc import Iterable
from dataclasses import dataclass

from merchants.plans.content import PlanContent
from merchants.plans.overlaps import meet

MANY = 5  # cases in 90 days


@dataclass(frozen=True, slots=True)
class SceneCount:
    """How many cases of one kind no plan answered in the last 90 days."""

    type: str
    stage: str
    currency: str
    cases: int


def gaps(scenes: Iterable[SceneCount], live: Iterable[PlanContent]) -> list[SceneCount]:
    """List those with many cases that no live plan could answer now, the most frequent first."""
    plans = list(live)
    found = [s for s in scenes if s.cases >= MANY and not any(meet(_scene(s), plan) for plan in plans)]
    return sorted(found, key=lambda gap: (-gap.cases, gap.type, gap.stage, gap.currency))


def _scene(count: SceneCount) -> PlanContent:
    return PlanContent(types=(count.type,), stages=(count.stage,), currency=count.currency)
