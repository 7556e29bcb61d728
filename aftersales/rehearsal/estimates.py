"""How likely a buyer takes an offer, and what comes of a case without one: counted from the seller's own past.

An offer is compared with past ones of the same option and about the same worth (as a share of what was paid): first in
cases of the same kind and reason, then step by step in more and more of them, until there are `ENOUGH`. Below that
nothing is said. Intervals are Wilson's for shares and normal ones for means, at 95 %.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from portal.money import ZERO

ENOUGH = 30
BUCKETS = 20  # worth as a share of what was paid, in steps of 5 points
Z = Decimal("1.96")
_DIGITS = Decimal("0.000001")

# name of the step, whether kind and reason of the case must be the same, by how many buckets the worth may differ
_STEPS = (("reason", True, True, 1), ("type", True, False, 1), ("any", False, False, 1), ("about", False, False, 3))
STEPS = tuple(step[0] for step in _STEPS)
WAYS = ("reason", "type", "any")


class Offer(NamedTuple):
    """What past offers are counted by; `bucket` from 0 to `BUCKETS`."""

    kind: str
    type: str
    reason: str
    bucket: int


class Share(NamedTuple):
    """A share from 0 to 1 with its interval, from how many past cases, and by which step they were found."""

    value: Decimal
    low: Decimal
    high: Decimal
    of: int
    step: str


class Way(NamedTuple):
    """What comes of cases without an accepted offer: share of kept sales, and cost as a share of what was paid."""

    kept: Share
    cost: Share
    spread: Decimal  # variance of one case's cost share


@dataclass(slots=True)
class Ended:
    """Sums over cases of one kind and reason that ended without an accepted offer of a plan."""

    cases: int = 0
    kept: int = 0
    cost: Decimal = ZERO
    cost_squared: Decimal = ZERO


@dataclass(slots=True)
class History:
    """Past offers, as (shown, taken), and past cases that went the ordinary way, by (type, reason)."""

    offers: Mapping[Offer, tuple[int, int]]
    ways: Mapping[tuple[str, str], Ended]
    _shares: dict[Offer, Share | None] = field(default_factory=dict)
    _ways: dict[tuple[str, str], Way | None] = field(default_factory=dict)

    def taken(self, kind: str, type: str, reason: str, bucket: int) -> Share | None:
        """Estimate how many buyers take such an offer; None where there is not enough history."""
        key = Offer(kind, type, reason, bucket)
        if key not in self._shares:
            self._shares[key] = self._taken(key)
        return self._shares[key]

    def ordinary(self, type: str, reason: str) -> Way | None:
        """Estimate what comes of such cases without an accepted offer; None where there is not enough history."""
        if (type, reason) not in self._ways:
            self._ways[type, reason] = self._ordinary(type, reason)
        return self._ways[type, reason]

    def _taken(self, key: Offer) -> Share | None:
        for step, same_type, same_reason, radius in _STEPS:
            shown = taken = 0
            for past, (n, k) in self.offers.items():
                if (
                    past.kind == key.kind
                    and abs(past.bucket - key.bucket) <= radius
                    and (not same_type or past.type == key.type)
                    and (not same_reason or past.reason == key.reason)
                ):
                    shown, taken = shown + n, taken + k
            if shown >= ENOUGH:
                return share(taken, shown, step)
        return None

    def _ordinary(self, type: str, reason: str) -> Way | None:
        for step in WAYS:
            found = [
                ended
                for (past_type, past_reason), ended in self.ways.items()
                if (step == "any" or past_type == type) and (step != "reason" or past_reason == reason)
            ]
            if sum(ended.cases for ended in found) >= ENOUGH:
                return _way(found, step)
        return None


def bucket(worth: Decimal, paid: Decimal) -> int:
    """Return the step that a worth has among shares of what was paid."""
    return min(BUCKETS, int(BUCKETS * worth / paid)) if paid > 0 else 0


def share(part: int, whole: int, step: str) -> Share:
    """Return a share with Wilson's interval, which stays within 0 and 1 and is honest for small numbers."""
    n, p, square = Decimal(whole), Decimal(part) / whole, Z * Z
    middle = (p + square / (2 * n)) / (1 + square / n)
    half = Z * (p * (1 - p) / n + square / (4 * n * n)).sqrt() / (1 + square / n)
    low, high = max(ZERO, middle - half), min(Decimal(1), middle + half)
    return Share(p.quantize(_DIGITS), min(p, low).quantize(_DIGITS), max(p, high).quantize(_DIGITS), whole, step)


def _way(found: list[Ended], step: str) -> Way:
    cases = sum(ended.cases for ended in found)
    mean = sum((ended.cost for ended in found), ZERO) / cases
    spread = max(ZERO, sum((ended.cost_squared for ended in found), ZERO) / cases - mean * mean)
    half = Z * (spread / cases).sqrt()
    cost = Share(mean.quantize(_DIGITS), max(ZERO, mean - half).quantize(_DIGITS), mean + half, cases, step)
    return Way(share(sum(ended.kept for ended in found), cases, step), cost, spread)
