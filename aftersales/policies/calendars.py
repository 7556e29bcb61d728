"""Which time counts: natural time, business days with their holidays, working hours. Pure: no queries.

A business day is a weekday that is no public holiday, or a weekend day worked in exchange for one (China swaps
days). Days are those of the place whose law counts them, whatever zone the reader lives in.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.translation import gettext_lazy as _

OPENS, CLOSES = time(9), time(18)  # working hours of arbitration (J)
_SATURDAY = 5
_DAY = timedelta(days=1)


class Counting(models.TextChoices):
    """How a clock counts."""

    NATURAL = "natural", _("Every hour")
    BUSINESS_DAYS = "business_days", _("Business days")
    WORKING_HOURS = "working_hours", _("Working hours, 9:00 to 18:00 on business days")


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The days of one place: public holidays, and weekend days that are worked instead."""

    zone: ZoneInfo
    holidays: Collection[date] = field(default_factory=frozenset)
    worked: Collection[date] = field(default_factory=frozenset)

    def is_business_day(self, day: date) -> bool:
        """Tell whether offices work on a day."""
        return day in self.worked or (day.weekday() < _SATURDAY and day not in self.holidays)

    def due(self, start: datetime, length: timedelta, counting: str) -> datetime:
        """When a clock that starts now runs out.

        Business days: `length` in whole days, counted from the day after; the last one counts to its end.
        Working hours: only the time between 9:00 and 18:00 of business days counts.
        """
        if counting == Counting.NATURAL:
            return start + length
        local = start.astimezone(self.zone)
        ends = self._business_days(local, length.days) if counting == Counting.BUSINESS_DAYS else None
        return (ends or self._working_hours(local, length)).astimezone(start.tzinfo)

    def _business_days(self, local: datetime, days: int) -> datetime:
        day = local.date()
        for _n in range(days):
            day = self._next(day + _DAY)
        return datetime.combine(day + _DAY, time(), self.zone)

    def _working_hours(self, local: datetime, left: timedelta) -> datetime:
        day = self._next(local.date())
        begins = datetime.combine(day, OPENS, self.zone)
        if day == local.date():
            begins = max(local, begins)
        while (today := max(datetime.combine(day, CLOSES, self.zone) - begins, timedelta(0))) < left:
            left -= today
            day = self._next(day + _DAY)
            begins = datetime.combine(day, OPENS, self.zone)
        return begins + left

    def _next(self, day: date) -> date:
        while not self.is_business_day(day):
            day += _DAY
        return day
