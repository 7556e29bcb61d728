"""What a run of the market shows: the experiment's intervals beside the truth, its figures beside a recount."""

from dataclasses import dataclass
from datetime import datetime

from aftersales.results.arms import ArmResult, results
from merchants.experiments.models import Experiment
from portal.market.behaviour import Behaviour
from portal.market.recount import kept_by_arm
from portal.market.run import PERCENTS


@dataclass(frozen=True, slots=True)
class Shown:
    """One version's difference from the holdout in shares of sales kept, as measured and as it truly is."""

    percent: int
    result: ArmResult
    truth: float

    @property
    def covers(self) -> bool:
        """Whether the interval covers the truth."""
        found = self.result.against["kept"]
        return found.low is not None and found.high is not None and found.low <= self.truth <= found.high


@dataclass(frozen=True, slots=True)
class Report:
    """A run's outcome."""

    shown: tuple[Shown, ...]
    recounted: bool

    @property
    def covers(self) -> bool:
        """Whether all intervals cover their truths."""
        return all(one.covers for one in self.shown)


def report(experiment: Experiment, behaviour: Behaviour, *, now: datetime) -> Report:
    """Hold an experiment's results against what is known of the market."""
    found, again = results(experiment, now=now), kept_by_arm(experiment)
    same = all((one.kept, one.kept_amount) == again.get(one.arm.pk, (0, 0)) for one in found)
    versions = [one for one in found if not one.arm.is_holdout]
    shown = (Shown(p, one, behaviour.effect(p)) for p, one in zip(PERCENTS, versions, strict=True))
    return Report(tuple(shown), same)
