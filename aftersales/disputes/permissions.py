"""Who somebody is to a case: the one place that answers it."""

from typing import TYPE_CHECKING

from aftersales.disputes.codes import Role
from merchants.members import memberships_of
from portal.accounts.models import Duty

if TYPE_CHECKING:
    from aftersales.disputes.models import Dispute
    from portal.accounts.models import User

_BY_DUTY = {
    Duty.ARBITRATOR: Role.ARBITRATOR,
    Duty.SENIOR: Role.SENIOR,
    Duty.PLATFORM: Role.PLATFORM,
    Duty.MARKETPLACE: Role.MARKETPLACE,
}


def role_of(user: "User", dispute: "Dispute") -> Role | None:
    """Return in what capacity a user stands to a case, or None for an outsider.

    A party is always a party: an arbitrator who bought the goods is the buyer and never rules on the case.
    """
    if dispute.buyer_id == user.pk:
        return Role.BUYER
    if user.duty and not user.is_active:
        return None
    if member := memberships_of(user).get(dispute.merchant_id):
        return Role.MERCHANT if member.may_act else Role.FINANCE
    return _BY_DUTY.get(Duty(user.duty)) if user.duty else None
