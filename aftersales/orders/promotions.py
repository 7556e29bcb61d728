"""What an order's discounts depended on, and what the goods that are kept cost without those that are not. Pure.

SAMR order 31: a refund is what was actually paid; where part of a bundle or of goods bought over a threshold goes back,
what is kept is settled at the prices of the purchase; with a free-shipping threshold lost, freight may be deducted. A
gift goes back with the goods that it was given with, or is deducted with what the marketplace says it is worth.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product
from math import prod
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.money import ZERO, floor, plain

# Above so many ways to split a return, only whole lines are tried, then only the return as a whole.
_MOST_WAYS = 4096


class PromotionKind(models.TextChoices):
    """What made a purchase cheaper."""

    THRESHOLD_OFF = "threshold_off", _("Money off from a total on")
    BUNDLE = "bundle", _("The cheapest of several free")
    FREE_SHIPPING = "free_shipping", _("Free shipping from a total on")
    GIFT = "gift", _("A gift with the goods")


@dataclass(frozen=True, slots=True)
class Piece:
    """One line as bought: pieces, the price of one, what was taken off them all; in the order's currency."""

    line: str
    quantity: int
    unit_price: Decimal
    discount: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Promotion:
    """One discount and its condition; without `lines` it counts every line. Amounts in the order's currency.

    threshold_off, free_shipping: from `threshold` on (at unit prices), `off` is taken off the goods or the freight.
    bundle: of every `pieces`, the `free` cheapest cost nothing (3 for 2: pieces 3, free 1).
    gift: the pieces of the line `gift`, worth `value` each, were given with the goods of `lines`: all of them from
    `threshold` on; without one, as large a part of them (rounded up) as pieces of these goods are kept.
    """

    kind: str
    lines: frozenset[str] = frozenset()
    threshold: Decimal = ZERO
    off: Decimal = ZERO
    pieces: int = 0
    free: int = 0
    gift: str = ""
    value: Decimal = ZERO

    @property
    def refs(self) -> frozenset[str]:
        """The lines that it names."""
        return self.lines | ({self.gift} if self.gift else frozenset())

    @property
    def amounts(self) -> tuple[Decimal, ...]:
        """The amounts that it is told with."""
        return self.threshold, self.off, self.value

    def saves(self, kept: Sequence[tuple[Piece, int]]) -> Decimal:
        """Return what it takes off so many pieces of each line."""
        mine = [(piece, count) for piece, count in kept if count and self.counts(piece)]
        if self.kind == PromotionKind.GIFT:
            return ZERO
        if self.kind == PromotionKind.BUNDLE:
            prices = sorted(price for piece, count in mine for price in [piece.unit_price] * count)
            return sum(prices[: len(prices) // self.pieces * self.free], ZERO)
        total = sum((piece.unit_price * count for piece, count in mine), ZERO)
        return self.off if mine and total >= self.threshold else ZERO

    def costs(self, kept: Sequence[tuple[Piece, int]]) -> Decimal:
        """Return what the gifts among these pieces are worth that the other ones no longer earn."""
        given = sum(piece.quantity for piece, _count in kept if piece.line == self.gift)
        here = sum(count for piece, count in kept if piece.line == self.gift)
        return self.value * max(0, here - self._earned(kept, given)) if here else ZERO

    def lost(self, before: Sequence[tuple[Piece, int]], after: Sequence[tuple[Piece, int]]) -> bool:
        """Tell whether it gives less to what is kept after than to what was kept before."""
        any_left = any(count and piece.unit_price and self.counts(piece) for piece, count in after)
        return (any_left and self.saves(after) < self.saves(before)) or self.costs(after) > self.costs(before)

    def counts(self, piece: Piece) -> bool:
        """Whether its condition counts a line."""
        return piece.line in self.lines if self.lines else piece.line != self.gift

    def _earned(self, kept: Sequence[tuple[Piece, int]], given: int) -> int:
        mine = [(piece, count) for piece, count in kept if self.counts(piece)]
        bought, left = sum(piece.quantity for piece, _count in mine), sum(count for _piece, count in mine)
        if not left:
            return 0
        if self.threshold:
            return given if sum(piece.unit_price * count for piece, count in mine) >= self.threshold else 0
        return -(-given * left // bought)

    def dump(self, currency: str) -> dict[str, Any]:
        """Write for storage; amounts as plain strings of the currency."""
        if self.kind == PromotionKind.GIFT:
            amounts = {"threshold": plain(self.threshold, currency), "value": plain(self.value, currency)}
            return {"kind": str(self.kind), "lines": sorted(self.lines), "gift": self.gift, **amounts}
        if self.kind == PromotionKind.BUNDLE:
            own: dict[str, Any] = {"pieces": self.pieces, "free": self.free}
        else:
            own = {"threshold": plain(self.threshold, currency), "off": plain(self.off, currency)}
        return {"kind": str(self.kind), "lines": sorted(self.lines), **own}

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "Promotion":
        """Read what an order stores."""
        return cls(
            kind=data["kind"],
            lines=frozenset(data.get("lines", ())),
            threshold=Decimal(data.get("threshold", 0)),
            off=Decimal(data.get("off", 0)),
            pieces=data.get("pieces", 0),
            free=data.get("free", 0),
            gift=data.get("gift", ""),
            value=Decimal(data.get("value", 0)),
        )


@dataclass(frozen=True, slots=True)
class Basket:
    """A purchase with what made it cheaper; `charge_freight`: the rules let freight be charged where it no longer is
    free."""

    pieces: tuple[Piece, ...]
    promotions: tuple[Promotion, ...]
    currency: str
    charge_freight: bool = True

    @property
    def promised(self) -> Decimal:
        """What its promotions took off the goods."""
        return self._saved([(piece, piece.quantity) for piece in self.pieces])

    @property
    def discounts(self) -> Decimal:
        """All that was taken off the goods."""
        return sum((piece.discount for piece in self.pieces), ZERO)

    @property
    def without_gifts(self) -> "Basket":
        """The same purchase as if every gift could be kept."""
        return replace(self, promotions=tuple(p for p in self.promotions if p.kind != PromotionKind.GIFT))

    def back(self, gone: Mapping[str, int], coming: Mapping[str, int]) -> Decimal:
        """Return what goes back for the goods of `coming`, after those of `gone`, by line and pieces.

        Whatever goes back in whatever order, the sums are the same: each is the difference of two totals.
        """
        both = {piece.line: gone.get(piece.line, 0) + coming.get(piece.line, 0) for piece in self.pieces}
        return max(ZERO, self.total_back(both) - self.total_back(gone))

    def total_back(self, returned: Mapping[str, int]) -> Decimal:
        """Return all that goes back once these pieces do: what was paid less what the kept ones cost by themselves.

        Sending more back never brings less: where it would, it brings what sending back a part of it does.
        """
        counts = [min(returned.get(piece.line, 0), piece.quantity) for piece in self.pieces]
        return floor(max(self._refund(way) for way in _ways(counts)), self.currency)

    def lost(self, gone: Mapping[str, int], coming: Mapping[str, int]) -> list[Promotion]:
        """Name the promotions that apply without `gone` and no more without `coming` too, or less than before."""
        before = [(p, max(0, p.quantity - gone.get(p.line, 0))) for p in self.pieces]
        after = [(p, max(0, count - coming.get(p.line, 0))) for p, count in before]
        counted = [p for p in self.promotions if self.charge_freight or p.kind != PromotionKind.FREE_SHIPPING]
        return [promotion for promotion in counted if promotion.lost(before, after)]

    def _refund(self, returned: Sequence[int]) -> Decimal:
        kept = [(piece, piece.quantity - count) for piece, count in zip(self.pieces, returned, strict=True)]
        return max(ZERO, self._cost([(piece, piece.quantity) for piece in self.pieces]) - self._cost(kept))

    def _cost(self, kept: Sequence[tuple[Piece, int]]) -> Decimal:
        """Return what these pieces cost by themselves, less the freight they save; promotions never pay out.

        Gifts among them that nothing kept earns any more cost what they are worth.
        """
        worth = sum((self._own_price(piece) * count for piece, count in kept), ZERO)
        gifts = sum((promotion.costs(kept) for promotion in self.promotions), ZERO)
        freight = self._saved(kept, freight=True) if self.charge_freight else ZERO
        return max(ZERO, worth - self._saved(kept)) + gifts - freight

    def _own_price(self, piece: Piece) -> Decimal:
        """Return the price of one piece without promotions, but with what was taken off for other reasons."""
        if not self.discounts:
            return piece.unit_price
        other = max(ZERO, self.discounts - self.promised) / self.discounts
        return piece.unit_price - piece.discount * other / piece.quantity

    def _saved(self, kept: Sequence[tuple[Piece, int]], *, freight: bool = False) -> Decimal:
        """Return what the promotions take off the goods, or off the freight."""
        counted = [p for p in self.promotions if (p.kind == PromotionKind.FREE_SHIPPING) is freight]
        return sum((promotion.saves(kept) for promotion in counted), ZERO)


def _ways(counts: Sequence[int]) -> Iterator[tuple[int, ...]]:
    if prod(count + 1 for count in counts) <= _MOST_WAYS:
        return product(*(range(count + 1) for count in counts))
    if 2 ** sum(1 for count in counts if count) <= _MOST_WAYS:
        return product(*({0, count} for count in counts))
    return iter([tuple(counts)])
