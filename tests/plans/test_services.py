"""Drafting, publishing, pausing; published versions never change; two people at once."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import Error, IntegrityError, transaction

from merchants.models import MemberRole
from merchants.plans.content import content_of
from merchants.plans.models import Plan, PlanOption, PlanState, PlanVersion
from merchants.plans.services import (
    PlanMoved,
    create_plan,
    delete_draft,
    pause,
    publish,
    resume,
    save_draft,
    start_draft,
)
from tests.makers import make_member, make_shop, make_user
from tests.plans.makers import CONTENT, FULL_BACK, NOW, PART, ask, make_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return make_shop()


@pytest.fixture
def owner(shop):
    return make_member(shop)


def test_a_new_plan_is_a_draft(shop, owner):
    plan = make_plan(shop, actor=owner, live=False, name="Faults")
    assert (plan.name, plan.state, plan.live, plan.draft.number) == ("Faults", PlanState.DRAFT, None, 1)
    assert content_of(plan.draft) == CONTENT


def test_saving_replaces_scene_script_and_options(shop, owner):
    plan = make_plan(shop, actor=owner, live=False)
    wanted = replace(
        CONTENT, types=("wrong_item",), value_to=Decimal(200), options=(FULL_BACK,), script_en="Hello", expires_hours=48
    )
    save_draft(plan=plan, content=wanted, actor=owner, now=NOW)
    assert content_of(PlanVersion.objects.get()) == wanted


def test_publishing_makes_the_draft_answer(shop, owner):
    plan = make_plan(shop, actor=owner, live=False)
    version = publish(plan=plan, actor=owner, now=NOW)
    plan.refresh_from_db()
    assert (plan.state, plan.live, plan.draft, version.published_at) == (PlanState.LIVE, version, None, NOW)


def test_editing_makes_a_new_version_that_only_new_cases_get(shop, owner):
    plan = make_plan(shop, actor=owner)
    draft = start_draft(plan=plan, actor=owner, now=NOW)
    assert draft.number == 2
    save_draft(plan=plan, content=replace(CONTENT, options=(FULL_BACK,)), actor=owner, now=NOW)
    assert [o.kind for o in ask(shop).options] == ["partial_refund_keep", "full_refund_with_return"]
    publish(plan=plan, actor=owner, now=NOW + timedelta(hours=1))
    assert [o.kind for o in ask(shop).options] == ["full_refund_with_return"]
    assert content_of(plan.versions.get(number=1)) == CONTENT


def test_rolling_back_is_publishing_a_copy(shop, owner):
    plan = make_plan(shop, actor=owner)
    start_draft(plan=plan, actor=owner, now=NOW)
    save_draft(plan=plan, content=replace(CONTENT, options=(FULL_BACK,)), actor=owner, now=NOW)
    publish(plan=plan, actor=owner, now=NOW)
    start_draft(plan=plan, actor=owner, now=NOW, source=plan.versions.get(number=1))
    publish(plan=plan, actor=owner, now=NOW)
    plan.refresh_from_db()
    assert plan.live.number == 3
    assert content_of(plan.live) == CONTENT


def test_a_second_draft_is_the_first_one(shop, owner):
    plan = make_plan(shop, actor=owner)
    assert start_draft(plan=plan, actor=owner, now=NOW) == start_draft(plan=plan, actor=owner, now=NOW)


def test_an_old_version_does_not_overwrite_a_draft(shop, owner):
    plan = make_plan(shop, actor=owner)
    start_draft(plan=plan, actor=owner, now=NOW)
    with pytest.raises(PlanMoved):
        start_draft(plan=plan, actor=owner, now=NOW, source=plan.live)


def test_another_plans_version_is_no_source(shop, owner):
    plan, other = make_plan(shop, actor=owner), make_plan(make_shop())
    with pytest.raises(PlanMoved):
        start_draft(plan=plan, actor=owner, now=NOW, source=other.live)


def test_discarding_a_draft_keeps_what_was_published(shop, owner):
    plan = make_plan(shop, actor=owner)
    start_draft(plan=plan, actor=owner, now=NOW)
    delete_draft(plan=plan, actor=owner, now=NOW)
    plan.refresh_from_db()
    assert (plan.draft, plan.live.number, plan.versions.count()) == (None, 1, 1)


def test_discarding_the_only_draft_discards_the_plan(shop, owner):
    plan = make_plan(shop, actor=owner, live=False)
    assert delete_draft(plan=plan, actor=owner, now=NOW) is None
    assert not Plan.objects.exists()
    assert not PlanOption.objects.exists()


def test_pause_and_resume(shop, owner):
    plan = make_plan(shop, actor=owner)
    pause(plan=plan, actor=owner, now=NOW)
    assert ask(shop).version is None
    with pytest.raises(PlanMoved):
        pause(plan=plan, actor=owner, now=NOW)
    resume(plan=plan, actor=owner, now=NOW)
    assert ask(shop).version == plan.live
    with pytest.raises(PlanMoved):
        resume(plan=plan, actor=owner, now=NOW)


def test_publishing_a_paused_plan_lets_it_answer_again(shop, owner):
    plan = make_plan(shop, actor=owner)
    pause(plan=plan, actor=owner, now=NOW)
    start_draft(plan=plan, actor=owner, now=NOW)
    publish(plan=plan, actor=owner, now=NOW)
    assert ask(shop).version.number == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda v: PlanVersion.objects.filter(pk=v.pk).update(script_en="Changed"),
        lambda v: PlanVersion.objects.filter(pk=v.pk).update(published_at=None),
        lambda v: PlanOption.objects.filter(version=v).update(percent=1),
        lambda v: PlanOption.objects.filter(version=v).first().delete(),
        lambda v: PlanOption.objects.create(version=v, position=5, kind="full_refund_no_return"),
        lambda v: Plan.objects.filter(pk=v.plan_id).delete(),
    ],
)
def test_the_database_refuses_to_change_what_was_published(shop, owner, change):
    version = make_plan(shop, actor=owner).live
    with pytest.raises(Error), transaction.atomic():
        change(version)
    assert content_of(PlanVersion.objects.get(pk=version.pk)) == CONTENT


def test_the_database_refuses_a_live_plan_without_a_version(shop, owner):
    plan = make_plan(shop, actor=owner, live=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.filter(pk=plan.pk).update(state=PlanState.LIVE)


def test_a_draft_changed_since_it_was_confirmed_is_not_published(shop, owner):
    plan = make_plan(shop, actor=owner, live=False)
    confirmed = content_of(plan.draft).fingerprint
    save_draft(plan=plan, content=replace(CONTENT, options=(FULL_BACK,)), actor=owner, now=NOW)
    with pytest.raises(PlanMoved):
        publish(plan=plan, actor=owner, now=NOW, seen=confirmed)
    plan.refresh_from_db()
    assert plan.state == PlanState.DRAFT


def test_two_editors_of_one_draft(shop, owner):
    plan = make_plan(shop, actor=owner, live=False)
    seen = content_of(plan.draft).fingerprint
    save_draft(plan=plan, content=replace(CONTENT, script_en="Mine"), actor=owner, now=NOW, seen=seen)
    with pytest.raises(PlanMoved):
        save_draft(plan=plan, content=replace(CONTENT, script_en="Theirs"), actor=owner, now=NOW, seen=seen)
    assert PlanVersion.objects.get().script_en == "Mine"


def test_the_fingerprint_is_of_what_is_said():
    assert CONTENT.fingerprint == replace(CONTENT).fingerprint
    assert (
        replace(CONTENT, value_to=Decimal(10)).fingerprint == replace(CONTENT, value_to=Decimal("10.000")).fingerprint
    )
    assert CONTENT.fingerprint != replace(CONTENT, options=(FULL_BACK, PART)).fingerprint


# who, may edit, may publish
PEOPLE = [
    (MemberRole.OWNER, True, True),
    (MemberRole.MANAGER, True, True),
    (MemberRole.AGENT, True, False),
    (MemberRole.FINANCE, False, False),
    (None, False, False),
]
EDITS = {
    "create": lambda shop, plan, actor: create_plan(merchant=shop, name="x", content=CONTENT, actor=actor, now=NOW),
    "save": lambda shop, plan, actor: save_draft(plan=plan, content=CONTENT, actor=actor, now=NOW),
    "start": lambda shop, plan, actor: start_draft(plan=plan, actor=actor, now=NOW),
    "discard": lambda shop, plan, actor: delete_draft(plan=plan, actor=actor, now=NOW),
}
DECISIONS = {
    "publish": lambda shop, plan, actor: publish(plan=plan, actor=actor, now=NOW),
    "pause": lambda shop, plan, actor: pause(plan=plan, actor=actor, now=NOW),
}


@pytest.mark.parametrize(("role", "edits", "publishes"), PEOPLE)
@pytest.mark.parametrize("verb", [*EDITS, *DECISIONS])
def test_who_may_do_what(shop, owner, role, edits, publishes, verb):
    plan = make_plan(shop, actor=owner)
    start_draft(plan=plan, actor=owner, now=NOW)
    actor = make_member(shop, role) if role else make_member(make_shop())
    before = list(Plan.objects.values())
    if edits if verb in EDITS else publishes:
        (EDITS | DECISIONS)[verb](shop, plan, actor)
        return
    with pytest.raises(PermissionDenied):
        (EDITS | DECISIONS)[verb](shop, plan, actor)
    assert list(Plan.objects.values()) == before


def test_platform_staff_do_not_publish_for_merchants(shop):
    plan = make_plan(shop, live=False)
    with pytest.raises(PermissionDenied):
        publish(plan=plan, actor=make_user(duty="platform"), now=NOW)
