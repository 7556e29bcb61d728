"""What one field of a row may hold."""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.core import get_global
from django.utils.translation import gettext as _

from aftersales.orders.imports.errors import Refused
from aftersales.orders.models import OrderStatus

_NO_MONEY = {"XXX", "XTS"}  # "no currency" and "for testing"
CURRENCIES = (
    frozenset(get_global("all_currencies")) - _NO_MONEY
)  # ISO 4217, also those that are history: old orders have them
LARGEST_QUANTITY = 1_000_000
LARGEST_TOTAL = 10**12
YEARS = range(1970, 2200)
# How marketplaces call it -> how we do. `unavailable` was paid and never sent: the buyer can still ask for the money.
STATUSES = {
    **{status.value: status.value for status in OrderStatus},
    "created": OrderStatus.PLACED.value,
    "pending": OrderStatus.PLACED.value,
    "unpaid": OrderStatus.PLACED.value,
    "approved": OrderStatus.PAID.value,
    "invoiced": OrderStatus.PROCESSING.value,
    "unavailable": OrderStatus.PROCESSING.value,
    "in_transit": OrderStatus.SHIPPED.value,
    "received": OrderStatus.DELIVERED.value,
    "completed": OrderStatus.DELIVERED.value,
    "canceled": OrderStatus.CANCELLED.value,
}
_amount = re.compile(r"([0-9]{1,12})(?:\.([0-9]*?)0*)?").fullmatch
_market = re.compile(r"[a-z]{2,8}").fullmatch
_FLAGS = {"": False, "0": False, "no": False, "false": False, "1": True, "yes": True, "true": True}
_whole = re.compile(r"0*([0-9]{1,9})").fullmatch


def check_amount(text: str, column: str, decimals: int) -> None:
    """Check an amount of a currency with so many decimals. Raises Refused."""
    found = _amount(text)
    if found and len(found[2] or "") <= decimals:
        return
    if found:
        said = _("%(column)s: “%(value)s” has more decimals than the currency.")
    elif text.startswith("-"):
        said = _("%(column)s: “%(value)s” is negative.")
    elif not text:
        said = _("%(column)s is missing.")
    else:
        said = _("%(column)s: “%(value)s” is not an amount; write it like 1234.50.")
    raise Refused(said % {"column": column, "value": text[:40]})


def quantity(text: str) -> int:
    """Read a quantity: a whole number from 1 to a million. Raises Refused."""
    found = _whole(text)
    if found is None or not 1 <= int(text) <= LARGEST_QUANTITY:
        said = _("quantity: “%(value)s” is not a whole number from 1 to 1,000,000.")
        raise Refused(said % {"value": text[:40]})
    return int(text)


def status(text: str) -> str:
    """Read a status, in the words of any marketplace that we know. Raises Refused."""
    found = STATUSES.get(text.lower())
    if found is None:
        raise Refused(_("status: “%(value)s” is not known.") % {"value": text[:40]})
    return found


def currency(text: str) -> str:
    """Read a currency code of ISO 4217. Raises Refused."""
    code = text.upper()
    if code not in CURRENCIES:
        raise Refused(_("currency: “%(value)s” is not a currency code of ISO 4217.") % {"value": text[:40]})
    return code


def market(text: str) -> str:
    """Read the code of a market, such as cn or eu; empty where the file does not say. Raises Refused."""
    code = text.lower()
    if code and not _market(code):
        raise Refused(_("market: “%(value)s” is not a market; write it like cn or eu.") % {"value": text[:40]})
    return code


def flag(text: str, column: str) -> bool:
    """Read a yes or no; empty is no. Raises Refused."""
    try:
        return _FLAGS[text.lower()]
    except KeyError:
        said = _("%(column)s: “%(value)s” is neither yes nor no.")
        raise Refused(said % {"column": column, "value": text[:40]}) from None


def score(text: str) -> int | None:
    """Read a review's score from 1 to 5, where there is one. Raises Refused."""
    if not text:
        return None
    if text not in {"1", "2", "3", "4", "5"}:
        raise Refused(_("review_score: “%(value)s” is not a whole number from 1 to 5.") % {"value": text[:40]})
    return int(text)


def instant(text: str, column: str, zone: ZoneInfo, shift: timedelta) -> str:
    """Read an instant, local to `zone` unless it has an offset; returns ISO 8601 with offset. Raises Refused.

    A local time that the clocks skip or pass twice is taken with the offset before the change, so none is lost.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        said = _("%(column)s: “%(value)s” is not a date and time; write it like 2018-07-29 14:24:20.")
        raise Refused(said % {"column": column, "value": text[:40]}) from None
    if found.year not in YEARS:
        raise Refused(_("%(column)s: the year of “%(value)s” cannot be.") % {"column": column, "value": text[:40]})
    if found.tzinfo is None:
        offset = _offset_of_day(zone, text[:10]) if not shift and len(text) == 19 else None
        if offset:  # a day without a change of clocks, which is nearly every day: ten times as fast as a full look
            return text + offset
        found = found.replace(tzinfo=zone)
    return (found + shift).isoformat()


@lru_cache(maxsize=4096)
def _offset_of_day(zone: ZoneInfo, day: str) -> str | None:
    """Return a day's offset as ISO 8601 writes it, or None where it changes, or where the day is written otherwise."""
    if len(day) != 10 or not day[5:7].isdigit():
        return None
    start = datetime.fromisoformat(day).replace(tzinfo=zone)
    first, last = start.isoformat()[19:], (start + timedelta(days=1)).isoformat()[19:]
    return first if first == last else None
