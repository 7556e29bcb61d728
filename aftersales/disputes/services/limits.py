"""What a seller's people may promise alone: the money is the owner's, so above a limit the owner or a manager acts."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from aftersales.disputes.codes import Role
from aftersales.disputes.errors import RuleBroken
from aftersales.remedies import approvals
from merchants.members import memberships_of
from merchants.models import MemberRole
from portal.ui.amounts import say_money

if TYPE_CHECKING:
    from aftersales.disputes.transitions import Acting


def check_limit(act: "Acting", amount: Decimal) -> None:
    """Refuse what is above the actor's limit in the shop (in the case's currency). Raises RuleBroken."""
    if act.role != Role.MERCHANT or not amount:
        return
    case, role = act.case, MemberRole(memberships_of(act.actor)[act.case.merchant_id].role)
    if (name := approvals.WITHIN_SHOP.get(role)) is None:
        return
    most = approvals.limit(name, case.currency, rules=case.rules)
    if amount > most:
        text = (
            _("You can promise up to %(most)s alone. The owner or a manager of the shop has to do this.")
            if role == MemberRole.AGENT
            else _("You can promise up to %(most)s alone. The owner of the shop has to do this.")
        )
        raise RuleBroken("above_your_limit", text % {"most": say_money(most, case.currency)}, "amount")
