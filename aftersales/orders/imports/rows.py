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
LONGEST_OTHER = 500
SHORTEST_LIMIT = min(LONGEST.values())
LONGEST_CHANNEL = 40
UNSPECIFIED = "unspecified"
_broken = re.compile("[\ud800-\udfff]").search
_EMAIL = COLUMNS.index("buyer_email")


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
    market: str
    no_reason_waived: bool


def row_reader(header: Sequence[str], defaults: Defaults) -> Callable[[Sequence[str]], Row]:
    """Return the function that reads a record of a file with this header; it raises Refused."""
    # A column that the file does not have reads the empty string put behind each record.
    places = [header.index(name) if name in header else len(header) for name in COLUMNS]
    pick = itemgetter(*places)

    def read(record: Sequence[str]) -> Row:
        values = pick([*map(str.strip, record), ""])
        _check_text(values)
        return _row(values, defaults)

    return read


def _row(values: Sequence[str], defaults: Defaults) -> Row:
    # Unpacked in the order of COLUMNS: a dictionary would cost a tenth of the whole import.
    order_ref, line_ref, merchant_ref, buyer_ref, sku, category, pieces, unit_price, freight, code, *rest = values
    paid_at, shipped_at, promised_by, delivered_at, status, method, title, ship_by, received_at, *rest = rest
    discount, review_score, review_text, review_at, payment_ref, buyer_email, buyer_name, *rest = rest
    merchant_name, market, waived = rest
    currency = fields.currency(code or defaults.currency)
    decimals = exponent(currency)
    quantity = fields.quantity(pieces)
    _check_amounts(quantity, unit_price, freight, discount, decimals)
    zone, shift = defaults.zone, defaults.shift
    return Row(
        order_ref,
        merchant_ref,
        line_ref,
        buyer_ref,
        sku,
        category,
        title,
        quantity,
        unit_price,
        discount or None,
        freight or None,
        currency,
        fields.status(status),
        fields.instant(paid_at, "paid_at", zone, shift) if paid_at else None,
        fields.instant(ship_by, "ship_by", zone, shift) if ship_by else None,
        fields.instant(shipped_at, "shipped_at", zone, shift) if shipped_at else None,
        fields.instant(promised_by, "promised_by", zone, shift) if promised_by else None,
        fields.instant(delivered_at, "delivered_at", zone, shift) if delivered_at else None,
        fields.instant(received_at, "received_at", zone, shift) if received_at else None,
        fields.score(review_score),
        review_text,
        fields.instant(review_at, "review_at", zone, shift) if review_at else None,
        _channels(method),
        payment_ref,
        buyer_email,
        buyer_name,
        merchant_name,
        fields.market(market),
        fields.flag(waived, "no_reason_waived"),
    )


def _check_amounts(quantity: int, price: str, freight: str, discount: str, decimals: int) -> None:
    fields.check_amount(price, "unit_price", decimals)
    if freight:
        fields.check_amount(freight, "freight", decimals)
    if discount:
        fields.check_amount(discount, "discount", decimals)
    if discount or quantity > 99 or len(price) > 9 or len(freight) > 9:  # smaller ones cannot be too much
        check_total(Decimal(price) * quantity, Decimal(discount or 0), Decimal(freight or 0))


def check_total(goods: Decimal, discount: Decimal, freight: Decimal) -> None:
    """Check what was paid for a line. Raises Refused for less than nothing, or a thousand billion and more."""
    if discount > goods + freight:
        raise Refused(_("discount: it is more than the goods and their freight cost."))
    if goods + freight >= fields.LARGEST_TOTAL:
        raise Refused(_("unit_price: the line costs more than this portal can hold."))


def _check_text(values: Sequence[str]) -> None:
    text = "".join(values)
    if "\0" in text:
        raise Refused(_("The row holds NUL bytes."))
    if not text.isascii() and _broken(text):
        raise Refused(_("The row holds bytes that are not UTF-8."))
    if not all(values[:5]):
        missing = next(name for name, value in zip(COLUMNS, values, strict=True) if not value)
        raise Refused(_("%(column)s is missing.") % {"column": missing})
    if max(map(len, values)) > SHORTEST_LIMIT:
        _check_lengths(values)
    if email := values[_EMAIL]:
        _check_email(email)


def _check_lengths(values: Sequence[str]) -> None:
    for name, value in zip(COLUMNS, values, strict=True):
        most = LONGEST.get(name, LONGEST_OTHER)
        if len(value) > most:
            text = _("%(column)s has %(count)d characters; at most %(most)d fit.")
            raise Refused(text % {"column": name, "count": len(value), "most": most})


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
