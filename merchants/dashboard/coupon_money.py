"""What coupons cost: their budgets, the statement by month, and the rows behind each of its numbers."""

import csv
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from aftersales.disputes.pages.views import user_of
from merchants.coupons.budgets import day_of, set_limits
from merchants.coupons.models import CouponBudget, CouponTemplate, MoveKind
from merchants.coupons.statements import Row, moves_of, statement
from merchants.dashboard.coupon_forms import BudgetForm
from merchants.dashboard.coupon_pages import PAGE, template_or_404
from merchants.dashboard.shop import Shop, shop_of, shop_with
from merchants.plans.forms import CURRENCIES
from portal.money import plain

MONTHS = 12  # how far the statement looks back


@require_http_methods(["GET", "POST"])
@login_required
def budget(request: HttpRequest, pk: int) -> HttpResponse:
    """Set how many coupons of a template may be given."""
    template = template_or_404(request, pk)
    return _budget(request, shop_with(request, template.merchant), template, template.currency)


@require_http_methods(["GET", "POST"])
@login_required
def shop_budget(request: HttpRequest) -> HttpResponse:
    """Set how many coupons the shop may give, of all its templates together, in one currency."""
    asked = request.GET.get("currency", "")
    return _budget(request, shop_of(request), None, asked if asked in CURRENCIES else CURRENCIES[0])


def _budget(request: HttpRequest, shop: Shop, template: CouponTemplate | None, currency: str) -> HttpResponse:
    if not shop.may_publish:
        raise PermissionDenied(_("Only the shop's owner and managers can set budgets."))
    known = CouponBudget.objects.filter(merchant=shop.merchant, template=template, currency=currency).first()
    form = BudgetForm(request.POST if request.method == "POST" else None, budget=known, currency=currency)
    if request.method == "POST" and form.is_valid():
        set_limits(
            merchant=shop.merchant,
            template=template,
            currency=currency,
            limits=form.limits,
            actor=user_of(request),
            now=timezone.now(),
        )
        messages.success(request, _("Saved. The limits hold from now on; coupons already promised stay good."))
        return redirect("dashboard:coupons")
    context = {
        "shop": shop,
        "form": form,
        "template": template,
        "budget": known,
        "currency": currency,
        "currencies": CURRENCIES,
        "is_today": known is not None and known.today == day_of(timezone.now()),
    }
    return render(request, "merchants/coupons/budget.html", context, status=422 if form.errors else 200)


@require_safe
@login_required
def coupon_statement(request: HttpRequest) -> HttpResponse:
    """Show what became of the shop's coupons by month and template; `?format=csv` gives the same rows."""
    shop = shop_of(request)
    year = _year()
    rows = statement(shop.merchant.pk, **year)
    if request.GET.get("format") == "csv":
        return _csv(rows)
    context = {
        "shop": shop,
        "rows": rows,
        "kinds": MoveKind.choices,
        "totals": _totals(rows),
        "since": year["since"],
        "zone": timezone.get_default_timezone_name(),
    }
    return render(request, "merchants/coupons/statement.html", context)


def _year() -> dict[str, date]:
    until = day_of(timezone.now()).replace(day=1)
    months = until.year * 12 + until.month - MONTHS
    return {"since": date(months // 12, months % 12 + 1, 1), "until": until}


def _totals(rows: list[Row]) -> list[dict[str, Any]]:
    """Sum each kind up by currency; the rows above add up to it."""
    totals = []
    for currency in sorted({row.currency for row in rows}):
        mine = [row for row in rows if row.currency == currency]
        cells = [
            (kind, sum(row.cells[i][1] for row in mine), sum(row.cells[i][2] for row in mine))
            for i, kind in enumerate(MoveKind)
        ]
        totals.append({"currency": currency, "cells": cells, "taken_off": sum(row.taken_off for row in mine)})
    return totals


def _csv(rows: list[Row]) -> HttpResponse:
    """Write the statement, a line per month, template and currency; amounts as plain decimals."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="coupons.csv"'
    response.write("\ufeff")  # spreadsheets take the file for UTF-8 by it
    out = csv.writer(response)
    columns = [name for kind in MoveKind.values for name in (f"{kind}_count", f"{kind}_amount")]
    out.writerow(["month", "coupon", "version", "currency", *columns, "taken_off"])
    for row in rows:
        numbers = [n for _kind, count, amount in row.cells for n in (count, plain(amount, row.currency))]
        taken_off = plain(row.taken_off, row.currency)
        out.writerow([f"{row.month:%Y-%m}", _safe(row.name), row.version, row.currency, *numbers, taken_off])
    return response


def _safe(text: str) -> str:
    """Keep a spreadsheet from taking a name for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


@require_safe
@login_required
def moves(request: HttpRequest) -> HttpResponse:
    """List the coupon movements behind a number of the statement, with the same total."""
    shop = shop_of(request)
    kind = request.GET.get("kind", "")
    found = moves_of(
        shop.merchant.pk,
        month=_month(request.GET.get("month", "")),
        since=_month(request.GET.get("since", "")),
        kind=kind if kind in MoveKind.values else "",
        template=_number(request.GET.get("template", "")),
    )
    if request.GET.get("currency") in CURRENCIES:
        found = found.filter(currency=request.GET["currency"])
    sums = found.order_by().values("currency").annotate(n=Count("pk"), worth=Sum("amount"), off=Sum("used"))
    rows = found.select_related("coupon__buyer", "template")
    context = {
        "shop": shop,
        "sums": sums.order_by("currency"),
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "merchants/coupons/moves.html", context)


def _month(text: str) -> date | None:
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return month if 2000 <= month.year < 2200 else None  # beyond, time zones have no instants left


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
