import csv
from collections.abc import Iterator

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from aftersales.disputes.models import Dispute
from aftersales.disputes.pages.views import user_of
from aftersales.policies.codes import Reason
from merchants.dashboard.csv_rows import BOM, Echo
from merchants.dashboard.queue import COUNTED, TABS, Pages, cases, rendered, tabs
from merchants.members import memberships_of
from portal.money import plain

PAGE = 50


@require_safe
@login_required
def queue(request: HttpRequest) -> HttpResponse:
    """Show the work queue, the home page of a merchant's people."""
    shops = _shops(request)
    tab = request.GET.get("tab", "needs")
    if tab not in TABS:
        raise Http404
    sought, reason = request.GET.get("q", "").strip()[:100], request.GET.get("reason", "")
    ids = cases(shops, tab, sought=sought, reason=reason).values_list("pk", flat=True)
    counted = tabs(shops, tab)
    pages = Pages(ids, PAGE)
    if not (sought or reason):
        pages.count = next(t["count"] for t in counted if t["active"])
    page = pages.get_page(request.GET.get("page"))
    context = {
        "tabs": counted,
        "tab": tab,
        "rows": rendered(list(page), now=timezone.now()),
        "page": page,
        "q": sought,
        "reason": reason,
        "reasons": Reason.choices,
        "most": COUNTED,
    }
    return render(request, "merchants/queue.html", context)


@require_safe
@login_required
def export(request: HttpRequest) -> StreamingHttpResponse:
    """Give the filtered cases as CSV, row by row however many there are."""
    tab = request.GET.get("tab", "needs")
    if tab not in TABS:
        raise Http404
    found = cases(
        _shops(request),
        tab,
        sought=request.GET.get("q", "").strip()[:100],
        reason=request.GET.get("reason", ""),
    )
    response = StreamingHttpResponse(_csv(found.iterator(chunk_size=500)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="cases-{timezone.localdate()}.csv"'
    return response


def _csv(found: Iterator[Dispute]) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield BOM
    head = [_("Case"), _("Status"), _("Type"), _("Reason"), _("Asked for"), _("Amount"), _("Currency"), _("Due")]
    yield writer.writerow(head)
    for case in found:
        yield writer.writerow(
            [
                case.number,
                case.status_label,
                case.type_label,
                case.reason_label,
                case.wants_label,
                plain(case.wants_amount, case.currency),
                case.currency,
                timezone.localtime(case.due_at).isoformat() if case.due_at else "",
            ]
        )


def _shops(request: HttpRequest) -> list[int]:
    """The merchants that the user works for. Raises Http404 where there is none: the page is not theirs."""
    shops = list(memberships_of(user_of(request)))
    if not shops:
        raise Http404
    return shops
