"""When which version of a plan answered new cases: written by every switch, followed forward by replays."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from merchants.plans.lineup import Entry, Lineup, entries_of
from merchants.plans.models import ChangeKind, Plan, PlanChange

if TYPE_CHECKING:
    from portal.accounts.models import User


def note_change(plan: Plan, kind: ChangeKind, *, actor: "User", now: datetime) -> PlanChange:
    """Put on record what answers new cases from now on, inside the caller's transaction."""
    version = None if kind == ChangeKind.PAUSED else plan.live_id
    return PlanChange.objects.create(
        plan=plan, merchant_id=plan.merchant_id, kind=kind, version_id=version, at=now, by=actor
    )


class Past:
    """The plans of a merchant as they were live, followed forward in time."""

    def __init__(self, changes: Iterable[PlanChange], entries: dict[int, Entry]) -> None:
        self._changes = sorted(changes, key=lambda change: (change.at, change.pk))
        self._entries = entries
        self._next = 0
        self._live: dict[int, int | None] = {}
        self._lineup = Lineup(())

    @classmethod
    def of(cls, merchant_id: int) -> "Past":
        """Read a merchant's whole past: three queries."""
        changes = list(PlanChange.objects.filter(merchant=merchant_id))
        entries = entries_of({change.version_id for change in changes if change.version_id})
        return cls(changes, {entry.version_id: entry for entry in entries})

    @property
    def begins_at(self) -> datetime | None:
        """Since when there is a record."""
        return self._changes[0].at if self._changes else None

    def at(self, instant: datetime) -> Lineup:
        """Return what was live at an instant; ask in order of time. What was published then answers already."""
        moved = False
        while self._next < len(self._changes) and self._changes[self._next].at <= instant:
            change = self._changes[self._next]
            self._live[change.plan_id] = change.version_id
            self._next, moved = self._next + 1, True
        if moved:
            self._lineup = Lineup(self._entries[version] for version in self._live.values() if version)
        return self._lineup
