"""The trial balance for finance: a page, the entries behind each number, and a CSV with the same totals."""

import csv
from datetime import date, datetime, time, timedelta

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from aftersales.finance.pages import page
from aftersales.ledger.models import AccountKind
from aftersales.ledger.trial import entries, rows, trial_balance
from portal.money import plain

ROWS = 100
BOM = "\ufeff"  # so that spreadsheets read UTF-8


@require_safe
def trial(request: HttpRequest) -> HttpResponse:
    """Show all kinds of accounts at the end of a day, by currency."""
    day = _day(request)
    context = {"day": day, "sheets": trial_balance(_end(day)), "title": _("Trial balance")}
    return page(request, "finance/trial.html", context)


@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Give the trial balance as CSV."""
    day = _day(request)
    response = HttpResponse(BOM, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="trial-balance-{day:%Y-%m-%d}.csv"'
    writer = csv.writer(response)
    writer.writerow([_("Account"), _("Currency"), _("Came in"), _("Went out"), _("Balance")])
    for line in rows(trial_balance(_end(day))):
        amounts = [plain(amount, line.currency) for amount in (line.debits, line.credits, line.balance)]
        writer.writerow([str(line.kind.label), line.currency, *amounts])
    return response


@require_safe
def account(request: HttpRequest, kind: str, currency: str) -> HttpResponse:
    """Show the entries behind one number of the trial balance, newest first."""
    if kind not in AccountKind.values:
        raise Http404
    day, named, of = _day(request), AccountKind(kind), request.GET.get("of", "")
    behind = entries(named, currency, _end(day))
    found = Paginator(behind.filter(transaction__kind=of) if of else behind, ROWS).get_page(request.GET.get("page"))
    context = {"day": day, "page": found, "kind": named, "currency": currency, "of": of, "title": str(named.label)}
    return page(request, "finance/account.html", context)


def _day(request: HttpRequest) -> date:
    """Return the day asked for, else today. Raises Http404 for what is no day."""
    given = request.GET.get("day")
    if not given:
        return timezone.localdate()
    try:
        day = date.fromisoformat(given)
    except ValueError as error:
        raise Http404 from error
    if not 2000 <= day.year <= 2200:
        raise Http404
    return day


def _end(day: date) -> datetime:
    """Return when a day ends in the reader's time zone."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
