"""Intervals that may be looked at every day, for means over cases that come in clusters of buyers.

The unit that was shared out is the buyer, so cases of one buyer are not counted as independent: a mean over cases is a
ratio of sums over buyers, its variance by the usual linearisation. Differences get a *confidence sequence* (mixture
sequential probability ratio test; Johari, Pekelis, Walsh, Always Valid Inference, 2015): with probability 1 - ALPHA it
covers the true difference at all times at once, so stopping the day it excludes zero is no cheating.
"""

from dataclasses import dataclass
from math import inf, log, sqrt
from random import Random

ALPHA = 0.05
# Effects that are worth telling apart, as a share of the scale: the sequence is tightest around this size.
EFFECT = 0.05
FEWEST = 30  # buyers of each side below which nothing is said


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over the buyers of an arm: `n` cases and `y` of what is measured, each of one buyer."""

    buyers: int
    n: float
    y: float
    yy: float
    ny: float
    nn: float

    @property
    def mean(self) -> float | None:
        """What is measured, per case."""
        return self.y / self.n if self.n else None

    @property
    def variance(self) -> float:
        """Of the mean, clustered by buyer; infinite where there are too few to say."""
        if self.buyers < 2 or not self.n or self.mean is None:
            return inf
        mean = self.mean
        spread = self.yy - 2 * mean * self.ny + mean * mean * self.nn  # sum of (y - mean n)^2 over buyers
        return max(spread, 0) * self.buyers / (self.buyers - 1) / (self.n * self.n)


@dataclass(frozen=True, slots=True)
class Difference:
    """How much an arm differs from another, with an interval that holds at all times; None where it is too early."""

    value: float | None
    low: float | None
    high: float | None

    @property
    def is_clear(self) -> bool:
        """Whether the interval excludes zero."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def difference(arm: Sums, other: Sums, *, scale: float = 1.0) -> Difference:
    """Compare the means of two arms; `scale` is the size of what is measured (1 for shares of cases)."""
    if arm.mean is None or other.mean is None:
        return Difference(None, None, None)
    value = arm.mean - other.mean
    variance = arm.variance + other.variance
    if min(arm.buyers, other.buyers) < FEWEST or variance == inf:
        return Difference(value, None, None)
    half = half_width(variance, (EFFECT * scale) ** 2)
    return Difference(value, value - half, value + half)


def half_width(variance: float, mixture: float, alpha: float = ALPHA) -> float:
    """Return half the width of the confidence sequence; `mixture` is the variance of the effects looked for."""
    if not variance:
        return 0.0
    both = variance + mixture
    return sqrt(2 * variance * both / mixture * (log(1 / alpha) + 0.5 * log(both / variance)))


def chances_to_be_best(successes: list[tuple[int, int]], *, draws: int = 4000, seed: int = 1) -> list[float]:
    """Return each arm's chance of being the best, from (successes, trials): Thompson's draws from Beta posteriors."""
    dice, wins = Random(seed), [0] * len(successes)  # noqa: S311 - sampling, not secrets; seeded to be reproducible
    for _draw in range(draws):
        drawn = [dice.betavariate(1 + good, 1 + tries - good) for good, tries in successes]
        wins[drawn.index(max(drawn))] += 1
    return [count / draws for count in wins]
