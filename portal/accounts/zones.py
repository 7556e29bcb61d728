"""Time zones to choose from, named in the reader's language."""

from functools import cache
from zoneinfo import available_timezones

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
    """Name each zone of a region once; old spellings of a zone (Asia/Chongqing) carry the same city's name."""
    names: dict[str, str] = {}
    for zone in sorted(available_timezones()):
        if zone.startswith(f"{region}/"):
            city = str(get_timezone_location(zone, locale=locale, return_city=True))
            if city not in names or _is_usual(zone, city):
                names[city] = zone
    return tuple((zone, city) for city, zone in sorted(names.items()))


def _is_usual(zone: str, city: str) -> bool:
    return zone.rpartition("/")[2].replace("_", " ") == city
