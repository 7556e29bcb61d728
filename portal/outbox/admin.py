from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from portal.outbox import services
from portal.outbox.models import Message, MessageQuerySet


class StateFilter(admin.SimpleListFilter):
    """Health at a glance: what waits, what waits for a person, what was delivered."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Name the states."""
        return [
            ("set_aside", _("Set aside")),
            ("failing", _("Failing")),
            ("waiting", _("Waiting")),
            ("done", _("Done")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Filter by the state chosen."""
        if self.value() == "set_aside":
            return queryset.set_aside()
        if self.value() == "failing":
            return queryset.waiting().exclude(error="")
        if self.value() == "waiting":
            return queryset.waiting()
        return queryset.filter(done_at__isnull=False) if self.value() == "done" else queryset


@admin.register(Message)
class MessageAdmin(admin.ModelAdmin[Message]):
    """What still happens after commits; read-only, except that a person may have it tried again."""

    list_display = ["id", "topic", "payload", "created_at", "attempts", "due_at", "done_at", "set_aside_at", "error"]
    list_filter = [StateFilter, "topic"]
    ordering = ["-id"]
    show_full_result_count = False
    actions = ["try_again"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Messages are written by what caused them."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        """A message says what happened; nobody rewrites it."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        """Delivered messages go by themselves after 30 days."""
        return False

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Whoever may change messages may have them tried again."""
        return request.user.has_perm("outbox.change_message")

    @admin.action(description=_("Try the selected messages again now"), permissions=["retry"])
    def try_again(self, request: HttpRequest, queryset: MessageQuerySet) -> None:
        """Give the selected messages, unless delivered, their attempts back."""
        count = services.retry(queryset, now=timezone.now())
        text = ngettext("%(count)d message will be tried again.", "%(count)d messages will be tried again.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)
