from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from aftersales.disputes.effect.runs import ask
from aftersales.disputes.effect.words import rows
from aftersales.disputes.models import EffectRun
from aftersales.policies.admin_pages import page, staff
from aftersales.policies.models import RulePackDraft
from portal.accounts.models import Duty

EVERY = 2  # seconds between two looks at a trial that runs


@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Try a draft on past cases."""
    user = staff(request)
    run = ask(draft=get_object_or_404(RulePackDraft, pk=pk), actor=user, now=timezone.now())
    return redirect("admin:disputes_effectrun_show", run.pk)


@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far a trial is, then what came out of it; the page looks again by itself while it runs."""
    staff(request)
    run = get_object_or_404(EffectRun.objects.select_related("asked_by"), pk=pk)
    draft = RulePackDraft.objects.filter(pack=run.pack).first()
    context = {
        "run": run,
        "draft": draft,
        "rows": rows(run.result),
        "share": run.result.get("counts", {}).get("cases", 0),
        "title": _("Past cases under the draft of %(pack)s") % {"pack": run.pack},
    }
    response = page(request, "policies/effect.html", context)
    if run.finished_at is None:
        response["Refresh"] = str(EVERY)
    return response


@admin.register(EffectRun)
class EffectRunAdmin(admin.ModelAdmin[EffectRun]):
    """Trials of draft rules on past cases."""

    list_display = ["pack", "asked_at", "asked_by", "total", "done", "finished_at"]
    list_select_related = ["asked_by"]
    ordering = ["-asked_at"]

    def get_urls(self) -> list[URLPattern]:
        """Add the page of a trial and its beginning."""
        wrap = self.admin_site.admin_view
        return [
            path("start/<int:pk>/", wrap(start), name="disputes_effectrun_start"),
            path("<int:pk>/show/", wrap(show), name="disputes_effectrun_show"),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead to the trial's own page."""
        return redirect(reverse("admin:disputes_effectrun_show", args=[object_id]))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Trials begin from a draft."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What came out stays."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What came out stays."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Platform staff write rules, and see what they would do."""
        return getattr(request.user, "duty", "") == Duty.PLATFORM

    def has_module_permission(self, request: HttpRequest) -> bool:
        """As for viewing."""
        return self.has_view_permission(request)
