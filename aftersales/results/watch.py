"""What experiments do by themselves: stop an arm that surely harms, and share buyers out by what works."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from aftersales.results.arms import ArmResult, best_shares, results
from merchants.experiments.models import Allocation, Arm, Experiment, ExperimentState
from merchants.experiments.services import ExperimentMoved, reallocate, stop_arm
from merchants.models import MemberRole, MerchantMember
from portal.notices.services import NoticeDraft, notify_many

# guard -> what it measures; a limit is in points, so that 5 means 0.05.
GUARDS = {
    "guard_escalated": "escalated",
    "guard_again": "again",
    "guard_reviews": "reviews",
    "guard_cost": "cost",
}


def watch(*, now: datetime) -> int:
    """Look at every running experiment; return how many arms were stopped. Safe to run twice and side by side."""
    stopped = 0
    for experiment in Experiment.objects.filter(state=ExperimentState.RUNNING).select_related("plan").order_by("pk"):
        try:
            stopped += _watch(experiment, now)
        except ExperimentMoved:  # ended by a person meanwhile
            continue
    return stopped


def _watch(experiment: Experiment, now: datetime) -> int:
    found = results(experiment, now=now)
    stopped = 0
    for one in found:
        for why in _broken(experiment, one):
            if one.arm.stopped_at is None and stop_arm(arm=one.arm, why=why, now=now):
                _tell(experiment, one.arm, now)
                stopped += 1
    if not stopped and experiment.automatic and not _shared_out_today(experiment, now):
        # The allocations so far seed the dice: every day others, and the same for whoever recomputes them.
        seed = experiment.allocations.count()
        shares = best_shares(found, least=experiment.least_share, seed=seed)
        reallocate(experiment=experiment, shares=shares, why="automatic", now=now)
    return stopped


def _broken(experiment: Experiment, one: ArmResult) -> Iterator[str]:
    """Name the first guard that an arm breaks for sure: the whole interval lies beyond the limit."""
    for guard, measure in GUARDS.items():
        limit, found = getattr(experiment, guard), one.against.get(measure)
        if limit is not None and found is not None and found.low is not None and found.low > float(limit) / 100:
            yield measure
            return


def _shared_out_today(experiment: Experiment, now: datetime) -> bool:
    last = Allocation.objects.filter(experiment=experiment).order_by("-at", "-id").values_list("at", flat=True).first()
    return last is not None and timezone.localdate(last) >= timezone.localdate(now)


def _tell(experiment: Experiment, arm: Arm, now: datetime) -> None:
    heads = MerchantMember.objects.filter(
        merchant=experiment.plan.merchant_id, role__in=[MemberRole.OWNER, MemberRole.MANAGER]
    ).values_list("user_id", flat=True)
    link = reverse("dashboard:experiment", args=[experiment.pk])
    data = {"name": experiment.name, "arm": arm.position}
    notify_many([NoticeDraft(user, "arm_stopped", link, f"arm:{arm.pk}", data) for user in heads], now=now)
