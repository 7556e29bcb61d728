"""Carriers' events from a CSV file: each row by itself, each once, so that a file can be read again."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.services.parcels import News, take_news
from aftersales.returns.models import CarrierNews

COLUMNS = ("carrier", "tracking", "event", "kind", "at")
OPTIONAL = ("place", "amount", "currency")


class FileUnreadable(Exception):
    """The file is no list of events; the message says why."""


class RowRefused(Exception):
    """A row cannot be taken; the message says why."""


@dataclass(slots=True)
class Report:
    """What became of a file's rows; the refused ones with their line and the reason."""

    new: int = 0
    known: int = 0
    unmatched: int = 0  # of the new ones: no case knows their parcel yet
    refused: list[tuple[int, str]] = field(default_factory=list)


def read_events(lines: Iterable[str], *, now: datetime) -> Report:
    """Take each row of a file; what is refused does not keep the others. Raises FileUnreadable."""
    rows = csv.DictReader(lines)
    try:
        missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    except csv.Error as wrong:
        raise FileUnreadable(str(wrong)) from wrong
    if missing:
        raise FileUnreadable(_("Columns are missing: %(names)s.") % {"names": ", ".join(missing)})
    report = Report()
    try:
        for row in rows:
            _take(row, rows.line_num, report, now)
    except csv.Error as wrong:
        report.refused.append((rows.line_num, str(wrong)))
    return report


def _take(row: dict[str, str | None], line: int, report: Report, now: datetime) -> None:
    try:
        event, is_new = take_news(news=_news(row), now=now)
    except RowRefused as wrong:
        report.refused.append((line, str(wrong)))
    except RuleBroken as broken:
        report.refused.append((line, broken.message))
    else:
        report.new += is_new
        report.known += not is_new
        report.unmatched += is_new and not event.case


def _news(row: dict[str, str | None]) -> News:
    given = {name: (row.get(name) or "").strip().replace("\x00", "") for name in (*COLUMNS, *OPTIONAL)}
    at = parse_datetime(given["at"]) if given["at"] else None
    if at is None or at.tzinfo is None:
        raise RowRefused(_("“at” is no instant with a time zone, such as 2026-11-23T18:00:00+08:00."))
    if given["kind"] not in CarrierNews.values:
        raise RowRefused(_("“kind” is none of %(kinds)s.") % {"kinds": ", ".join(CarrierNews.values)})
    if not 1 <= len(given["event"]) <= 100:
        raise RowRefused(_("“event” is missing or longer than 100 characters."))
    if max(len(given["carrier"]), len(given["tracking"])) > 60:
        raise RowRefused(_("“carrier” or “tracking” is longer than 60 characters."))
    basic = {name: given[name] for name in ("carrier", "tracking", "event", "kind")}
    return News(**basic, at=at, place=given["place"][:200], amount=_amount(given), currency=given["currency"].upper())


def _amount(given: dict[str, str]) -> Decimal | None:
    if not given["amount"]:
        return None
    try:
        return Decimal(given["amount"])
    except InvalidOperation:
        raise RowRefused(_("“amount” is no amount such as 12.00.")) from None
