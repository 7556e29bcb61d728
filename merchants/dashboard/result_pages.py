"""What was really kept: figures by plan, reason, week and more; each opens the cases behind it."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from aftersales.disputes.codes import Status
from aftersales.disputes.models import Dispute
from aftersales.policies.codes import Reason, RemedyKind
from aftersales.results.facts import Scope
from aftersales.results.kept import CaseRow, Figures, cases, figures, total
from merchants.dashboard.csv_rows import BOM, Echo
from merchants.dashboard.result_words import COUNTS, DEFINITIONS, DIMENSIONS, LISTS, namer
from merchants.dashboard.shop import Shop, shop_of
from merchants.plans.forms import CURRENCIES
from portal.money import floor, plain
from portal.ui.charts import Bar

PAGE = 50
PERIODS = (30, 90, 365)
_FUNNEL = ("requests", "offered", "chosen", "ended", "kept")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader asked for; unknown values fall back to the usual ones."""

    shop: Shop
    scope: Scope
    days: int
    by: str

    @property
    def query(self) -> str:
        """The address of the same view of another page."""
        return f"shop={self.shop.merchant.ref}&currency={self.scope.currency}&days={self.days}&by={self.by}"


@require_safe
@login_required
def results(request: HttpRequest) -> HttpResponse:
    """Show the figures, the funnel, the weeks and the breakdown."""
    asked = _asked(request)
    parts = figures(asked.scope, by=asked.by)
    whole, weeks = total(asked.scope), figures(asked.scope, by="week")
    names = namer(asked.by, parts)
    context: dict[str, Any] = {
        "asked": asked,
        "shop": asked.shop,
        "currency": asked.scope.currency,
        "currencies": _currencies(asked),
        "periods": PERIODS,
        "dimensions": DIMENSIONS,
        "heads": list(COUNTS.values()),
        "rows": [_row(names(key), key, part, asked) for key, part in parts.items()],
        "whole": _row(_("All"), "", whole, asked),
        "figures": whole,
        "repeat": [(days, whole.counts[f"asked_{days}"], whole.bought_share(days)) for days in (30, 60, 90)],
        "funnel": [Bar(str(LISTS[of]), whole.counts[of], str(whole.counts[of])) for of in _FUNNEL],
        "weeks": [_bar(week, part) for week, part in weeks.items()],
        "definitions": DEFINITIONS,
    }
    return render(request, "merchants/results/results.html", context)


@require_safe
@login_required
def result_cases(request: HttpRequest) -> HttpResponse:
    """List the cases that a figure counts."""
    asked, of, by, key = _listed(request)
    number = int(given) if (given := request.GET.get("page", "1")).isdigit() and len(given) < 6 else 1
    found = list(cases(asked.scope, of=of, by=by, key=key, skip=PAGE * max(0, number - 1), most=PAGE + 1))
    context = {
        "asked": asked,
        "shop": asked.shop,
        "currency": asked.scope.currency,
        "of": of,
        "key": key,
        "by": by,
        "what": LISTS[of],
        "which": "" if by == "all" else namer(by, [key])(key),
        "rows": [(row, _words(row)) for row in found[:PAGE]],
        "number": number,
        "more": len(found) > PAGE,
    }
    return render(request, "merchants/results/cases.html", context)


@require_safe
@login_required
def cases_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Give the cases that a figure counts as CSV: as many rows as the figure says."""
    asked, of, by, key = _listed(request)
    return _file(_case_rows(asked, of, by, key), "cases.csv")


@require_safe
@login_required
def results_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Give the breakdown as CSV; the last row is the total, and the sum of the others."""
    return _file(_result_rows(_asked(request)), "results.csv")


def _asked(request: HttpRequest) -> Asked:
    shop, now, get = shop_of(request), timezone.now(), request.GET
    days = next((days for days in PERIODS if str(days) == get.get("days")), PERIODS[1])
    currency = get.get("currency", "")
    by = get.get("by", "")
    scope = Scope(
        now=now,
        merchant_id=shop.merchant.pk,
        currency=currency if currency in CURRENCIES else CURRENCIES[0],
        begin=now - timedelta(days=days),
        end=now,
    )
    return Asked(shop, scope, days, by if by in DIMENSIONS else "plan")


def _listed(request: HttpRequest) -> tuple[Asked, str, str, str]:
    """Return what is listed: condition, dimension and value. Raises Http404 for what there is no list of."""
    of = request.GET.get("of", "")
    if of not in LISTS:
        raise Http404
    asked = _asked(request)
    return asked, of, asked.by if "key" in request.GET else "all", request.GET.get("key", "")[:200].replace("\0", "")


def _currencies(asked: Asked) -> list[str]:
    """Those in which anything was asked, and the one shown."""
    shop = asked.shop.merchant
    lately = Dispute.objects.filter(merchant=shop, opened_at__gte=asked.scope.begin)
    return sorted({*lately.order_by().values_list("currency", flat=True).distinct(), asked.scope.currency})


def _row(name: str, key: str, part: Figures, asked: Asked) -> dict[str, Any]:
    currency = asked.scope.currency
    per_kept = None if part.cost_per_kept is None else floor(part.cost_per_kept, currency)
    counts = [(of, word, part.counts[of]) for of, word in COUNTS.items()]
    return {"name": name, "key": key, "part": part, "counts": counts, "per_kept": per_kept, "hours": _hours(part)}


def _hours(part: Figures) -> float | None:
    return None if part.median_seconds is None else round(part.median_seconds / 3600, 1)


def _bar(week: str, part: Figures) -> Bar:
    kept = part.kept_share or 0
    words = {"share": round(100 * kept), "kept": part.counts["kept"], "ended": part.counts["ended"]}
    return Bar(week, kept, _("%(share)s%% (%(kept)s of %(ended)s)") % words)


def _words(row: CaseRow) -> dict[str, str]:
    kind = RemedyKind(row.chosen_kind).label if row.chosen_kind else ""
    return {"status": str(Status(row.status).label), "reason": str(Reason(row.reason).label), "chosen": str(kind)}


def _file(rows: Iterator[list[Any]], name: str) -> StreamingHttpResponse:
    writer = csv.writer(Echo())
    lines = chain([BOM], map(writer.writerow, rows))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _case_rows(asked: Asked, of: str, by: str, key: str) -> Iterator[list[Any]]:
    currency = asked.scope.currency
    yield [_("Case"), _("Opened"), _("Status"), _("Reason"), _("Currency"), _("Paid"), _("Cost"), _("Sale kept")]
    for row in cases(asked.scope, of=of, by=by, key=key):
        money = [plain(row.paid, currency), plain(row.cost, currency)]
        yield [row.number, row.opened_at.isoformat(), row.status, row.reason, currency, *money, int(row.kept)]


def _result_rows(asked: Asked) -> Iterator[list[Any]]:
    parts, currency = figures(asked.scope, by=asked.by), asked.scope.currency
    names = namer(asked.by, parts)
    yield [str(DIMENSIONS[asked.by]), *map(str, COUNTS.values()), _("Currency"), _("Amount kept"), _("Cost")]
    for name, part in [*((names(key), part) for key, part in parts.items()), (_("All"), total(asked.scope))]:
        counts = [part.counts[of] for of in COUNTS]
        yield [name, *counts, currency, plain(part.kept_amount, currency), plain(part.cost, currency)]
