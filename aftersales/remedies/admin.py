from typing import Any

from django.contrib import admin
from django.db.models import Prefetch
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from aftersales.remedies.models import RefundAttempt, RefundInstruction, SimulatedBehaviour, SimulatedRefund
from portal.accounts.models import Duty
from portal.money import plain


def _is_platform(request: HttpRequest) -> bool:
    return getattr(request.user, "duty", "") == Duty.PLATFORM or bool(getattr(request.user, "is_superuser", False))


class _Record(admin.ModelAdmin[Any]):
    """What happened to money: platform staff may look, nobody may change it."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Shown to platform staff."""
        return _is_platform(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Shown to platform staff."""
        return _is_platform(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Money moves by decisions only."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Money moves by decisions only."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What happened stays on record."""
        return False


@admin.register(RefundInstruction)
class RefundAdmin(_Record):
    """Refunds: what was granted, and how each part of it fared at the gateways."""

    list_display = ["key", "case", "merchant", "amount", "currency", "payer", "state", "granted_at", "settled_at"]
    list_filter = ["state", "payer", "currency"]
    list_select_related = ["merchant"]
    search_fields = ["key", "case", "order__number"]
    date_hierarchy = "granted_at"
    show_full_result_count = False  # counting a million rows is slower than the page
    exclude = ["lines"]
    readonly_fields = ["parts"]

    def get_queryset(self, request: HttpRequest) -> Any:
        """Load parts and attempts with the refund."""
        attempts = Prefetch("parts__attempts", RefundAttempt.objects.order_by("number"))
        return super().get_queryset(request).prefetch_related("parts__payment", attempts)

    @admin.display(description=_("parts and attempts"))
    def parts(self, refund: RefundInstruction) -> SafeString:
        """List channel, amount, and each attempt with its outcome."""
        rows = (
            (part.payment.channel, plain(part.amount, refund.currency), attempt.get_state_display(), attempt.error)
            for part in refund.parts.all()
            for attempt in part.attempts.all()
        )
        return format_html_join("\n", "<p>{} {}: {} {}</p>", rows)


@admin.register(SimulatedRefund)
class SimulatedRefundAdmin(_Record):
    """The simulated gateway's books."""

    list_display = ["reference", "key", "amount", "currency", "settles_at", "created_at"]
    search_fields = ["reference", "key"]


@admin.register(SimulatedBehaviour)
class SimulatedBehaviourAdmin(admin.ModelAdmin[SimulatedBehaviour]):
    """Orders to the simulated gateway, given by platform staff."""

    list_display = ["target", "mode", "times", "seconds"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Shown to platform staff."""
        return _is_platform(request)

    def has_view_permission(self, request: HttpRequest, obj: SimulatedBehaviour | None = None) -> bool:
        """Shown to platform staff."""
        return _is_platform(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Given by platform staff."""
        return _is_platform(request)

    def has_change_permission(self, request: HttpRequest, obj: SimulatedBehaviour | None = None) -> bool:
        """Given by platform staff."""
        return _is_platform(request)

    def has_delete_permission(self, request: HttpRequest, obj: SimulatedBehaviour | None = None) -> bool:
        """Taken back by platform staff."""
        return _is_platform(request)
