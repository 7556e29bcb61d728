"""The demo sign-ins, as the sign-in page of a demo lists them."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User

# Ordered as a newcomer would look around. Names are promises; scripts outside the repository use them.
DEMO_SIGN_INS: dict[str, str | Promise] = {
    "buyer": _("Buyer with delivered orders to complain about"),
    "buyer2": _("Another buyer, who sees only their own orders"),
    "merchant": _("Owner of a shop: answers cases, sets up plans"),
    "agent": _("Agent of the same shop: answers cases"),
    "rival": _("Owner of another shop, who sees only their own cases"),
    "arbitrator": _("Arbitrator: rules on cases"),
    "senior": _("Senior arbitrator: decides appeals and large amounts"),
    "platform": _("Platform staff: rule packs, payouts, people"),
}


@dataclass(frozen=True, slots=True)
class DemoSignIn:
    """One button of the sign-in page."""

    username: str
    name: str
    what: str | Promise


def sign_ins() -> list[DemoSignIn]:
    """List the demo users that exist; none unless the site is a demo."""
    if not settings.DEMO:
        return []
    known = {u.username: u for u in User.objects.filter(is_demo=True, username__in=DEMO_SIGN_INS)}
    return [DemoSignIn(n, known[n].display_name, what) for n, what in DEMO_SIGN_INS.items() if n in known]
