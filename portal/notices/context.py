from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from portal.notices.services import unread_count


def unread(request: HttpRequest) -> dict[str, Any]:
    """Give every page `unread_notices` for the bell; counted only where a page shows it."""
    user = getattr(request, "user", None)  # a request refused early, for its host's name, has none
    if user is None or not user.is_authenticated:
        return {"unread_notices": 0}
    return {"unread_notices": SimpleLazyObject(lambda: unread_count(user.pk))}
