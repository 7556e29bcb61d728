"""Instants in words, in the reader's language and time zone."""

from datetime import date, datetime, timedelta
from functools import lru_cache

from babel.dates import format_skeleton, get_timezone_name
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

_LOCALES = {"zh-hans": "zh_Hans_CN"}


def babel_locale(language: str | None = None) -> str:
    """Return Babel's name for a language of ours (the active one by default)."""
    return _LOCALES.get(language or translation.get_language() or "en", "en_GB")


def say_instant(instant: datetime) -> str:
    """Say an instant with weekday, date, time and zone: `Wed, 25 Nov 2026, 18:00 (China Time)`."""
    zone = get_timezone_name(timezone.get_current_timezone(), width="long", locale=babel_locale())
    return _("%(instant)s (%(zone)s)") % {"instant": say_short(instant), "zone": zone}


def say_short(instant: datetime) -> str:
    """Say an instant without its zone; without the year where it is this one."""
    local = timezone.localtime(instant)
    if babel_locale().startswith("zh"):
        year = "" if local.year == timezone.localtime().year else f"{local.year}年"
        weekday = "一二三四五六日"[local.weekday()]
        return f"{year}{local.month}月{local.day}日 周{weekday} {local:%H:%M}"
    skeleton = "MMMEd" if local.year == timezone.localtime().year else "yMMMEd"
    # Day and time apart: Babel knows no skeleton that has both.
    return f"{_day(local.date(), skeleton, babel_locale())} {local:%H:%M}"


def say_last_day(end: datetime) -> str:
    """Say the last day of a window by its end: a window that ends at midnight lasts through the day before."""
    last = timezone.localtime(end - timedelta(microseconds=1))
    return say_short(last).rpartition(" ")[0]


@lru_cache(maxsize=1024)
def _day(day: date, skeleton: str, locale: str) -> str:
    return str(format_skeleton(skeleton, day, locale=locale))


def patterns() -> dict[str, str]:
    """Return the patterns of `say_left` by name, for the script that keeps the words fresh."""
    return {
        "day": ngettext("%(count)s day", "%(count)s days", 1),
        "days": ngettext("%(count)s day", "%(count)s days", 2),
        "days-hours": _("%(days)s %(hours)s h"),
        "hours": _("%(hours)s h %(minutes)s min"),
        "minutes": _("%(minutes)s min"),
        "ahead": _("in %(span)s"),
        "ago": _("%(span)s ago"),
    }


def say_left(left: timedelta) -> str:
    """Say how long until (or since) an instant, in its two largest units: `in 1 day 4 h`."""
    return _left(int(abs(left).total_seconds() // 60), left > timedelta(0), translation.get_language())


def say_span(minutes: int) -> str:
    """Say a length of time in its two largest units: `1 day 4 h`."""
    return _span(minutes, translation.get_language())


@lru_cache(maxsize=4096)
def _left(minutes: int, ahead: bool, language: str | None) -> str:
    return (_("in %(span)s") if ahead else _("%(span)s ago")) % {"span": _span(minutes, language)}


@lru_cache(maxsize=4096)
def _span(minutes: int, _language: str | None) -> str:
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        span = ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
        return _("%(days)s %(hours)s h") % {"days": span, "hours": hours} if hours else span
    if hours:
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": rest}
    return _("%(minutes)s min") % {"minutes": rest}
