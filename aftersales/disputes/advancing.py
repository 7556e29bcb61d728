"""When the platform's fund pays a buyer first, and what the seller then owes to the fund (Consumer Law art. 44)."""

from dataclasses import replace
from decimal import Decimal

from aftersales.advances.models import Ground
from aftersales.advances.services import Paid
from aftersales.disputes.models import Dispute
from aftersales.disputes.terms import Terms
from aftersales.policies.rules import Rules
from aftersales.remedies.models import Payer
from portal.money import ZERO

# The rule whose time ran out, by the ground of the advance.
_RULES = {
    Ground.STATUTORY_DELAY: "timers.merchant_inspects",
    Ground.RULING_NOT_EXECUTED: "timers.execute_ruling",
    Ground.PROMISE: "choices.damaged_on_arrival",
}


def most_in_advance(case: Dispute) -> Decimal:
    """Return up to how much is paid in advance, in the case's currency; the pack's limit, else the one that ships."""
    known = case.rules.threshold("advance", case.currency)
    return (Rules.defaults().threshold("advance", case.currency) if known is None else known) or ZERO


def can_advance(case: Dispute, terms: Terms) -> bool:
    """Whether the fund pays: the seller would have to, now, and it is not more than the fund pays unasked."""
    money = terms.money - terms.postage  # that is granted by itself, to whoever bears it
    return terms.payer == Payer.MERCHANT and ZERO < money <= most_in_advance(case)


def in_advance(terms: Terms) -> Terms:
    """Let the fund pay the money; a coupon stays the seller's."""
    return replace(terms, payer=Payer.PLATFORM, coupon_payer=terms.coupon_payer or Payer.MERCHANT)


def advance_of(case: Dispute, terms: Terms, key: str, ground: Ground) -> Paid:
    """Say what the seller owes for a refund that the fund pays under `key`."""
    return Paid(
        key=key,
        case=case.number,
        merchant_id=case.merchant_id,
        ground=ground,
        rule=str(case.rules.source(_RULES[ground])),
        amount=terms.money - terms.postage,
        currency=case.currency,
        objection_time=case.rules.timer("advance_objection"),
        reminder=case.rules.timer("advance_reminder"),
    )
