from typing import Any

from django.utils.translation import gettext as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from portal.accounts.models import ApiKey
from portal.rest.problems import Problem


class HasScope(BasePermission):
    """The key carries the scope that the view names for the method: `scopes = {"GET": "orders:read"}`."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Hold the key's scopes against the view's. Raises Problem naming the missing one."""
        if not isinstance(request.auth, ApiKey):
            return False
        wanted = scope_of(view, str(request.method))
        if wanted and wanted not in request.auth.scopes:
            detail = _("This key lacks the scope %(scope)s.") % {"scope": wanted}
            raise Problem(403, "scope_missing", detail, scope=wanted)
        return True


def scope_of(view: Any, method: str) -> str:
    """Return the scope a method needs; none for methods that the view does not have (they are answered 405)."""
    scopes: dict[str, str] = view.scopes  # a view without scopes is a mistake of ours, and no view for anybody
    return scopes.get("GET" if method in {"HEAD", "OPTIONS"} else method, "")
