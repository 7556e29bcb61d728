"""Who pays the way back and how much, said before anybody accepts a return (and again once it is agreed)."""

from decimal import Decimal

from django.utils.translation import gettext_lazy

from aftersales.disputes.codes import Role
from aftersales.disputes.granting import return_terms
from aftersales.disputes.models import Dispute
from aftersales.policies.rules import Rules
from portal.ui.amounts import say_money

# (who pays, who reads) -> what is said; the cap bounds what the buyer may lay out and get back.
_SAID = {
    ("buyer", Role.BUYER): gettext_lazy("You pay the postage for sending it back."),
    ("buyer", Role.MERCHANT): gettext_lazy("The buyer pays the postage for sending it back."),
    ("merchant", Role.BUYER): gettext_lazy("Sending it back is free for you: print the label, the seller is billed."),
    ("merchant", Role.MERCHANT): gettext_lazy("You pay the postage for sending it back: the carrier bills you."),
    ("platform", Role.BUYER): gettext_lazy("Sending it back is free for you: print the label, the platform is billed."),
    ("platform", Role.MERCHANT): gettext_lazy("The platform pays the postage for sending it back."),
}
_RECEIPT = gettext_lazy("If the buyer pays a carrier instead, up to %(amount)s of the receipt counts.")
_YOUR_RECEIPT = gettext_lazy("If you pay a carrier yourself, keep the receipt: up to %(amount)s of it counts.")


def postage_points(case: Dispute, role: Role | None) -> list[str]:
    """Say who pays the way back of a case and up to how much, to somebody in a role. No queries."""
    return points_of(return_terms(case).freight_payer, case.rules, case.currency, role)


def points_of(payer: str, rules: Rules, currency: str, role: Role | None) -> list[str]:
    """Say the same of a payer under rules, before there is a case."""
    reader = Role.BUYER if role == Role.BUYER else Role.MERCHANT
    said = [str(_SAID[payer, reader])]
    cap = rules.threshold("return_freight_cap", currency)
    if payer != "buyer" and cap is not None:
        words = _YOUR_RECEIPT if reader == Role.BUYER else _RECEIPT
        said.append(str(words) % {"amount": say_money(cap, currency)})
    return said


def cap_of(case: Dispute) -> Decimal | None:
    """The most of a buyer's receipt that counts, in the case's currency; none where the rules set no bound."""
    return case.rules.threshold("return_freight_cap", case.currency)
