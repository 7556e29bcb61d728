"""Time zones to choose from, named in the reader's language."""

from functools import cache
from zoneinfo import available_timezones

from babel.core import get_global
from babel.dates import get_timezone_location
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.ui.times import babel_locale

_REGIONS: dict[str, str | Promise] = {
    "Asia": _("Asia"),
    "Europe": _("Europe"),
    "America": _("America"),
    "Africa": _("Africa"),
    "Australia": _("Australia"),
    "Pacific": _("Pacific"),
    "Atlantic": _("Atlantic"),
    "Indian": _("Indian Ocean"),
    "Antarctica": _("Antarctica"),
}

Choices = list[tuple[str | Promise, list[tuple[str, str]]]]


def choices() -> Choices:
    """List the time zones for a select, grouped by region, cities in the active language."""
    return [(label, list(_cities(region, babel_locale()))) for region, label in _REGIONS.items()]


@cache
def _cities(region: str, locale: str) -> tuple[tuple[str, str], ...]:
    """Name the zones of a region, without old spellings of the same zone (Asia/Chongqing for Asia/Shanghai)."""
    zones = [z for z in available_timezones() if z.startswith(f"{region}/") and z not in get_global("zone_aliases")]
    named = [(zone, str(get_timezone_location(zone, locale=locale, return_city=True))) for zone in zones]
    return tuple(sorted(named, key=lambda pair: pair[1]))
