"""How far the money of a case can go."""

from dataclasses import dataclass
from decimal import Decimal

from portal.money import ZERO


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most of a case, in its currency: what can be refunded of what was paid, and what the rules give beyond it."""

    most: Decimal
    beyond: Decimal = ZERO
