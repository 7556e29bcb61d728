from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from aftersales.policies.models import RulePackVersion


@admin.register(RulePackVersion)
class RulePackAdmin(admin.ModelAdmin[RulePackVersion]):
    """Published versions of rule packs: only looked at, since filed cases rely on them."""

    list_display = ["__str__", "effective_at", "published_at", "published_by", "summary_zh", "summary_en"]
    list_filter = ["pack"]
    ordering = ["pack", "-number"]

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
