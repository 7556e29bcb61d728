from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.pages.views import user_of
from aftersales.recalls.forms import RecallForm, told
from aftersales.recalls.models import Recall
from aftersales.recalls.services import affected, open_recall, progress, recalled_lines
from portal.accounts.models import Duty

LISTED = 100


def _page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, template, {**admin.site.each_context(request), **context}, status=status)


@require_safe
def recalls(request: HttpRequest) -> HttpResponse:
    """List the recalls, newest first."""
    rows = Recall.objects.select_related("merchant")[:LISTED]
    return _page(request, "recalls/list.html", {"rows": rows, "title": _("Safety recalls"), "may_open": _may(request)})


@require_safe
def recall(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far a recall got."""
    found = get_object_or_404(Recall.objects.select_related("merchant", "opened_by"), pk=pk)
    counts = progress(found)
    affected_now = max(recalled_lines(found).count(), counts["told"]) if found.served_at is None else counts["told"]
    context = {"recall": found, "counts": counts, "affected": affected_now, "goods": told(found)}
    return _page(request, "recalls/recall.html", {**context, "title": str(found)})


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Say which goods are recalled, see how many are concerned, confirm."""
    if not _may(request):
        raise PermissionDenied(_("Only the platform recalls goods."))
    form = RecallForm(request.POST if request.method == "POST" else None)
    counted = None
    if request.method == "POST" and form.is_valid():
        counted = affected(**form.which()).count()
        if "confirm" in request.POST:
            try:
                made = open_recall(actor=user_of(request), now=timezone.now(), **form.cleaned_data)
            except RuleBroken as broken:
                form.add_error(broken.field if broken.field in form.fields else None, broken.message)
            else:
                messages.success(request, _("Recalled. The buyers are being told."))
                return redirect("recalls:recall", pk=made.pk)
    context = {"form": form, "counted": counted, "title": _("New safety recall")}
    return _page(request, "recalls/new.html", context, 422 if form.errors else 200)


def _may(request: HttpRequest) -> bool:
    return user_of(request).duty == Duty.PLATFORM
