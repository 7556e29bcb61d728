from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Prefetch
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from aftersales.remedies import bank_admin
from aftersales.remedies.gateways import outside
from aftersales.remedies.models import (
    Approval,
    GatewayEvent,
    GatewayHealth,
    InKindRefund,
    OutsideRefund,
    RefundAttempt,
    RefundHandling,
    RefundInstruction,
    SimulatedBehaviour,
    SimulatedRefund,
)
from aftersales.remedies.records import Record, is_platform
from portal.money import plain

__all__ = ["bank_admin"]  # registers its own


@admin.register(RefundInstruction)
class RefundAdmin(Record):
    """Refunds: what was granted, how each part fared at the gateways. What failed is handled in the finance queue."""

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
            (part.way, plain(part.amount, refund.currency), attempt.get_state_display(), attempt.error)
            for part in refund.parts.all()
            for attempt in part.attempts.all()
        )
        return format_html_join("\n", "<p>{} {}: {} {}</p>", rows)


@admin.register(Approval)
class ApprovalAdmin(Record):
    """Who approved what above whose limit."""

    list_display = ["subject", "case", "by", "decided_as", "limit", "amount", "currency", "at", "note"]
    list_filter = ["currency", "decided_as"]
    list_select_related = ["by"]
    search_fields = ["subject", "case"]
    date_hierarchy = "at"


@admin.register(RefundHandling)
class RefundHandlingAdmin(Record):
    """What people did about refunds that failed or came back."""

    list_display = ["instruction", "what", "by", "at", "reference", "why"]
    list_filter = ["what"]
    list_select_related = ["instruction", "by"]
    search_fields = ["instruction__key", "reference"]
    date_hierarchy = "at"


@admin.register(GatewayHealth)
class GatewayHealthAdmin(Record):
    """The gateways: which channels go through each, whether it answers, what is set up."""

    list_display = ["gateway", "channels", "problem", "checked_at", "reconciled_until"]

    @admin.display(description=_("channels"))
    def channels(self, health: GatewayHealth) -> str:
        """List the channels that go through it; * is every other one."""
        return ", ".join(sorted(c for c, name in settings.GATEWAYS.items() if name == health.gateway))


@admin.register(GatewayEvent)
class GatewayEventAdmin(Record):
    """What gateways told; filter by "Needs a person" for the queue."""

    list_display = ["gateway", "event_id", "state", "note", "received_at", "handled_at"]
    list_filter = ["state", "gateway"]
    search_fields = ["event_id"]
    show_full_result_count = False


@admin.register(OutsideRefund)
class OutsideRefundAdmin(Record):
    """Chargebacks and refunds made at the gateways, and what was paid twice."""

    list_display = ["reference", "gateway", "chargeback", "case", "amount", "currency", "netted", "booked", "excess"]
    list_filter = ["chargeback", "gateway"]
    search_fields = ["reference", "case"]
    raw_id_fields = ["payment"]

    def has_change_permission(self, request: HttpRequest, obj: OutsideRefund | None = None) -> bool:
        """A person may say which payment it was, once."""
        return is_platform(request) and obj is not None and obj.payment_id is None

    def get_readonly_fields(self, request: HttpRequest, obj: OutsideRefund | None = None) -> list[str]:
        """Everything but the payment."""
        return [field.name for field in OutsideRefund._meta.fields if field.name not in {"payment", "id"}]

    def save_model(self, request: HttpRequest, obj: OutsideRefund, form: Any, change: bool) -> None:
        """Match and spread it."""
        if obj.payment is not None:
            outside.match(refund=obj, payment=obj.payment, now=timezone.now())


@admin.register(InKindRefund)
class InKindRefundAdmin(Record):
    """Points and coupons that the marketplace was asked to give back."""

    list_display = ["key", "kind", "buyer", "order", "amount", "currency", "state", "refusal", "asked_at"]
    list_filter = ["state", "kind", "refusal"]
    list_select_related = ["buyer"]
    search_fields = ["key", "order", "payment_ref"]
    date_hierarchy = "asked_at"


@admin.register(SimulatedRefund)
class SimulatedRefundAdmin(Record):
    """The simulated gateway's books."""

    list_display = ["reference", "key", "amount", "currency", "settles_at", "created_at"]
    search_fields = ["reference", "key"]


@admin.register(SimulatedBehaviour)
class SimulatedBehaviourAdmin(admin.ModelAdmin[SimulatedBehaviour]):
    """Orders to the simulated gateway, given by platform staff."""

    list_display = ["target", "mode", "times", "seconds"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Shown to platform staff."""
        return is_platform(request)

    def has_view_permission(self, request: HttpRequest, obj: SimulatedBehaviour | None = None) -> bool:
        """Shown to platform staff."""
        return is_platform(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Given by platform staff."""
        return is_platform(request)

    def has_change_permission(self, request: HttpRequest, obj: SimulatedBehaviour | None = None) -> bool:
        """Given by platform staff."""
        return is_platform(request)

    def has_delete_permission(self, request: HttpRequest, obj: SimulatedBehaviour | None = None) -> bool:
        """Taken back by platform staff."""
        return is_platform(request)
