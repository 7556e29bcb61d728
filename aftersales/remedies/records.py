"""Pages of the admin that show what happened to money."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from portal.accounts.models import Duty


def is_platform(request: HttpRequest) -> bool:
    """Tell whether somebody is of the platform's staff."""
    return getattr(request.user, "duty", "") == Duty.PLATFORM or bool(getattr(request.user, "is_superuser", False))


class Record(admin.ModelAdmin[Any]):
    """What happened to money: platform staff may look, nobody may change it."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Shown to platform staff."""
        return is_platform(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Shown to platform staff."""
        return is_platform(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Money moves by decisions only."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Money moves by decisions only."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What happened stays on record."""
        return False
