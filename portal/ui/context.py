"""What every page knows: the product's name, where the user may go."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from portal.ui import words


def site(request: HttpRequest) -> dict[str, Any]:
    """Return `site`; nothing is asked of the database before a page shows the menu."""
    return {
        "site": {
            "name": words.NAME,
            "demo": settings.DEMO,
            "menu": SimpleLazyObject(lambda: _menu(request)),
            "scheme": scheme_of(request),
            "schemes": words.SCHEMES,
        }
    }


def scheme_of(request: HttpRequest) -> str:
    """Return the colours somebody chose: light, dark, or empty for what the device says."""
    chosen = request.COOKIES.get("scheme", "")
    return chosen if chosen in words.SCHEMES else ""


def _menu(request: HttpRequest) -> list[dict[str, Any]]:
    """List the places of a user's role; the present one is marked."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    if user.duty:
        places = [("/admin/", _("Desk"))]
    elif user.memberships.all().exists():
        places = [
            ("/merchant/", _("Cases")),
            ("/merchant/messages/", _("Messages")),
            ("/merchant/plans/", _("Plans")),
            ("/merchant/coupons/", _("Coupons")),
            ("/merchant/promises/", _("Promises")),
            ("/merchant/returns/", _("Returns")),
        ]
    else:
        places = [("/orders/", _("Orders")), ("/disputes/", _("Cases")), ("/coupons/", _("Coupons"))]
    best = max((p for p, _w in places if request.path.startswith(p)), key=len, default="")
    return [{"url": url, "word": word, "here": url == best} for url, word in places]
