"""A shop's deposit: what it holds, lacks and stands for, and every movement; on a page, and as CSV."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from aftersales.disputes.pages.views import user_of
from aftersales.policies.values import Span
from merchants.dashboard.csv_rows import BOM, Echo
from merchants.dashboard.shop import Shop, shop_of
from merchants.deposits.debts import Debt, debts, rules_for
from merchants.deposits.models import Deposit, DepositLevel, DepositMove
from portal.money import plain

PAGE = 50


@dataclass(frozen=True, slots=True)
class Sheet:
    """One deposit as the shop reads it."""

    deposit: Any  # with what it holds and lacks
    debts: list[Debt]
    coming: list[DepositLevel]  # levels that begin later
    waits: dict[str, str]  # how long debts wait for settlements, and a short deposit for a top-up
    limited: bool


@require_safe
@login_required
def deposit(request: HttpRequest) -> HttpResponse:
    """Show the deposits of the shop with their movements, newest first."""
    shop, now = shop_of(request), timezone.now()
    page = Paginator(_moves(shop).order_by("-id"), PAGE).get_page(request.GET.get("page"))
    sheets = [_sheet(found, now) for found in _deposits(request, shop)]
    return render(request, "merchants/deposit.html", {"shop": shop, "sheets": sheets, "page": page, "now": now})


@require_safe
@login_required
def export(request: HttpRequest) -> StreamingHttpResponse:
    """Give all movements as CSV, oldest first; each currency ends with what the deposit holds."""
    shop = shop_of(request)
    response = StreamingHttpResponse(_csv(shop), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="deposit-{shop.merchant.ref}.csv"'
    return response


def _deposits(request: HttpRequest, shop: Shop) -> QuerySet[Deposit]:
    return Deposit.objects.visible_to(user_of(request)).filter(merchant=shop.merchant).with_held().order_by("currency")


def _moves(shop: Shop) -> QuerySet[DepositMove]:
    return DepositMove.objects.filter(deposit__merchant=shop.merchant).select_related("deposit")


def _sheet(found: Any, now: datetime) -> Sheet:
    timers = rules_for(found.currency, now).timers
    waits = {name: _words(timers[name]) for name in ("advance_to_deposit", "debt_to_deposit", "deposit_top_up")}
    coming = DepositLevel.objects.filter(deposit=found, effective_at__gt=now).order_by("effective_at")
    limited = found.short_until is not None and found.short_until <= now
    return Sheet(found, debts(found, now=now), list(coming), waits, limited)


def _words(hours: int) -> str:
    days, rest = divmod(hours, 24)
    return (Span(hours, "h") if rest else Span(days)).words()


def _csv(shop: Shop) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield BOM
    yield writer.writerow([_("Booked"), _("What"), _("Case"), _("Reference"), _("Amount"), _("Currency"), _("Balance")])
    last: DepositMove | None = None
    for move in _moves(shop).order_by("deposit__currency", "id").iterator(chunk_size=500):
        if last is not None and last.deposit_id != move.deposit_id:
            yield writer.writerow(_closing(last))
        yield writer.writerow(_cells(move))
        last = move
    if last is not None:
        yield writer.writerow(_closing(last))


def _cells(move: DepositMove) -> list[str]:
    currency = move.deposit.currency
    amounts = [plain(move.amount, currency), currency, plain(move.held, currency)]
    return [_instant(move.at), move.get_kind_display(), move.case, move.reference, *amounts]


def _closing(last: DepositMove) -> list[str]:
    """Sum one deposit up: what it held after its last movement."""
    currency = last.deposit.currency
    return ["", _("The deposit holds"), "", "", "", currency, plain(last.held, currency)]


def _instant(at: datetime) -> str:
    return timezone.localtime(at).isoformat()
