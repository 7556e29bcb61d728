"""Which days offices work, as announced: one version after the other, read once per process."""

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from aftersales.policies.calendars import WorkCalendar
from aftersales.policies.models import WorkCalendarVersion


def version_at(*, now: datetime, place: str = "cn") -> int:
    """Return the key of the version in force at an instant. Raises LookupError where there is none."""
    found = WorkCalendarVersion.objects.filter(place=place, effective_at__lte=now)
    key = found.order_by("-effective_at", "-number").values_list("pk", flat=True).first()
    if key is None:
        raise LookupError(f"no work calendar of {place} at {now}")
    return key


@lru_cache(maxsize=256)
def calendar_of(version: int) -> WorkCalendar:
    """Return a version's days; they never change (the database refuses)."""
    found = WorkCalendarVersion.objects.get(pk=version)
    return WorkCalendar(ZoneInfo(found.zone), frozenset(found.holidays), frozenset(found.worked))
