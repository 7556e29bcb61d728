"""What a decision does with money: computed once, shown before, posted after."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.terms import Terms
from aftersales.disputes.transitions import make_grant
from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, Posting, post_many
from aftersales.remedies.models import InstructionState, RefundInstruction
from aftersales.remedies.services import AmountExceeds, Quote, quote_many
from portal.money import ZERO


@dataclass(frozen=True, slots=True)
class Effect:
    """The ledger rows of a decision, as quoted by the money room, which posts the same when it is carried out."""

    quote: Quote

    @property
    def rows(self) -> list[tuple[str, Decimal]]:
        """Account and amount, for the table; they sum to zero."""
        return [(str(AccountKind(key.kind).label), amount) for key, amount in self.quote.entries]

    @property
    def total(self) -> Decimal:
        """Always zero: what one account loses another one gains."""
        return sum((amount for _key, amount in self.quote.entries), ZERO)

    def dump(self) -> list[list[Any]]:
        """Write for the ruling's record."""
        return [[str(key), str(amount)] for key, amount in self.quote.entries]


def effect_of(case: Dispute, terms: Terms) -> Effect:
    """Compute what terms do with money. Raises RuleBroken where not that much is left to refund."""
    if not terms.cash:
        return Effect(Quote())
    try:
        quote = quote_many([make_grant(case, terms, "preview", list(case.lines.all()))], lock=False)[0]
    except AmountExceeds as less:
        raise RuleBroken("above_maximum", _("Less than that is left to refund on this order."), "by_line") from less
    return Effect(quote)


def granted_by_line(case: Dispute) -> dict[int, Decimal]:
    """Return what was granted on a case so far, by order line."""
    granted: dict[int, Decimal] = defaultdict(lambda: ZERO)
    states = [InstructionState.GRANTED, InstructionState.SUCCEEDED, InstructionState.FAILED]
    for lines in RefundInstruction.objects.filter(case=case.number, state__in=states).values_list("lines", flat=True):
        for row in lines:
            granted[row["line"]] += Decimal(row["amount"])
    return dict(granted)


def correct_merchant(case: Dispute, amount: Decimal, *, now: datetime) -> None:
    """Give the merchant back, out of the platform's fund, what a decision overturned on appeal had cost too much."""
    fund = AccountKey(AccountKind.PLATFORM_FUND, case.currency)
    merchant = AccountKey(AccountKind.MERCHANT_PAYABLE, case.currency, merchant_id=case.merchant_id)
    posting = Posting(
        key=f"appeal:{case.number}",
        kind="appeal_correction",
        case=case.number,
        entries=((fund, -amount), (merchant, amount)),
    )
    post_many([posting], now=now)
