from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone

from aftersales.credit.models import BuyerCredit, Objection
from aftersales.credit.services import NothingToObject, answer_objection
from portal.accounts.models import Duty


class _Platform(admin.ModelAdmin[Any]):
    """Records that only the platform's staff sees here."""

    show_full_result_count = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The platform's staff."""
        return getattr(request.user, "duty", "") == Duty.PLATFORM

    def has_module_permission(self, request: HttpRequest) -> bool:
        """As for viewing."""
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody writes these by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing on record is taken away."""
        return False


@admin.register(BuyerCredit)
class BuyerCreditAdmin(_Platform):
    """Tiers with the facts behind them, to look at."""

    list_display = ["buyer", "tier", "since", "computed_at", "forgiven_at"]
    list_filter = ["tier"]
    search_fields = ["buyer__username", "buyer__buyer_ref"]
    list_select_related = ["buyer"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tiers are measured, never set."""
        return False


@admin.register(Objection)
class ObjectionAdmin(_Platform):
    """What buyers say against their tiers; answered here, once."""

    list_display = ["buyer", "tier", "made_at", "result", "answered_at"]
    list_filter = ["result", "tier"]
    list_select_related = ["buyer"]
    fields = ["buyer", "tier", "facts", "text", "made_at", "result", "answer", "answered_at", "answered_by"]
    readonly_fields = ["buyer", "tier", "facts", "text", "made_at", "answered_at", "answered_by"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The platform's staff, as long as it is not answered."""
        return self.has_view_permission(request) and (obj is None or obj.answered_at is None)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Answer by the service, so that everything that follows happens."""
        try:
            answer_objection(
                objection=obj,
                actor=request.user,  # type: ignore[arg-type]  # only our users have a duty
                now=timezone.now(),
                result=obj.result,
                answer=obj.answer,
            )
        except NothingToObject as wrong:
            messages.error(request, str(wrong))
