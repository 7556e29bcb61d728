"""Business days and working hours, worked out by hand on the calendar of 2026."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from aftersales.policies.calendars import Counting
from aftersales.policies.work_calendars import calendar_of, version_at

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def calendar(db, now):
    return calendar_of(version_at(now=now))


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 23), True),  # a Monday
        (date(2026, 11, 22), False),  # a Sunday
        (date(2026, 2, 17), False),  # the first day of the lunar year, a Tuesday
        (date(2026, 2, 14), True),  # a Saturday worked for the Spring Festival
        (date(2026, 10, 10), True),  # a Saturday worked for National Day
        (date(2026, 10, 7), False),  # the last day off, a Wednesday
    ],
)
def test_business_days(calendar, day, works):
    assert calendar.is_business_day(day) is works


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        # Counted from the day after, to the end of the last day.
        ("2026-11-23T10:00", 1, "2026-11-25T00:00"),
        # Friday: Monday to Friday, then Monday and Tuesday of the week after.
        ("2026-11-20T23:59", 7, "2026-12-02T00:00"),
        # Before National Day: 30 September counts, 1 to 7 October do not, 8, 9 and Saturday the 10th do.
        ("2026-09-29T12:00", 4, "2026-10-11T00:00"),
        # Begun on a Sunday: the count starts on Monday.
        ("2026-11-22T12:00", 1, "2026-11-24T00:00"),
    ],
)
def test_a_clock_of_business_days(calendar, start, days, due):
    assert calendar.due(at(start), timedelta(days=days), Counting.BUSINESS_DAYS) == at(due)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-11-23T10:00", 4, "2026-11-23T14:00"),
        ("2026-11-23T16:30", 4, "2026-11-24T11:30"),  # 1.5 h on Monday, 2.5 h on Tuesday
        ("2026-11-23T14:00", 4, "2026-11-23T18:00"),  # to the last minute of the day
        ("2026-11-23T06:00", 4, "2026-11-23T13:00"),  # before the doors open
        ("2026-11-20T17:00", 4, "2026-11-23T12:00"),  # over a weekend
        ("2026-11-21T11:00", 4, "2026-11-23T13:00"),  # begun on a Saturday
        ("2026-09-30T17:00", 10, "2026-10-08T18:00"),  # over National Day
    ],
)
def test_a_clock_of_working_hours(calendar, start, hours, due):
    assert calendar.due(at(start), timedelta(hours=hours), Counting.WORKING_HOURS) == at(due)


def test_days_are_those_of_the_place_not_of_the_reader(calendar):
    utc = datetime.fromisoformat("2026-11-23T17:00+00:00")  # Tuesday, 1 o'clock, in Shanghai
    assert calendar.due(utc, timedelta(days=1), Counting.BUSINESS_DAYS) == at("2026-11-26T00:00")


def test_natural_time_knows_no_calendar(calendar):
    assert calendar.due(at("2026-10-01T00:00"), timedelta(hours=24), Counting.NATURAL) == at("2026-10-02T00:00")
