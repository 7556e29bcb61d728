from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from aftersales.orders.models import Order, OrderLine, OrderPayment
from portal.accounts.models import Duty


class _Mirror:
    """Orders belong to the marketplace: the platform's people may look, nobody may change them here."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Shown to the platform's people."""
        return _may_look(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Shown to the platform's people."""
        return _may_look(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Orders come by import or API."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Orders change by import or API."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Orders stay."""
        return False


def _may_look(request: HttpRequest) -> bool:
    return getattr(request.user, "duty", "") not in {Duty.NONE, Duty.MARKETPLACE} or bool(
        getattr(request.user, "is_superuser", False)
    )


class LineInline(_Mirror, admin.StackedInline[OrderLine, Order]):
    """What was bought."""

    model = OrderLine
    exclude = ["merchant", "image"]
    extra = 0


class PaymentInline(_Mirror, admin.TabularInline[OrderPayment, Order]):
    """What was paid."""

    model = OrderPayment
    extra = 0


@admin.register(Order)
class OrderAdmin(_Mirror, admin.ModelAdmin[Order]):
    """Orders, to look things up in."""

    list_display = ["number", "merchant", "buyer", "status", "currency", "paid_at", "updated_at"]
    list_filter = ["status", "currency"]
    list_select_related = ["merchant", "buyer"]
    search_fields = ["=number", "=ref", "=merchant__ref", "=buyer__buyer_ref", "=buyer__username"]
    ordering = ["-id"]
    show_full_result_count = False  # counting a million rows is slower than the page
    inlines = [LineInline, PaymentInline]
