"""Which plan of a line-up answers a case: the rules of `matching` once more, for very many cases and other line-ups.

`matching` asks the database once per case and sees what is live. A replay asks about a million cases and about plans
that were live or may be: here the same rules are plain Python. Tests hold the two together.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Prefetch

from merchants.plans.content import PlanContent, content_of
from merchants.plans.models import PlanOption, PlanVersion

# Combinations of kind, reason, stage and category whose plans are kept at hand; a shop has some hundred of them.
_KEPT = 20_000


class Scene(NamedTuple):
    """What plans are asked about: `value` in `currency`, `days` since delivery (None: not delivered yet)."""

    type: str
    reason: str
    stage: str
    categories: tuple[str, ...]
    currency: str
    value: Decimal
    days: int | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A version in a line-up: when it answers, and its options in order with their coupons."""

    plan_id: int
    version_id: int
    number: int
    name: str
    content: PlanContent
    options: tuple[PlanOption, ...]

    @classmethod
    def of(cls, version: PlanVersion) -> "Entry":
        """Make one of a version whose plan, options and coupons are loaded."""
        options = tuple(sorted(version.options.all(), key=lambda option: option.position))
        return cls(version.plan_id, version.pk, version.number, version.plan.name, content_of(version), options)


def entries_of(version_ids: Iterable[int]) -> list[Entry]:
    """Read versions with what they offer: two queries."""
    options = Prefetch("options", PlanOption.objects.select_related("coupon").order_by("position"))
    versions = PlanVersion.objects.filter(pk__in=set(version_ids)).select_related("plan").prefetch_related(options)
    return [Entry.of(version) for version in versions.order_by("pk")]


class Lineup:
    """Versions of different plans of one merchant; of those that fit, the one with most conditions answers, then the
    oldest plan.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = sorted(entries, key=lambda entry: (-entry.content.conditions, entry.plan_id))
        self._of_scene: dict[tuple[str, str, str, tuple[str, ...], str], list[Entry]] = {}

    def answer(self, scene: Scene, without: Collection[int] = ()) -> Entry | None:
        """Return the version that answers such a case; plans of `without` may not."""
        kinds = scene[:5]
        found = self._of_scene.get(kinds)
        if found is None:
            if len(self._of_scene) >= _KEPT:
                self._of_scene.clear()
            found = self._of_scene[kinds] = [entry for entry in self._entries if _is_kind(entry.content, scene)]
        fitting = (entry for entry in found if _in_bands(entry.content, scene))
        return next((entry for entry in fitting if entry.plan_id not in without), None)


def _is_kind(content: PlanContent, scene: Scene) -> bool:
    return (
        content.currency == scene.currency
        and (not content.types or scene.type in content.types)
        and (not content.reasons or scene.reason in content.reasons)
        and (not content.stages or scene.stage in content.stages)
        and (not content.categories or set(scene.categories or ("",)) <= set(content.categories))
    )


def _in_bands(content: PlanContent, scene: Scene) -> bool:
    low, high = content.value_from, content.value_to
    if (low is not None and scene.value < low) or (high is not None and scene.value > high):
        return False
    if content.days_from is None and content.days_to is None:
        return True
    last = 32767 if content.days_to is None else content.days_to
    return scene.days is not None and (content.days_from or 0) <= scene.days <= last
