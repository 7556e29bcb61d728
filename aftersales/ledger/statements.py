"""A merchant's statement: what each account held at the beginning of a period, what moved, what it held at the end."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import F, Q, QuerySet, RowRange, Sum, Window

from aftersales.ledger.models import AccountKind, Entry
from aftersales.ledger.words import say
from merchants.models import Merchant
from portal.money import ZERO


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
    """Return what moved in the period, account by account and oldest first; in one account where `sheet` names it.

    Each entry has `moved_so_far`: what its account moved in the period, itself included.
    """
    found = Entry.objects.filter(
        account__merchant=merchant, transaction__posted_at__gte=begin, transaction__posted_at__lt=end
    )
    if sheet is not None:
        found = found.filter(account__kind=sheet.kind, currency=sheet.currency)
    in_order = [F("transaction__posted_at"), F("id")]
    so_far = Window(Sum("amount"), partition_by=[F("account_id")], order_by=in_order, frame=RowRange(end=0))
    return (
        found.annotate(moved_so_far=so_far)
        .select_related("transaction", "account")
        .order_by("currency", "account__kind", *in_order)
    )


def rows(found: Iterable[Entry], opened: list[Sheet]) -> Iterator[Row]:
    """Write movements, from wherever they begin, with what their account held after each."""
    opening = {(sheet.kind, sheet.currency): sheet.opening for sheet in opened}
    for entry in found:
        kind, moved = AccountKind(entry.account.kind), entry.transaction
        after = opening.get((kind, entry.currency), ZERO) + entry.moved_so_far  # type: ignore[attr-defined]
        yield Row(moved.posted_at, kind, say(moved.kind), moved.case, moved.key, entry.amount, entry.currency, after)
