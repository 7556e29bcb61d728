"""A merchant's statement: what each account held at the beginning of a period, what moved, what it held at the end."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from aftersales.ledger.models import AccountKind, Entry
from merchants.models import Merchant
from portal.money import ZERO

# What a merchant reads for the kind of a transaction.
_WORDS = {
    "remedy_granted": _("Granted to the buyer"),
    "return_freight": _("Return freight"),
    "recovery": _("Owed back by the buyer"),
    "coupon_used": _("Coupon used"),
    "coupon_lapsed": _("Coupon expired"),
    "appeal_correction": _("Given back after an appeal"),
    "refund_netted": _("Refund paid outside of the portal"),
    "settled": _("Order settled, less the fee"),
    "paid_out": _("Paid out"),
    "advance_recovered": _("Paid in advance by the platform"),
    "deposit_paid_in": _("Deposit paid in"),
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One account over the period, in its currency: `opening` + `came_in` + `went_out` (below zero) = `closing`."""

    kind: AccountKind
    currency: str
    opening: Decimal
    came_in: Decimal
    went_out: Decimal

    @property
    def closing(self) -> Decimal:
        """What the account held when the period ended."""
        return self.opening + self.came_in + self.went_out


@dataclass(frozen=True, slots=True)
class Row:
    """One movement, and what the account held after it."""

    at: datetime
    kind: AccountKind
    words: str
    case: str
    reference: str
    amount: Decimal
    currency: str
    held: Decimal


def sheets(merchant: Merchant, begin: datetime, end: datetime) -> list[Sheet]:
    """Sum a merchant's accounts up for `begin` <= posted < `end`, with one statement; currencies are never mixed."""
    within = Q(transaction__posted_at__gte=begin)
    sums = (
        Entry.objects.filter(account__merchant=merchant, transaction__posted_at__lt=end)
        .values_list("account__kind", "currency")
        .annotate(
            opening=Sum("amount", filter=~within, default=ZERO),
            came_in=Sum("amount", filter=within & Q(amount__gt=0), default=ZERO),
            went_out=Sum("amount", filter=within & Q(amount__lt=0), default=ZERO),
        )
        .order_by("currency", "account__kind")
    )
    return [Sheet(AccountKind(kind), *rest) for kind, *rest in sums]


def movements(merchant: Merchant, begin: datetime, end: datetime, sheet: Sheet | None = None) -> QuerySet[Entry]:
    """Return what moved in the period, account by account and oldest first; in one account where `sheet` names it."""
    found = Entry.objects.filter(
        account__merchant=merchant, transaction__posted_at__gte=begin, transaction__posted_at__lt=end
    )
    if sheet is not None:
        found = found.filter(account__kind=sheet.kind, currency=sheet.currency)
    order = ("currency", "account__kind", "transaction__posted_at", "id")
    return found.select_related("transaction", "account").order_by(*order)


def rows(found: Iterator[Entry], opened: list[Sheet]) -> Iterator[Row]:
    """Write movements with the balance after each, beginning with what the accounts held when the period began."""
    held = {(sheet.kind, sheet.currency): sheet.opening for sheet in opened}
    for entry in found:
        kind, moved = AccountKind(entry.account.kind), entry.transaction
        held[kind, entry.currency] = after = held.get((kind, entry.currency), ZERO) + entry.amount
        words = str(_WORDS.get(moved.kind, _("Other movement")))
        yield Row(moved.posted_at, kind, words, moved.case, moved.key, entry.amount, entry.currency, after)
