"""A shop's statement of a month: on a page, and as CSV."""

import csv
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from aftersales.disputes.models import DisputeLine
from aftersales.ledger.statements import Row, Sheet, movements, rows, sheets
from aftersales.orders.models import OrderLine
from aftersales.settlements.holds import held
from merchants.dashboard.csv_rows import BOM, Echo
from merchants.dashboard.shop import Shop, shop_of
from portal.money import plain

PAGE = 100  # movements on a page; all of them are in the CSV


@require_safe
@login_required
def statement(request: HttpRequest) -> HttpResponse:
    """Show a month: each account's opening, movements and closing, every movement linked to its case."""
    shop, month = shop_of(request), _month(request)
    begin, end = _bounds(month)
    found = sheets(shop.merchant, begin, end)
    moved = Paginator(movements(shop.merchant, begin, end), PAGE).get_page(request.GET.get("page"))
    context = {"shop": shop, "month": month, "previous": _turn(month, -1), "sheets": found, "held": _held(shop)}
    context |= {"rows": list(rows(moved, found)), "page": moved}
    if month < timezone.localdate().replace(day=1):
        context["following"] = _turn(month, 1)
    return render(request, "merchants/statement.html", context)


@require_safe
@login_required
def export(request: HttpRequest) -> StreamingHttpResponse:
    """Give a month as CSV, row by row however many there are."""
    shop, month = shop_of(request), _month(request)
    response = StreamingHttpResponse(_csv(shop, *_bounds(month)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="statement-{shop.merchant.ref}-{month:%Y-%m}.csv"'
    return response


def _held(shop: Shop) -> list[tuple[str, Decimal]]:
    """Say what open cases hold back from being settled, by currency, as of now."""
    open_cases = DisputeLine.objects.filter(dispute__merchant=shop.merchant, dispute__due_at__isnull=False)
    return held(OrderLine.objects.filter(pk__in=open_cases.values("order_line")))


def _month(request: HttpRequest) -> date:
    """Return the first day of the month asked for, else of this one. Raises Http404 for what is no month."""
    given = request.GET.get("month")
    if not given:
        return timezone.localdate().replace(day=1)
    try:
        month = datetime.strptime(given, "%Y-%m").date()  # noqa: DTZ007 - a month, not an instant
    except ValueError as error:
        raise Http404 from error
    if not 2000 <= month.year <= 2200:
        raise Http404
    return month


def _turn(month: date, months: int) -> date:
    count = month.year * 12 + month.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def _bounds(month: date) -> tuple[datetime, datetime]:
    """Return when a month begins and ends in the reader's time zone."""
    begin, end = (timezone.make_aware(datetime.combine(day, time.min)) for day in (month, _turn(month, 1)))
    return begin, end


def _csv(shop: Shop, begin: datetime, end: datetime) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield BOM
    head = [_("Account"), _("Currency"), _("Booked"), _("What"), _("Case"), _("Reference"), _("Amount"), _("Balance")]
    yield writer.writerow(head)
    for sheet in sheets(shop.merchant, begin, end):
        yield writer.writerow(_edge(sheet, begin, _("Opening balance"), sheet.opening))
        held = sheet.opening
        for row in rows(movements(shop.merchant, begin, end, sheet).iterator(chunk_size=500), [sheet]):
            held = row.held  # closes with what was written, also where something is posted meanwhile
            yield writer.writerow(_cells(row))
        yield writer.writerow(_edge(sheet, end, _("Closing balance"), held))


def _edge(sheet: Sheet, at: datetime, words: str, held: Decimal) -> list[str]:
    return [str(sheet.kind.label), sheet.currency, _instant(at), words, "", "", "", plain(held, sheet.currency)]


def _cells(row: Row) -> list[str]:
    amounts = [plain(row.amount, row.currency), plain(row.held, row.currency)]
    return [str(row.kind.label), row.currency, _instant(row.at), row.words, row.case, row.reference, *amounts]


def _instant(at: datetime) -> str:
    return timezone.localtime(at).isoformat()
