from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from portal.accounts import services
from portal.accounts.models import ApiKey, User


@admin.register(User)
class AccountAdmin(UserAdmin[User]):
    """People: who they are, what they do for the platform, how they want to be spoken to."""

    list_display = ["username", "display_name", "email", "duty", "is_active", "last_login"]
    list_filter = ["duty", "is_active", "is_staff", "language"]
    search_fields = ["username", "first_name", "last_name", "email", "buyer_ref"]
    readonly_fields = ["buyer_ref", "is_demo", "last_login", "date_joined"]
    filter_horizontal = ()  # its search boxes carry aria-label on a plain span, which readers ignore
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Person"), {"fields": ["first_name", "last_name", "email", "buyer_ref", "language", "time_zone"]}),
        (_("Duty"), {"fields": ["duty", "is_active", "is_staff", "is_superuser", "groups", "user_permissions"]}),
        (_("Dates"), {"fields": ["last_login", "date_joined", "is_demo"]}),
    ]
    add_fieldsets = [
        (
            None,
            {"classes": ["wide"], "fields": ["username", "usable_password", "password1", "password2", "duty"]},
        )
    ]


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin[ApiKey]):
    """API keys: seen and revoked here, never made or changed; the secret is not stored."""

    list_display = ["prefix", "user", "name", "scopes", "created_at", "last_used_at", "revoked_at"]
    list_filter = ["revoked_at"]
    search_fields = ["prefix", "name", "user__username"]
    list_select_related = ["user"]
    exclude = ["digest"]
    actions = ["revoke"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Keys are made where their secret can be shown once."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        """No field of a key changes; revoking is an action."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        """A revoked key stays on record."""
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Whoever may change keys may revoke them."""
        return request.user.has_perm("accounts.change_apikey")

    @admin.action(description=_("Revoke the selected keys"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: Any) -> None:
        """End the selected keys at once."""
        ids = list(queryset.values_list("pk", flat=True))
        count = services.revoke_api_keys(ids=ids, now=timezone.now())
        text = ngettext("%(count)d key was revoked.", "%(count)d keys were revoked.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)
