"""Instants in words, in the reader's language and time zone."""

from datetime import datetime

from babel.dates import format_skeleton, get_timezone_name
from django.utils import timezone, translation

_LOCALES = {"zh-hans": "zh_Hans_CN"}


def babel_locale(language: str | None = None) -> str:
    """Return Babel's name for a language of ours (the active one by default)."""
    return _LOCALES.get(language or translation.get_language() or "en", "en_GB")


def say_instant(instant: datetime) -> str:
    """Say an instant with weekday, date, time and zone: `Wed, 25 Nov 2026, 18:00 China time`."""
    local = timezone.localtime(instant)
    language = babel_locale()
    zone = get_timezone_name(local, width="short", locale=language)
    return f"{format_skeleton('yMMMEdHm', local, locale=language)} ({zone})"
