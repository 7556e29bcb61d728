"""One row of the CSV, checked field by field."""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from operator import itemgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from aftersales.orders.imports import fields
from aftersales.orders.imports.columns import COLUMNS
from aftersales.orders.imports.errors import Refused
from portal.money import exponent

LONGEST = {
    "order_ref": 100,
    "line_ref": 60,
    "merchant_ref": 100,
    "buyer_ref": 100,
    "sku": 100,
    "category": 100,
    "title": 300,
    "payment_ref": 100,
    "buyer_email": 254,
    "buyer_name": 150,
    "merchant_name": 200,
    "review_text": 10_000,
}
LONGEST_CHANNEL = 40
UNSPECIFIED = "unspecified"
_broken = re.compile("[\ud800-\udfff]").search
_NEEDED = ("order_ref", "line_ref", "merchant_ref", "buyer_ref", "sku")


class Defaults(NamedTuple):
    """What a file leaves open: its time zone, the currency of rows without one, by how much its instants move."""

    zone: ZoneInfo
    currency: str
    shift: timedelta = timedelta()


class Row(NamedTuple):
    """An order line as it will be stored: amounts as text in `currency`, instants as ISO 8601; None is "not said"."""

    order_ref: str
    merchant_ref: str
    line_ref: str
    buyer_ref: str
    sku: str
    category: str
    title: str
    quantity: int
    unit_price: str
    discount: str | None
    freight: str | None
    currency: str
    status: str
    paid_at: str | None
    ship_by: str | None
    shipped_at: str | None
    promised_by: str | None
    delivered_at: str | None
    received_at: str | None
    review_score: int | None
    review_text: str
    review_at: str | None
    channels: tuple[str, ...]
    payment_ref: str
    buyer_email: str
    buyer_name: str
    merchant_name: str


def row_reader(header: Sequence[str], defaults: Defaults) -> Callable[[Sequence[str]], Row]:
    """Return the function that reads a record of a file with this header; it raises Refused."""
    # A column that the file does not have reads the empty string put behind each record.
    places = [header.index(name) if name in header else len(header) for name in COLUMNS]
    pick = itemgetter(*places)

    def read(record: Sequence[str]) -> Row:
        values = dict(zip(COLUMNS, pick([*map(str.strip, record), ""]), strict=True))
        _check_text(values)
        return _row(values, defaults)

    return read


def _row(v: dict[str, str], defaults: Defaults) -> Row:
    currency = fields.currency(v["currency"] or defaults.currency)
    decimals = exponent(currency)
    quantity = fields.quantity(v["quantity"])
    price = fields.amount(v["unit_price"], "unit_price", decimals)
    freight = fields.amount(v["freight"], "freight", decimals) if v["freight"] else None
    discount = fields.amount(v["discount"], "discount", decimals) if v["discount"] else None
    if discount or len(price) + len(v["quantity"]) > 11 or len(v["freight"]) > 11:  # smaller ones cannot be too much
        check_total(Decimal(price) * quantity, Decimal(discount or 0), Decimal(freight or 0))

    def at(name: str) -> str | None:
        return fields.instant(v[name], name, defaults.zone, defaults.shift)

    return Row(
        v["order_ref"],
        v["merchant_ref"],
        v["line_ref"],
        v["buyer_ref"],
        v["sku"],
        v["category"],
        v["title"],
        quantity,
        price,
        discount,
        freight,
        currency,
        fields.status(v["status"]),
        at("paid_at"),
        at("ship_by"),
        at("shipped_at"),
        at("promised_by"),
        at("delivered_at"),
        at("received_at"),
        fields.score(v["review_score"]),
        v["review_text"],
        at("review_at"),
        _channels(v["payment_method"]),
        v["payment_ref"],
        v["buyer_email"],
        v["buyer_name"],
        v["merchant_name"],
    )


def check_total(goods: Decimal, discount: Decimal, freight: Decimal) -> None:
    """Check what was paid for a line. Raises Refused for less than nothing, or a thousand billion and more."""
    if discount > goods + freight:
        raise Refused(_("discount: it is more than the goods and their freight cost."))
    if goods + freight >= fields.LARGEST_TOTAL:
        raise Refused(_("unit_price: the line costs more than this portal can hold."))


def _check_text(values: dict[str, str]) -> None:
    text = "".join(values.values())
    if "\0" in text:
        raise Refused(_("The row holds NUL bytes."))
    if _broken(text):
        raise Refused(_("The row holds bytes that are not UTF-8."))
    for name in _NEEDED:
        if not values[name]:
            raise Refused(_("%(column)s is missing.") % {"column": name})
    for name, most in LONGEST.items():
        if len(values[name]) > most:
            text = _("%(column)s has %(count)d characters; at most %(most)d fit.")
            raise Refused(text % {"column": name, "count": len(values[name]), "most": most})
    if values["buyer_email"]:
        _check_email(values["buyer_email"])


def _check_email(address: str) -> None:
    try:
        validate_email(address)
    except ValidationError:
        said = _("buyer_email: “%(value)s” is not an e-mail address.")
        raise Refused(said % {"value": address[:60]}) from None


def _channels(text: str) -> tuple[str, ...]:
    """Split payment types joined by `+`; the same type twice is one channel. Raises Refused."""
    if "+" not in text:
        found: tuple[str, ...] = (text,) if text else ()
    else:
        found = tuple(dict.fromkeys(name for part in text.split("+") if (name := part.strip())))
    if any(len(name) > LONGEST_CHANNEL for name in found):
        said = _("payment_method: a type has more than %(most)d characters.")
        raise Refused(said % {"most": LONGEST_CHANNEL})
    return found
