"""What a decision does with money: computed once, shown before, posted after."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from aftersales.advances.appeals import Burden, burden, relieve
from aftersales.arbitration.models import last_ruling
from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.granting import make_grant
from aftersales.disputes.models import Dispute
from aftersales.disputes.recovery import Entries, recovery_entries
from aftersales.disputes.terms import Terms
from aftersales.ledger.models import AccountKind, Entry
from aftersales.ledger.services import AccountKey, Posting, post_many
from aftersales.remedies.models import InstructionState, Payer, RefundInstruction
from aftersales.remedies.services import AmountExceeds, Quote, quote_many
from merchants.deposits.services import put_back
from portal.money import ZERO


@dataclass(frozen=True, slots=True)
class Effect:
    """The ledger rows of a decision, as quoted by the money room, which posts the same when it is carried out."""

    quote: Quote
    correction: Entries = ()  # on appeal: what the platform's fund makes good to the merchant

    @property
    def entries(self) -> Entries:
        """All that is posted, as account and amount."""
        return (*self.quote.entries, *self.correction)

    @property
    def cash(self) -> Decimal:
        """What the buyer gets now, refund and compensation, in the case's currency."""
        clearing = (amount for key, amount in self.quote.entries if key.kind == AccountKind.REFUNDS_CLEARING)
        return sum(clearing, ZERO)

    @property
    def rows(self) -> list[tuple[str, Decimal]]:
        """Account and amount, for the table; they sum to zero."""
        return [(str(AccountKind(key.kind).label), amount) for key, amount in self.entries]

    @property
    def total(self) -> Decimal:
        """Always zero: what one account loses another one gains."""
        return sum((amount for _key, amount in self.entries), ZERO)

    def dump(self) -> list[list[Any]]:
        """Write for the ruling's record."""
        return [[str(key), str(amount)] for key, amount in self.entries]


def effect_of(case: Dispute, terms: Terms) -> Effect:
    """Compute what terms do with money. Raises RuleBroken where not that much is left to refund."""
    if case.is_claim:
        return Effect(Quote(), recovery_entries(case, terms.cash))
    if not terms.money:
        return Effect(Quote())
    try:
        quote = quote_many([make_grant(case, terms, "preview", list(case.lines.all()))], lock=False)[0]
    except AmountExceeds as less:
        raise RuleBroken("above_maximum", _("Less than that is left to refund on this order."), "by_line") from less
    return Effect(quote)


def granted_by_line(case: Dispute) -> dict[int, Decimal]:
    """Return what was granted on a case so far, by order line."""
    granted: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for lines in _granted(case).values_list("lines", flat=True):
        for row in lines:
            granted[row["line"]] += Decimal(row["amount"])
    return dict(granted)


def _beyond(case: Dispute) -> Decimal:
    """What was granted on a case so far beyond what was paid."""
    return _granted(case).aggregate(sum=Sum("compensation"))["sum"] or ZERO


def _granted(case: Dispute) -> QuerySet[RefundInstruction]:
    states = [InstructionState.GRANTED, InstructionState.SUCCEEDED, InstructionState.FAILED]
    # What the buyer laid out for the way back is no part of what is decided.
    return RefundInstruction.objects.filter(case=case.number, state__in=states).exclude(key__endswith=":postage")


def rest_of(case: Dispute, terms: Terms) -> Terms:
    """Return what terms decided on appeal owe beyond what was granted before."""
    granted, owed = granted_by_line(case), dict(terms.by_line)
    more = max(ZERO, terms.cash - sum(granted.values(), ZERO))
    rest = {line: owed.get(line, ZERO) - granted.get(line, ZERO) for line in owed.keys() | granted.keys()}
    beyond = max(ZERO, terms.compensation - _beyond(case))
    exact = more and all(amount >= 0 for amount in rest.values())  # else it is shared out over the lines
    return replace(
        terms, cash=more, compensation=beyond, by_line=tuple((k, v) for k, v in rest.items() if v) if exact else ()
    )


def effect_on_appeal(case: Dispute, terms: Terms) -> Effect:
    """Compute what a decision on appeal does with money, over and above what the first one did."""
    if case.is_claim:
        return Effect(Quote(), recovery_entries(case, terms.cash - last_ruling(case).cash))
    return replace(effect_of(case, rest_of(case, terms)), correction=_correction(case, terms))


def correct_merchant(case: Dispute, terms: Terms, *, now: datetime) -> None:
    """Relieve the merchant of what a decision changed on appeal had cost too much.

    The caller holds the case and its advances. Debts for advances that are not final yet are lowered first; beyond
    them the platform's fund gives money back; what was taken from the merchant's deposit for it goes back there.
    """
    too_much = _too_much(case, terms, burden(case.number))
    left = relieve(case=case.number, by=too_much, now=now)
    if entries := _given_back(case, left):
        put_back(merchant_id=case.merchant_id, currency=case.currency, case=case.number, amount=left, now=now)
        key, kind = f"appeal:{case.number}:{last_ruling(case).round}", "appeal_correction"
        post_many([Posting(key=key, kind=kind, case=case.number, entries=entries)], now=now)


def _correction(case: Dispute, terms: Terms) -> Entries:
    advanced = burden(case.number)
    return _given_back(case, _too_much(case, terms, advanced) - advanced.waiting)


def _too_much(case: Dispute, terms: Terms, advanced: Burden) -> Decimal:
    """What was granted at the merchant's cost beyond what is due now, less what earlier appeals made good."""
    refunds = list(_granted(case).values_list("payer", "amount"))
    by_merchant = sum((amount for payer, amount in refunds if payer == Payer.MERCHANT), advanced.charged)
    beyond_due = sum((amount for _payer, amount in refunds), ZERO) - terms.money
    return max(ZERO, min(by_merchant, beyond_due) - _made_good(case) - advanced.lowered)


def _given_back(case: Dispute, amount: Decimal) -> Entries:
    if amount <= 0:
        return ()
    fund = AccountKey(AccountKind.PLATFORM_FUND, case.currency)
    merchant = AccountKey(AccountKind.MERCHANT_PAYABLE, case.currency, merchant_id=case.merchant_id)
    return ((fund, -amount), (merchant, amount))


def _made_good(case: Dispute) -> Decimal:
    """What the fund gave the merchant back after earlier appeals of the case."""
    corrections = Entry.objects.filter(
        transaction__case=case.number, transaction__kind="appeal_correction", amount__gt=0
    )
    return corrections.aggregate(sum=Sum("amount"))["sum"] or ZERO
