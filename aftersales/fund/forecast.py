"""How long the fund lasts: what it holds, divided by what it loses a day at the rate of the last 30 days.

Loss a day = (what went out - what came back) / 30, without what finance itself paid in or took out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal

from django.db.models import Q, Sum

from aftersales.ledger.models import AccountKind, Entry
from aftersales.ledger.words import say
from portal.money import ZERO

PERIOD = timedelta(days=30)
WARNED_BELOW = 14  # days left
BY_HAND = ("fund_paid_in", "fund_taken_out")
_MOST_DAYS = 3650  # beyond ten years nobody plans


@dataclass(frozen=True, slots=True)
class Flow:
    """What one kind of transaction did to the fund: all of it, and in the last 30 days; `went_out` is zero or below."""

    kind: str
    balance: Decimal
    came_in: Decimal
    went_out: Decimal

    @property
    def words(self) -> str:
        """What the movement is called."""
        return say(self.kind)


@dataclass(frozen=True, slots=True)
class Forecast:
    """The fund in one currency."""

    currency: str
    flows: tuple[Flow, ...]

    @property
    def balance(self) -> Decimal:
        """What the fund holds; below zero where it owes."""
        return sum((flow.balance for flow in self.flows), ZERO)

    @property
    def loss(self) -> Decimal:
        """What went out in 30 days less what came back, zero or above; without what finance moved by hand."""
        moved = sum((flow.came_in + flow.went_out for flow in self.flows if flow.kind not in BY_HAND), ZERO)
        return max(ZERO, -moved)

    @property
    def days_left(self) -> int | None:
        """Whole days until the fund is empty; zero when it is; None where it does not shrink, or lasts ten years."""
        if self.balance <= 0:
            return 0
        if not self.loss:
            return None
        days = int((self.balance * PERIOD.days / self.loss).to_integral_value(ROUND_DOWN))
        return days if days <= _MOST_DAYS else None

    @property
    def is_low(self) -> bool:
        """Whether finance has to pay something in."""
        return self.days_left is not None and self.days_left < WARNED_BELOW and bool(self.loss or self.balance < 0)


def forecast(now: datetime) -> list[Forecast]:
    """Sum the fund up by currency and kind of transaction, with one statement."""
    lately = Q(transaction__posted_at__gt=now - PERIOD)
    sums = (
        Entry.objects.filter(account__kind=AccountKind.PLATFORM_FUND, transaction__posted_at__lte=now)
        .values_list("currency", "transaction__kind")
        .annotate(
            balance=Sum("amount"),
            came_in=Sum("amount", filter=lately & Q(amount__gt=0), default=ZERO),
            went_out=Sum("amount", filter=lately & Q(amount__lt=0), default=ZERO),
        )
        .order_by("currency", "transaction__kind")
    )
    return _by_currency((currency, Flow(*rest)) for currency, *rest in sums)


def _by_currency(flows: Iterable[tuple[str, Flow]]) -> list[Forecast]:
    found: dict[str, list[Flow]] = {}
    for currency, flow in flows:
        found.setdefault(currency, []).append(flow)
    return [Forecast(currency, tuple(of_it)) for currency, of_it in found.items()]
