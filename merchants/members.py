"""Where somebody works: read once per user object, that is once per request."""

from typing import TYPE_CHECKING

from merchants.models import MerchantMember
from portal.rows import attach, attached

if TYPE_CHECKING:
    from portal.accounts.models import User


def memberships_of(user: "User") -> dict[int, MerchantMember]:
    """Return the user's memberships by merchant id, in the order of the merchants' names."""
    members = attached(user, "memberships")
    if members is None:
        members = list(user.memberships.select_related("merchant").order_by("merchant__name", "pk"))
        attach(user, memberships=members)
    return {member.merchant_id: member for member in members}
