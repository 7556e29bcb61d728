"""The verbs of experiments: start, change the shares, stop an arm, stop, take the winner over."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from merchants.experiments.models import Allocation, Arm, Experiment, ExperimentState
from merchants.plans.changes import note_change
from merchants.plans.content import PlanContent, content_of
from merchants.plans.guard import check_ready
from merchants.plans.models import ChangeKind, Plan, PlanState, PlanVersion

if TYPE_CHECKING:
    from portal.accounts.models import User

MOST_ARMS = 4
# What arms may differ in; the scene they share, or they would answer different cases.
_OFFERED = {"script_en", "script_zh", "expires_hours", "step_hours", "options"}
_SCENE = tuple(f.name for f in fields(PlanContent) if f.name not in _OFFERED)


class ExperimentRefused(Exception):
    """What was asked cannot be tried; the text says what to change, `field` where."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


class ExperimentMoved(Exception):
    """Somebody else ended the experiment meanwhile."""


@dataclass(frozen=True, slots=True)
class Guards:
    """How much worse than the holdout an arm may surely be before it stops; None: not watched.

    Points of cases, for `cost` points of what was paid.
    """

    escalated: int | None = 5
    again: int | None = 5
    reviews: int | None = 5
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Design:
    """What is tried: each version with its share in percent, the rest of the buyers is the holdout."""

    name: str
    shares: tuple[tuple[PlanVersion, int], ...]
    holdout: int
    automatic: bool = False
    least_share: int = 10
    guards: Guards = Guards()


@transaction.atomic
def start(*, plan: Plan, design: Design, actor: "User", now: datetime) -> Experiment:
    """Try versions of a live plan side by side; a draft among them is published for it, the live one stays.

    Raises PermissionDenied unless owner or manager, ExperimentRefused.
    """
    _publisher(plan, actor)
    locked = Plan.objects.select_for_update().get(pk=plan.pk)
    if locked.state != PlanState.LIVE or locked.live is None:
        raise ExperimentRefused("", _("Publish the plan first: an experiment compares others with what is live."))
    if Experiment.objects.filter(plan=locked, state=ExperimentState.RUNNING).exists():
        raise ExperimentRefused("", _("An experiment runs on this plan already. Stop it first."))
    _check(locked, design)
    for version, _share in design.shares:
        _freeze(locked, version, now)
    experiment = Experiment.objects.create(
        plan=locked,
        name=design.name.strip(),
        seed=secrets.token_hex(8),
        automatic=design.automatic,
        least_share=design.least_share,
        guard_escalated=design.guards.escalated,
        guard_again=design.guards.again,
        guard_reviews=design.guards.reviews,
        guard_cost=design.guards.cost,
        started_at=now,
        started_by=actor,
    )
    arms = [Arm(experiment=experiment, version=v, share=share) for v, share in design.shares]
    if design.holdout:
        arms.append(Arm(experiment=experiment, share=design.holdout))
    for position, arm in enumerate(arms, 1):
        arm.position = position
    Arm.objects.bulk_create(arms)
    _record(experiment, arms, why="start", now=now)
    return experiment


@transaction.atomic
def reallocate(*, experiment: Experiment, shares: Mapping[int, int], why: str, now: datetime) -> None:
    """Share new buyers out anew, by arm id in percent; who has an arm keeps it.

    Raises ExperimentMoved, ValueError where the shares do not sum to 100.
    """
    locked = _running(experiment)
    arms = list(locked.arms.select_for_update().order_by("position"))
    for arm in arms:
        arm.share = shares.get(arm.pk, 0)
    if sum(arm.share for arm in arms) != 100:
        raise ValueError("shares must sum to 100")
    Arm.objects.bulk_update(arms, ["share"])
    _record(locked, arms, why=why, now=now)


@transaction.atomic
def stop_arm(*, arm: Arm, why: str, now: datetime) -> bool:
    """Let an arm answer nobody any more and share its buyers out among the others; return whether it still ran.

    With no version left to compare, the experiment ends.
    """
    experiment = _running(arm.experiment)
    arms = list(experiment.arms.select_for_update().order_by("position"))
    stopped = next(one for one in arms if one.pk == arm.pk)
    if stopped.stopped_at is not None or stopped.is_holdout:
        return False
    freed, stopped.share, stopped.stopped_at, stopped.stopped_why = stopped.share, 0, now, why
    left = [one for one in arms if one.stopped_at is None and not one.is_holdout]
    if left:
        left[0].share += freed
    elif holdout := next((one for one in arms if one.is_holdout), None):
        holdout.share += freed
    Arm.objects.bulk_update(arms, ["share", "stopped_at", "stopped_why"])
    if left:
        _record(experiment, arms, why="guard", now=now)
    else:
        _end(experiment, ExperimentState.STOPPED, None, now)
    return True


@transaction.atomic
def stop(*, experiment: Experiment, actor: "User", now: datetime) -> Experiment:
    """End an experiment: the live version answers everybody from now on. Raises PermissionDenied, ExperimentMoved."""
    _publisher(experiment.plan, actor)
    return _end(_running(experiment), ExperimentState.STOPPED, actor, now)


@transaction.atomic
def promote(*, arm: Arm, actor: "User", now: datetime) -> Plan:
    """End the experiment and let an arm's version answer everybody; the holdout's way is to pause the plan.

    Raises PermissionDenied, ExperimentMoved.
    """
    experiment = arm.experiment
    _publisher(experiment.plan, actor)
    running = _running(experiment)
    plan = Plan.objects.select_for_update().get(pk=running.plan_id)
    if arm.version is None:
        plan.state = PlanState.PAUSED
    else:
        plan.live, plan.state = arm.version, PlanState.LIVE
    plan.save(update_fields=["live", "state"])
    kind = ChangeKind.PUBLISHED if arm.version else ChangeKind.PAUSED
    note_change(plan, kind, actor=actor, now=now)
    _end(running, ExperimentState.PROMOTED, actor, now)
    return plan


def _publisher(plan: Plan, actor: "User") -> None:
    member = actor.memberships.filter(merchant=plan.merchant_id).first()
    if member is None or not member.may_publish:
        raise PermissionDenied(_("Only the shop's owner and managers run experiments."))


def _check(plan: Plan, design: Design) -> None:
    versions = [version for version, _share in design.shares]
    if not design.name.strip():
        raise ExperimentRefused("name", _("Give the experiment a name."))
    if not versions or len(versions) > MOST_ARMS or len({v.pk for v in versions}) < len(versions):
        raise ExperimentRefused("versions", _("Choose one to %(most)s different versions.") % {"most": MOST_ARMS})
    if len(versions) + bool(design.holdout) < 2:
        raise ExperimentRefused("versions", _("Compare at least two: another version, or a holdout."))
    shares = [share for _version, share in design.shares]
    if sum(shares) + design.holdout != 100 or min(shares) < 1 or design.holdout < 0:
        raise ExperimentRefused("holdout", _("The shares must sum to 100 %, each at least 1 %."))
    if not 1 <= design.least_share <= 100 // (len(versions) + 1):
        raise ExperimentRefused("least_share", _("Too large: every arm needs its least share."))
    assert plan.live is not None  # noqa: S101 - checked by the caller
    scene = _scene(plan.live)
    for version in versions:
        if version.plan_id != plan.pk:
            raise ExperimentRefused("versions", _("Choose versions of this plan."))
        if _scene(version) != scene:
            words = _("Version %(number)s answers other cases than the live one. Arms may differ in what they offer.")
            raise ExperimentRefused("versions", words % {"number": version.number})
        if problems := check_ready(content_of(version), merchant_id=plan.merchant_id):
            raise ExperimentRefused("versions", f"{version.number}: {problems[0].message}")


def _scene(version: PlanVersion) -> tuple[object, ...]:
    content = content_of(version)
    return tuple(getattr(content, name) for name in _SCENE)


def _freeze(plan: Plan, version: PlanVersion, now: datetime) -> None:
    """A draft that buyers are shown is final from now on."""
    if version.published_at is not None:
        return
    version.published_at = now
    version.save(update_fields=["published_at"])
    if plan.draft_id == version.pk:
        plan.draft = None
        plan.save(update_fields=["draft"])


def _running(experiment: Experiment) -> Experiment:
    locked = Experiment.objects.select_for_update().get(pk=experiment.pk)
    if locked.state != ExperimentState.RUNNING:
        raise ExperimentMoved(_("This experiment has ended."))
    return locked


def _end(experiment: Experiment, state: ExperimentState, actor: "User | None", now: datetime) -> Experiment:
    experiment.state, experiment.ended_at, experiment.ended_by = state, now, actor
    experiment.save(update_fields=["state", "ended_at", "ended_by"])
    return experiment


def _record(experiment: Experiment, arms: Sequence[Arm], *, why: str, now: datetime) -> None:
    shares = [[arm.pk, arm.share] for arm in arms]
    Allocation.objects.create(experiment=experiment, at=now, shares=shares, why=why)
