"""One order as the API sends it: through the same checks and the same merge as a file's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.orders.imports import fields
from aftersales.orders.imports.columns import COLUMNS
from aftersales.orders.imports.errors import Refused
from aftersales.orders.imports.grouping import Numbered, Paid, Part, Refusal
from aftersales.orders.imports.merge import merge
from aftersales.orders.imports.rows import Defaults, Row, row_reader
from portal.money import exponent

_read = row_reader(COLUMNS, Defaults(ZoneInfo("UTC"), ""))


class OrderRefused(ValueError):
    """An order cannot be stored as told; `errors` says why, by the place in what was told."""

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        super().__init__("; ".join(text for texts in errors.values() for text in texts))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class OrderData:
    """One merchant's share of a marketplace order; amounts in `currency`."""

    ref: str
    merchant_ref: str
    buyer_ref: str
    currency: str
    lines: Sequence[Mapping[str, Any]]  # by the CSV's column names
    paid_at: datetime | None = None
    payments: Sequence[Mapping[str, Any]] = ()  # channel, ref, amount
    merchant_name: str = ""
    market: str = ""
    promotions: Sequence[Mapping[str, Any]] | None = None  # None where nothing is told of them
    buyer_name: str = ""
    buyer_email: str = ""


def merge_order(data: OrderData, *, now: datetime) -> None:
    """Bring one order into the mirror, whole or not at all. Raises OrderRefused."""
    rows = [_numbered(place, data, line) for place, line in enumerate(data.lines)]
    part = Part(rows, rows[-1].row.paid_at, _payments(data))
    with transaction.atomic():
        try:
            refusals = merge([part], now=now).refusals
        except Refused as refused:
            raise OrderRefused({"payments": [str(refused)]}) from refused
        if refusals:
            raise OrderRefused(_by_place(refusals))


def _numbered(place: int, data: OrderData, line: Mapping[str, Any]) -> Numbered:
    told = {
        **line,
        "order_ref": data.ref,
        "merchant_ref": data.merchant_ref,
        "buyer_ref": data.buyer_ref,
        "currency": data.currency,
        "paid_at": data.paid_at,
        "merchant_name": data.merchant_name,
        "market": data.market,
        "buyer_name": data.buyer_name,
        "buyer_email": data.buyer_email,
    }
    try:
        row: Row = _read([_text(told.get(name)) for name in COLUMNS])
    except Refused as refused:
        raise OrderRefused({f"lines.{place}": [str(refused)]}) from refused
    return Numbered(place, row)


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else "" if value is None else str(value)


def _payments(data: OrderData) -> list[Paid]:
    told = [Paid(paid["channel"], paid.get("ref", ""), paid.get("amount")) for paid in data.payments]
    errors = []
    if told and not data.paid_at:
        errors.append(_("paid_at is needed where payments are told."))
    if len({(paid.channel, paid.ref) for paid in told}) < len(told):
        errors.append(_("The same channel and reference is there twice."))
    if len({paid.amount is None for paid in told}) > 1:
        errors.append(_("Either every payment has an amount, or none."))
    for paid in told:
        if paid.amount is not None:
            try:
                fields.check_amount(_text(paid.amount), "amount", exponent(data.currency.upper()))
            except Refused as refused:
                errors.append(str(refused))
    if errors:
        raise OrderRefused({"payments": errors})
    return told


def _by_place(refusals: Sequence[Refusal]) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for place, reason in sorted(refusals):
        errors.setdefault(f"lines.{place}", []).append(reason)
    return errors
