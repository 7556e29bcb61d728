"""Where somebody works: read once per user object, that is once per request."""

from typing import TYPE_CHECKING

from django.db.models import Q

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


def concerning(user: "User") -> Q:
    """Match what concerns a user as `buyer`, or as a member of the `merchant`; lists stay within one index each."""
    shops = memberships_of(user)
    if not shops:
        return Q(buyer=user)
    if user.buyer_ref is None:  # never bought anything
        return Q(merchant__in=shops)
    return Q(buyer=user) | Q(merchant__in=shops)
