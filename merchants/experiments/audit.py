"""What must always be true of experiments; `manage.py verify` runs it."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import timedelta
from operator import itemgetter

from merchants.experiments.assignment import arm_at
from merchants.experiments.models import Allocation, Assignment, Experiment

_AROUND = timedelta(minutes=1)


def findings() -> list[str]:
    """Recompute every assignment from seed and shares: one sentence per fault, none when all is well."""
    return [fault for experiment in Experiment.objects.order_by("pk").iterator() for fault in _faults(experiment)]


def _faults(experiment: Experiment) -> Iterator[str]:
    known = list(Allocation.objects.filter(experiment=experiment).order_by("at", "id").values_list("at", "shares"))
    assigned = Assignment.objects.filter(experiment=experiment).values_list("buyer_id", "arm_id", "at")
    for buyer, arm, at in assigned.order_by("id").iterator(chunk_size=2000):
        # Around a change, who files may still have read the old shares, or the new ones already.
        before = bisect_right(known, at - _AROUND, key=itemgetter(0)) - 1
        after = bisect_right(known, at + _AROUND, key=itemgetter(0))
        in_force = [shares for _at, shares in known[max(before, 0) : after]]
        if arm not in {arm_at(experiment.seed, buyer, shares) for shares in in_force}:
            yield f"experiment {experiment.pk}: buyer {buyer} is in arm {arm}, the shares of then say otherwise"
