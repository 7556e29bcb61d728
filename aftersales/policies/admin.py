from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone

from aftersales.policies import admin_pages, drafts
from aftersales.policies.forms import PATHS, TITLES, DraftForm
from aftersales.policies.models import RulePackDraft, RulePackVersion
from portal.accounts.models import Duty


@admin.register(RulePackVersion)
class RulePackAdmin(admin.ModelAdmin[RulePackVersion]):
    """Published versions of rule packs: only looked at, since filed cases rely on them."""

    list_display = ["__str__", "effective_at", "published_at", "published_by", "summary_zh", "summary_en"]
    list_filter = ["pack"]
    list_select_related = ["published_by"]
    ordering = ["pack", "-number"]
    change_form_template = "policies/version.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the file of a version."""
        export = self.admin_site.admin_view(admin_pages.export_version)
        return [path("<int:pk>/export/", export, name="policies_version_export"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show a version with what it changed of the one before."""
        found = RulePackVersion.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        context = {"changes": drafts.changes_by(found) if found else []}
        return super().change_view(request, object_id, *args, **{**kwargs, "extra_context": context})

    def has_add_permission(self, request: HttpRequest) -> bool:
        """New versions begin as drafts."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What is published is final."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What is published is final."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The platform's people see all."""
        return bool(getattr(request.user, "duty", ""))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """As for viewing."""
        return self.has_view_permission(request)


@admin.register(RulePackDraft)
class DraftAdmin(admin.ModelAdmin[RulePackDraft]):
    """Next versions being written: begun or imported, edited, compared, tried on past cases, published."""

    list_display = ["pack", "updated_at", "updated_by", "summary_zh", "summary_en"]
    list_select_related = ["updated_by"]
    form = DraftForm
    change_form_template = "policies/draft.html"
    change_list_template = "policies/drafts.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of a draft's way to a version."""
        wrap = self.admin_site.admin_view
        return [
            path("add/", wrap(admin_pages.begin), name="policies_rulepackdraft_add"),
            path("import/", wrap(admin_pages.take_in), name="policies_draft_import"),
            path("<int:pk>/export/", wrap(admin_pages.export_draft), name="policies_draft_export"),
            path("<int:pk>/review/", wrap(admin_pages.review), name="policies_draft_review"),
            *super().get_urls(),
        ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the rules by section."""
        sections = [
            (title, {"fields": [p for p in PATHS if p.startswith(f"{section}.")]}) for section, title in TITLES.items()
        ]
        return [(None, {"fields": ["summary_en", "summary_zh", "categories"]}), *sections]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Use the form as it is: its fields are the rules, not the model's columns."""
        return DraftForm

    def save_model(self, request: HttpRequest, obj: RulePackDraft, form: Any, change: bool) -> None:
        """Keep the draft through the service, which checks."""
        drafts.save(
            draft=obj,
            rules=form.rules(),
            summary_en=obj.summary_en,
            summary_zh=obj.summary_zh,
            actor=request.user,  # type: ignore[arg-type] # has_change_permission let nobody else in
            now=timezone.now(),
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Platform staff write rules."""
        return getattr(request.user, "duty", "") == Duty.PLATFORM

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Platform staff write rules."""
        return self.has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Platform staff write rules, and give them up."""
        return self.has_add_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The platform's people see what is coming."""
        return bool(getattr(request.user, "duty", ""))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """As for viewing."""
        return self.has_view_permission(request)
