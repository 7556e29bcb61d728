"""An experiment: buyers shared out, each sticking to an arm, anybody able to recompute it; stopped and promoted."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from aftersales.disputes.models import Dispute
from aftersales.disputes.services.filing import open_dispute
from merchants.experiments import audit
from merchants.experiments.assignment import assign, place
from merchants.experiments.models import Arm, Assignment, Experiment
from merchants.experiments.services import (
    Design,
    ExperimentMoved,
    ExperimentRefused,
    promote,
    reallocate,
    start,
    stop,
    stop_arm,
)
from merchants.plans.content import content_of
from merchants.plans.models import Plan, PlanState
from merchants.plans.services import save_draft, start_draft
from tests.disputes.test_races import at_once
from tests.experiments.makers import HALF, tried
from tests.makers import make_order, make_user
from tests.plans.makers import make_plan

pytestmark = pytest.mark.django_db


def file_as(buyer, cast, now):
    order = make_order(("100.00",), None, shop=cast.shop, customer=buyer, currency="CNY")
    order.lines.update(shipped_at=now - timedelta(days=2), delivered_at=now - timedelta(days=1))
    return open_dispute(
        order=type(order).objects.prefetch_related("lines", "payments").get(pk=order.pk),
        actor=buyer,
        now=now,
        lines=[("1", 1)],
        type="quality_visible",
        reason="poor_material",
        wants="partial_refund_keep",
        amount=Decimal(60),
    )


def buyer_in(arm, cast, now):
    """Somebody whom the seed puts into an arm."""
    for _try in range(200):
        buyer = make_user("buyer")
        with transaction.atomic():
            mine = assign(plan_id=arm.experiment.plan_id, buyer_id=buyer.pk, now=now).arm_id == arm.pk
        if mine:
            return buyer
    raise AssertionError("nobody")


def test_each_arm_answers_as_its_version_says(cast, now):
    experiment = tried(cast, now)
    live, half, holdout = experiment.arms.order_by("position")
    offered = {arm.pk: file_as(buyer_in(arm, cast, now), cast, now) for arm in (live, half, holdout)}
    cash = {pk: [o.cash for o in case.offers.filter(by_role="merchant")] for pk, case in offered.items()}
    assert cash == {live.pk: [30, 100], half.pk: [50, 100], holdout.pk: []}
    assert {pk: case.arm_id for pk, case in offered.items()} == {pk: pk for pk in cash}
    ordinary = offered[holdout.pk]
    assert (ordinary.status, ordinary.plan_version) == ("awaiting_merchant", None)
    assert ordinary.plan_trace[0]["arm"] == holdout.pk


def test_a_buyer_sticks_to_an_arm_also_when_the_shares_change(cast, now):
    experiment = tried(cast, now)
    _live, half, _holdout = arms = list(experiment.arms.order_by("position"))
    buyer = buyer_in(half, cast, now)
    reallocate(experiment=experiment, shares={arms[0].pk: 90, arms[2].pk: 10}, why="automatic", now=now)
    later = now + timedelta(hours=1)
    assert {file_as(buyer, cast, later).arm_id for _n in range(3)} == {half.pk}
    assert Assignment.objects.filter(experiment=experiment, buyer=buyer).count() == 1
    assert audit.findings() == []


def test_shares_are_what_they_say_and_can_be_recomputed(cast, now):
    experiment = tried(cast, now)
    arms = list(experiment.arms.order_by("position"))
    got = Counter()
    for number in range(600):
        with transaction.atomic():
            got[assign(plan_id=experiment.plan_id, buyer_id=make_user(f"b{number}").pk, now=now).arm_id] += 1
    assert [round(got[arm.pk] / 600, 1) for arm in arms] == [0.4, 0.4, 0.2]
    assert audit.findings() == []
    wrong = Assignment.objects.filter(arm=arms[0]).first()
    Assignment.objects.filter(pk=wrong.pk).update(arm=arms[2])
    assert len(audit.findings()) == 1
    assert 0 <= place(experiment.seed, 1) < 10_000


def test_a_stopped_arm_gets_nobody_new_and_its_buyers_the_live_version(cast, now):
    experiment = tried(cast, now)
    live, half, _holdout = experiment.arms.order_by("position")
    buyer = buyer_in(half, cast, now)
    assert stop_arm(arm=half, why="escalated", now=now)
    assert not stop_arm(arm=half, why="escalated", now=now)
    case = file_as(buyer, cast, now + timedelta(hours=1))
    assert (case.arm_id, case.plan_version) == (None, live.version)
    assert [arm.share for arm in experiment.arms.order_by("position")] == [80, 0, 20]
    assert stop_arm(arm=live, why="cost", now=now)
    experiment.refresh_from_db()
    assert experiment.state == "stopped"


def test_promoting_makes_the_version_answer_everybody(cast, now):
    experiment = tried(cast, now)
    _live, half, _holdout = experiment.arms.order_by("position")
    plan = promote(arm=half, actor=cast.owner, now=now)
    assert plan.live == half.version
    case = file_as(make_user("buyer"), cast, now)
    assert (case.arm_id, case.plan_version) == (None, half.version)
    with pytest.raises(ExperimentMoved):
        stop(experiment=experiment, actor=cast.owner, now=now)


def test_promoting_the_holdout_pauses_the_plan(cast, now):
    holdout = tried(cast, now).arms.get(version=None)
    assert promote(arm=holdout, actor=cast.owner, now=now).state == PlanState.PAUSED
    assert file_as(make_user("buyer"), cast, now).plan_version is None


def test_stopping_leaves_the_live_version(cast, now):
    experiment = tried(cast, now)
    stop(experiment=experiment, actor=cast.owner, now=now)
    case = file_as(make_user("buyer"), cast, now)
    assert (case.arm_id, case.plan_version_id) == (None, experiment.plan.live_id)
    tried_again = Design("Again", ((experiment.plan.live, 50),), 50)
    assert start(plan=experiment.plan, design=tried_again, actor=cast.owner, now=now).state == "running"


def test_the_draft_that_is_tried_is_final(cast, now):
    experiment = tried(cast, now)
    plan = Plan.objects.get(pk=experiment.plan_id)
    assert plan.draft is None
    version = experiment.arms.get(position=2).version
    with pytest.raises(Exception, match="published"), transaction.atomic():
        type(version).objects.filter(pk=version.pk).update(script_en="Something else")


def refusal(field, cast, now, plan, **design):
    asked = Design(**{"name": "E", "shares": ((plan.live, 50),), "holdout": 50, **design})
    with pytest.raises(ExperimentRefused) as refused:
        start(plan=plan, design=asked, actor=cast.owner, now=now)
    assert refused.value.field == field
    assert not Experiment.objects.exists()


def test_what_cannot_be_tried_is_refused(cast, now):
    plan = make_plan(cast.shop, actor=cast.owner)
    foreign = make_plan(cast.rival_shop, actor=cast.rival).live
    refusal("name", cast, now, plan, name=" ")
    refusal("versions", cast, now, plan, shares=())
    refusal("versions", cast, now, plan, shares=((plan.live, 100),), holdout=0)
    refusal("versions", cast, now, plan, shares=((plan.live, 25), (plan.live, 25)))
    refusal("versions", cast, now, plan, shares=((plan.live, 25), (foreign, 25)))
    refusal("holdout", cast, now, plan, shares=((plan.live, 60),))
    refusal("holdout", cast, now, plan, shares=((plan.live, 100),), holdout=0.5)
    refusal("least_share", cast, now, plan, least_share=60)


def test_arms_must_answer_the_same_cases(cast, now):
    plan = make_plan(cast.shop, actor=cast.owner)
    draft = start_draft(plan=plan, actor=cast.owner, now=now)
    content = replace(content_of(draft), reasons=("poor_material",), options=(HALF,))
    draft = save_draft(plan=plan, content=content, actor=cast.owner, now=now)
    plan.refresh_from_db()
    refusal("versions", cast, now, plan, shares=((plan.live, 50), (draft, 50)), holdout=0)


def test_only_owner_and_managers_run_them(cast, now):
    experiment = tried(cast, now)
    arm = experiment.arms.get(position=1)
    for user in (cast.agent, cast.finance, cast.rival, cast.buyer, cast.platform):
        with pytest.raises(PermissionDenied):
            stop(experiment=experiment, actor=user, now=now)
        with pytest.raises(PermissionDenied):
            promote(arm=arm, actor=user, now=now)
    assert Experiment.objects.visible_to(cast.rival).count() == 0
    assert Experiment.objects.visible_to(cast.agent).count() == 1


def test_one_runs_at_a_time(cast, now):
    experiment = tried(cast, now)
    plan = Plan.objects.get(pk=experiment.plan_id)
    with pytest.raises(ExperimentRefused):
        start(plan=plan, design=Design("Two", ((plan.live, 50),), 50), actor=cast.owner, now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Experiment.objects.create(plan=plan, name="Two", seed="x", started_at=now, started_by=cast.owner)


@pytest.mark.django_db(transaction=True)
def test_many_cases_of_one_buyer_at_once_are_in_one_arm(cast, now):
    experiment = tried(cast, now)
    buyer = make_user("buyer")
    cases = at_once(*[lambda: file_as(buyer, cast, now)] * 8)
    assert {type(case) for case in cases} == {Dispute}
    assert len({case.arm_id for case in cases}) == 1
    assert Assignment.objects.filter(experiment=experiment).count() == 1
    assert Arm.objects.filter(experiment=experiment).count() == 3
