"""The trial balance: what went into and out of every kind of account up to an instant. Sums to zero by currency."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from aftersales.ledger.models import AccountKind, Entry
from portal.money import ZERO


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of account in one currency; `credits` is zero or below."""

    kind: AccountKind
    currency: str
    debits: Decimal
    credits: Decimal

    @property
    def balance(self) -> Decimal:
        """What the accounts of this kind hold together."""
        return self.debits + self.credits


@dataclass(frozen=True, slots=True)
class Sheet:
    """All kinds of one currency; `off` is zero, or somebody has to be woken up."""

    currency: str
    lines: tuple[Line, ...]

    @property
    def off(self) -> Decimal:
        """What the balances sum to."""
        return sum((line.balance for line in self.lines), ZERO)

    @property
    def debits(self) -> Decimal:
        """All that went in."""
        return sum((line.debits for line in self.lines), ZERO)

    @property
    def credits(self) -> Decimal:
        """All that went out, below zero."""
        return sum((line.credits for line in self.lines), ZERO)


def trial_balance(until: datetime) -> list[Sheet]:
    """Sum everything up that was posted before an instant, with one statement."""
    sums = (
        Entry.objects.filter(transaction__posted_at__lt=until)
        .values_list("account__kind", "currency")
        .annotate(
            debits=Sum("amount", filter=Q(amount__gt=0), default=ZERO),
            credits=Sum("amount", filter=Q(amount__lt=0), default=ZERO),
        )
        .order_by("currency", "account__kind")
    )
    lines = [Line(AccountKind(kind), *rest) for kind, *rest in sums]
    currencies = dict.fromkeys(line.currency for line in lines)
    return [Sheet(currency, tuple(line for line in lines if line.currency == currency)) for currency in currencies]


def entries(kind: AccountKind, currency: str, until: datetime) -> QuerySet[Entry]:
    """Return what stands behind a line, newest first."""
    found = Entry.objects.filter(account__kind=kind, currency=currency, transaction__posted_at__lt=until)
    return found.select_related("transaction", "account__merchant").order_by("-transaction__posted_at", "-id")


def rows(sheets: list[Sheet]) -> Iterator[Line]:
    """Return all lines, for a file."""
    for sheet in sheets:
        yield from sheet.lines
