from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from aftersales.disputes import carrier_admin
from aftersales.disputes.effect import admin as effect_admin
from aftersales.disputes.models import Dispute

__all__ = ["DisputeAdmin", "carrier_admin", "effect_admin"]


@admin.register(Dispute)
class DisputeAdmin(admin.ModelAdmin[Dispute]):
    """Records of cases, to look at: no status is ever written here, only through the case's actions."""

    list_display = ["number", "status", "type", "merchant", "buyer", "max_amount", "currency", "awaiting", "due_at"]
    list_filter = ["status", "awaiting", "type", "outcome"]
    search_fields = ["number", "order__number"]
    list_select_related = ["merchant", "buyer"]
    show_full_result_count = False
    date_hierarchy = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Cases are opened by buyers."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Cases move only through their actions."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing on record is taken away."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The platform's people see all."""
        return bool(getattr(request.user, "duty", ""))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """As for viewing."""
        return self.has_view_permission(request)

    def view_on_site(self, obj: Dispute) -> str:
        """Lead to the case page."""
        return obj.get_absolute_url()
