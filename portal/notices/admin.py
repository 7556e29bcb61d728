from django.contrib import admin
from django.http import HttpRequest

from portal.notices.models import Notice


@admin.register(Notice)
class NoticeAdmin(admin.ModelAdmin[Notice]):
    """What people were told and when; read-only."""

    list_display = ["user", "kind", "link", "created_at", "read_at", "mailed_at"]
    list_filter = ["kind"]
    search_fields = ["user__username", "link"]
    list_select_related = ["user"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Notices are written by events."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Notice | None = None) -> bool:
        """What was said was said."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Notice | None = None) -> bool:
        """What was said stays on record."""
        return False
