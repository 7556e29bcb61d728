"""What a replay adds up to: counts, money with intervals, options, and the biggest differences. Constant memory.

Where a buyer would have been shown the same, the case would have gone as it went. Where not, each option is taken with
the likelihood that `estimates` counts, and otherwise the case goes the ordinary way. Errors of estimates are added up
as if they all pointed the same way, so that an interval is rather too wide; chance is added to them by its variance.
"""

import heapq
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from aftersales.policies.codes import FULL
from aftersales.rehearsal.cases import PastCase
from aftersales.rehearsal.estimates import History, Share, Way, Z, bucket
from aftersales.rehearsal.replay import Answer, Shown
from portal.money import ZERO

BIGGEST = 10
ONE = Decimal(1)


@dataclass(slots=True)
class Expected:
    """A sum of estimates: what is expected, and how far off it may be through estimates and through chance."""

    value: Decimal = ZERO
    off: Decimal = ZERO  # half of an interval of 95 %
    variance: Decimal = ZERO

    def add(self, value: Decimal, off: Decimal = ZERO, variance: Decimal = ZERO) -> None:
        """Add one case."""
        self.value += value
        self.off += off
        self.variance += variance

    @property
    def interval(self) -> tuple[Decimal, Decimal]:
        """The interval of 95 %, from zero on."""
        half = (self.off**2 + Z**2 * self.variance).sqrt()
        return max(ZERO, self.value - half), self.value + half


@dataclass(slots=True)
class OptionSum:
    """What became of one option of the version that is tried."""

    kind: str
    cases: int = 0
    least: Decimal | None = None
    most: Decimal = ZERO
    worth: Decimal = ZERO
    known: int = 0  # cases for which there is enough history
    taken: Decimal = ZERO
    taken_low: Decimal = ZERO
    taken_high: Decimal = ZERO
    steps: Counter[str] = field(default_factory=Counter)
    fewest: int = 0  # the smallest number of past offers behind an estimate

    def add(self, shown: Shown, taken: Share | None) -> None:
        """Count one buyer who would have been shown it."""
        self.cases += 1
        self.least = shown.worth if self.least is None else min(self.least, shown.worth)
        self.most = max(self.most, shown.worth)
        self.worth += shown.worth
        if taken is None:
            return
        self.known += 1
        self.taken += taken.value
        self.taken_low += taken.low
        self.taken_high += taken.high
        self.steps[taken.step] += 1
        self.fewest = min(self.fewest or taken.of, taken.of)

    def dump(self) -> dict[str, Any]:
        """Write down."""
        known = self.known or 1
        return {
            "kind": self.kind,
            "cases": self.cases,
            "least": str(self.least or ZERO),
            "most": str(self.most),
            "mean": str(self.worth / (self.cases or 1)),
            "known": self.known,
            "taken": [str(n / known) for n in (self.taken, self.taken_low, self.taken_high)] if self.known else None,
            "steps": dict(self.steps),
            "fewest": self.fewest,
        }


@dataclass(slots=True)
class Tally:
    """Sums over replayed cases under a version of plan `plan_id`; money in the version's currency."""

    plan_id: int
    history: History
    counts: Counter[str] = field(default_factory=Counter)
    plans_now: Counter[int] = field(default_factory=Counter)  # 0: no plan
    plans_then: Counter[int] = field(default_factory=Counter)
    options: dict[int, OptionSum] = field(default_factory=dict)
    exposure: Decimal = ZERO  # if each buyer whom the plan answers took what costs most
    kinds: Counter[tuple[str, str]] = field(default_factory=Counter)  # type and reason
    cost_now: Decimal = ZERO
    cost_then: Expected = field(default_factory=Expected)
    kept_now: int = 0
    kept_then: Expected = field(default_factory=Expected)
    steps: Counter[str] = field(default_factory=Counter)
    differing: list[str] = field(default_factory=list)
    _biggest: list[tuple[Decimal, str, dict[str, Any]]] = field(default_factory=list)

    def check(self, case: PastCase, same: bool) -> None:
        """Count whether the plans of the time, replayed, say exactly what was offered."""
        self.counts["checked"] += 1
        self.counts["agreed"] += same
        if not same and len(self.differing) < BIGGEST:
            self.differing.append(case.number)

    def add(self, case: PastCase, then: Answer) -> None:
        """Count one case and what it would have been answered."""
        self.counts["cases"] += 1
        self.counts["ended"] += case.ended
        self.kinds[case.scene.type, case.scene.reason] += 1
        self.plans_now[case.plan_id or 0] += 1
        self.plans_then[then.entry.plan_id if then.entry else 0] += 1
        chances = [self._taken(case, shown) for shown in then.options]
        if then.entry is not None and then.entry.plan_id == self.plan_id:
            self.exposure += max((shown.worth for shown in then.options), default=ZERO)
            for shown, taken in zip(then.options, chances, strict=True):
                self.options.setdefault(shown.position, OptionSum(shown.kind)).add(shown, taken)
        if case.instant or then.offered == case.offered:
            self.counts["same"] += 1
            self._as_it_went(case)
        elif case.ended:
            self.counts["changed"] += 1
            self._changed(case, then, chances)
        else:
            self.counts["changed"] += 1

    def dump(self) -> dict[str, Any]:
        """Write down what came out, amounts as text."""
        return {
            "counts": dict(self.counts),
            "plans": {
                str(plan): [self.plans_now[plan], self.plans_then[plan]]
                for plan in sorted({*self.plans_now, *self.plans_then})
            },
            "options": {str(position): self.options[position].dump() for position in sorted(self.options)},
            "exposure": str(self.exposure),
            "kinds": [[*key, count] for key, count in self.kinds.most_common()],
            "cost": [str(n) for n in (self.cost_now, self.cost_then.value, *self.cost_then.interval)],
            "kept": [str(n) for n in (self.kept_now, self.kept_then.value, *self.kept_then.interval)],
            "steps": dict(self.steps),
            "differing": self.differing,
            "biggest": [row for _size, _number, row in sorted(self._biggest, reverse=True)],
        }

    def _taken(self, case: PastCase, shown: Shown) -> Share | None:
        scene = case.scene
        return self.history.taken(shown.kind, scene.type, scene.reason, bucket(shown.worth, scene.value))

    def _as_it_went(self, case: PastCase) -> None:
        if not case.ended:
            return
        self.counts["compared"] += 1
        self.cost_now += case.cost
        self.cost_then.add(case.cost)
        self.kept_now += case.kept
        self.kept_then.add(Decimal(case.kept))

    def _changed(self, case: PastCase, then: Answer, chances: list[Share | None]) -> None:
        way = self.history.ordinary(case.scene.type, case.scene.reason)
        known = [taken for taken in chances if taken is not None]
        if way is None or len(known) < len(chances):
            self.counts["unknown"] += 1
            return
        self.counts["compared"] += 1
        self.counts["estimated"] += 1
        self.steps.update(taken.step for taken in known)
        expected = self._expect(case, then.options, known, way)
        self.cost_now += case.cost
        self.kept_now += case.kept
        self._note(case, then, expected)

    def _expect(self, case: PastCase, options: tuple[Shown, ...], chances: list[Share], way: Way) -> Decimal:
        """Add what is expected of one case; return its expected cost."""
        paid = case.scene.value
        # Each was counted beside others, but more than one buyer cannot take: shrink what sums to more.
        shrink = min(ONE, ONE / (sum((c.value for c in chances), ZERO) or ONE))
        ordinary = way.cost.value * paid
        cost, cost_off, cost_var = ordinary, (way.cost.high - way.cost.value) * paid, ZERO
        kept, kept_off = way.kept.value, (way.kept.high - way.kept.low) / 2
        rest = ONE
        for shown, chance in zip(options, chances, strict=True):
            likely, half = chance.value * shrink, (chance.high - chance.low) / 2
            more = shown.worth - ordinary
            keeps = (ZERO if shown.kind in FULL else ONE) - way.kept.value
            cost, cost_off = cost + likely * more, cost_off + half * abs(more)
            cost_var += likely * more * more
            kept, kept_off = kept + likely * keeps, kept_off + half * abs(keeps)
            rest -= likely
        cost_var += max(ZERO, rest) * paid * paid * way.spread - (cost - ordinary) ** 2
        self.cost_then.add(cost, cost_off, max(ZERO, cost_var))
        self.kept_then.add(kept, kept_off, max(ZERO, kept * (ONE - kept)))
        return cost

    def _note(self, case: PastCase, then: Answer, expected: Decimal) -> None:
        size = abs(expected - case.cost)
        if len(self._biggest) == BIGGEST and size <= self._biggest[0][0]:
            return
        row = {
            "case": case.number,
            "paid": str(case.scene.value),
            "plan_now": case.plan_id,
            "plan_then": then.entry.plan_id if then.entry else None,
            "offered_now": [[kind, str(cash)] for kind, cash, _coupon in case.offered],
            "offered_then": [[shown.kind, str(shown.worth)] for shown in then.options],
            "cost_now": str(case.cost),
            "cost_then": str(expected),
        }
        if len(self._biggest) < BIGGEST:
            heapq.heappush(self._biggest, (size, case.number, row))
        else:
            heapq.heapreplace(self._biggest, (size, case.number, row))
