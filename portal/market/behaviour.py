"""How the people of the simulated market behave, in numbers that are known: so that results can be held against them.

A buyer who asks for a full refund and is shown a plan's part refund of p % takes it with chance

    base + slope * p + leaning        (leaning: the buyer's own, evenly spread within +-`spread`, so zero on average)

Who does not take it declines, and the case goes the ordinary way, as every case of the holdout does: the seller agrees
to the full refund with chance `agrees`, else offers 10 % by hand, which the buyer then takes. A sale is kept in all
cases but that of the full refund.

So an arm that offers p % keeps (chance to take) * `agrees` more sales than the holdout, for each request: the truth.
"""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The numbers of the market; chances from 0 to 1."""

    base: float = 0.15
    slope: float = 0.008  # per percent offered
    spread: float = 0.10
    agrees: float = 0.80

    def takes(self, percent: float, leaning: float = 0.0) -> float:
        """The chance that a buyer takes a part refund of so many percent."""
        return self.base + self.slope * percent + leaning

    def kept(self, percent: float | None) -> float:
        """The true share of sales kept where `percent` is offered; None: in the holdout."""
        ordinary = 1 - self.agrees
        if percent is None:
            return ordinary
        takes = self.takes(percent)
        return takes + (1 - takes) * ordinary

    def effect(self, percent: float) -> float:
        """The true difference from the holdout."""
        return self.kept(percent) - self.kept(None)

    def leaning(self, chance: random.Random) -> float:
        """A buyer's own leaning."""
        return chance.uniform(-self.spread, self.spread)
