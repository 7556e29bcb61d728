"""What a seller's people may promise alone: the money is the owner's, so above a limit the owner or a manager acts."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from aftersales.disputes.codes import Audience, Role
from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.services.messages import post_message
from aftersales.disputes.transitions import Acting, acting
from aftersales.remedies import approvals
from merchants.members import memberships_of
from merchants.models import MemberRole
from portal.ui.amounts import say_money

if TYPE_CHECKING:
    from portal.accounts.models import User


def check_limit(act: Acting, amount: Decimal) -> None:
    """Refuse what is above the actor's limit in the shop (in the case's currency). Raises RuleBroken."""
    if act.role != Role.MERCHANT or not amount:
        return
    case, role = act.case, _role(act.actor, act.case)
    if (name := approvals.WITHIN_SHOP.get(role)) is None:
        return
    most = approvals.limit(name, case.currency, rules=case.rules)
    if amount > most:
        text = (
            _("You can promise up to %(most)s alone. Ask the owner or a manager of the shop to do this.")
            if role == MemberRole.AGENT
            else _("You can promise up to %(most)s alone. Ask the owner of the shop to do this.")
        )
        raise RuleBroken("above_your_limit", text % {"most": say_money(most, case.currency)}, "amount")


def ask_owner(
    *, dispute: Dispute, actor: "User", now: datetime, note: str, expected_version: int | None = None
) -> Dispute:
    """Ask those who may promise more to decide; the note is read by the shop only. Nothing is promised by it."""
    with acting(dispute, "ask_owner", actor=actor, now=now, expected_version=expected_version) as act:
        post_message(dispute=act.case, actor=actor, now=now, body=note, audience=Audience.INTERNAL)
        act.move("ask_owner")
    return act.case


def is_limited(user: "User", case: Dispute) -> bool:
    """Tell whether somebody works for the case's shop and cannot promise everything alone."""
    return case.merchant_id in memberships_of(user) and _role(user, case) in approvals.WITHIN_SHOP


def _role(user: "User", case: Dispute) -> MemberRole:
    return MemberRole(memberships_of(user)[case.merchant_id].role)
