"""What an experiment has shown so far: each arm beside the holdout, or beside the first arm where there is none."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection

from aftersales.results.facts import Scope
from aftersales.results.statistics import Difference, Sums, chances_to_be_best, difference
from merchants.experiments.models import Arm, Experiment

# Measured per case that has ended; money as a share of what was paid for its pieces, so that dear goods do not drown
# cheap ones. Repeat cases, escalations and bad reviews are what guards watch.
MEASURES: dict[str, str] = {
    "kept": "kept::int",
    "kept_amount": "CASE WHEN kept THEN (paid - cost) / paid ELSE 0 END",
    "cost": "cost / paid",
    "escalated": "escalated::int",
    "again": "again::int",
    "reviews": "bad_review::int",
}
_BY_BUYER = ", ".join(f"sum({sql})::float8 AS {name}" for name, sql in MEASURES.items())
_SUMS = ", ".join(f"sum({name}), sum({name} * {name}), sum(n * {name})" for name in MEASURES)
_MEASURED = """
WITH {facts},
buyers AS (
    SELECT arm_id, buyer_id, count(*)::float8 AS n, {by_buyer}
    FROM facts WHERE ended AND paid > 0 GROUP BY arm_id, buyer_id
)
SELECT arm_id, count(*), sum(n), sum(n * n), {sums} FROM buyers GROUP BY arm_id
"""
_MONEY = """
WITH {facts}
SELECT arm_id, count(*), count(*) FILTER (WHERE ended), count(*) FILTER (WHERE kept),
    coalesce(sum(paid - cost) FILTER (WHERE kept), 0), coalesce(sum(cost) FILTER (WHERE ended), 0)
FROM facts GROUP BY arm_id
"""


@dataclass(frozen=True, slots=True)
class ArmResult:
    """An arm's cases, money in the plan's currency, and its differences from the baseline by measure."""

    arm: Arm
    cases: int
    ended: int
    kept: int
    kept_amount: Decimal
    cost: Decimal
    sums: dict[str, Sums]
    against: dict[str, Difference]

    @property
    def waiting(self) -> int:
        """Cases that have not ended yet, and count nowhere else."""
        return self.cases - self.ended

    @property
    def more_kept(self) -> tuple[float, float, float] | None:
        """Sales kept because of this arm, as (estimate, low, high): the difference in shares times its cases."""
        found = self.against.get("kept")
        if found is None or found.value is None or found.low is None or found.high is None:
            return None
        return found.value * self.ended, found.low * self.ended, found.high * self.ended


def results(experiment: Experiment, *, now: datetime) -> list[ArmResult]:
    """Measure the arms in their order; the baseline (the holdout, else the first arm) has no differences."""
    arms = list(experiment.arms.select_related("version").order_by("position"))
    scope = Scope(now=now, experiment_id=experiment.pk)
    sums, money = _sums(scope), _money(scope)
    baseline = baseline_of(arms)
    nothing = (0, 0, 0, Decimal(0), Decimal(0))
    return [ArmResult(arm, *money.get(arm.pk, nothing), sums[arm.pk], _against(arm, baseline, sums)) for arm in arms]


def baseline_of(arms: list[Arm]) -> Arm:
    """Return what the others are compared with."""
    return next((arm for arm in arms if arm.is_holdout), arms[0])


def best_shares(found: list[ArmResult], *, least: int, seed: int) -> dict[int, int]:
    """Share the buyers out anew by each version's chance of keeping most sales; the holdout keeps its share.

    No running arm gets less than `least` percent; what rounding leaves goes to the likeliest best.
    """
    running = [one for one in found if not one.arm.is_holdout and one.arm.stopped_at is None]
    shares = {one.arm.pk: one.arm.share for one in found}
    room = sum(shares[one.arm.pk] for one in running)
    chances = chances_to_be_best([(one.kept, one.ended) for one in running], seed=seed)
    free = room - least * len(running)
    for one, chance in zip(running, chances, strict=True):
        shares[one.arm.pk] = least + int(free * chance)
    likeliest = max(zip(chances, running, strict=True), key=lambda pair: pair[0])[1]
    shares[likeliest.arm.pk] += 100 - sum(shares.values())
    return shares


def _against(arm: Arm, baseline: Arm, sums: dict[int, dict[str, Sums]]) -> dict[str, Difference]:
    if arm == baseline:
        return {}
    return {name: difference(sums[arm.pk][name], sums[baseline.pk][name]) for name in MEASURES}


def _sums(scope: Scope) -> dict[int, dict[str, Sums]]:
    none = dict.fromkeys(MEASURES, Sums(0, 0, 0, 0, 0, 0))
    found: dict[int, dict[str, Sums]] = defaultdict(lambda: none)
    with connection.cursor() as cursor:
        cursor.execute(_MEASURED.format(facts=scope.sql, by_buyer=_BY_BUYER, sums=_SUMS), scope.values)
        for arm, buyers, n, nn, *rest in cursor.fetchall():
            triples = zip(rest[::3], rest[1::3], rest[2::3], strict=True)
            found[arm] = {
                name: Sums(buyers, n, y, yy, ny, nn) for name, (y, yy, ny) in zip(MEASURES, triples, strict=True)
            }
    return found


def _money(scope: Scope) -> dict[int, tuple[int, int, int, Decimal, Decimal]]:
    with connection.cursor() as cursor:
        cursor.execute(_MONEY.format(facts=scope.sql), scope.values)
        return {arm: tuple(rest) for arm, *rest in cursor.fetchall()}
