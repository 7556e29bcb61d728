"""The line-up in Python says what the database says, for thousands of plans and cases drawn by chance."""

import random
from decimal import Decimal

import pytest

from merchants.plans.lineup import Lineup, Scene, entries_of
from merchants.plans.models import Plan, PlanChange, PlanState
from merchants.plans.services import match, pause, resume, start_draft
from tests.makers import make_member, make_shop
from tests.plans.makers import NOW, make_plan

pytestmark = pytest.mark.django_db
TYPES = ("quality_visible", "wrong_item", "not_shipped_cancel")
REASONS = ("poor_material", "defective", "wrong_colour")
STAGES = ("received", "in_transit", "unshipped")
CATEGORIES = ("Shirts", "Shoes", "")


def some(chance, values):
    return tuple(chance.sample(values, chance.choice((0, 0, 1, 2))))


def band(chance, most):
    low, high = sorted(chance.sample(range(most), 2))
    return chance.choice(((None, None), (low, None), (None, high), (low, high)))


def draw_scene(chance):
    low, high = band(chance, 12)
    days_from, days_to = band(chance, 6)
    return {
        "types": some(chance, TYPES),
        "reasons": some(chance, REASONS),
        "stages": some(chance, STAGES),
        "categories": some(chance, CATEGORIES[:2]),
        "currency": chance.choice(("CNY", "CNY", "USD")),
        "value_from": None if low is None else Decimal(low),
        "value_to": None if high is None else Decimal(high),
        "days_from": days_from,
        "days_to": days_to,
    }


def draw_case(chance):
    return Scene(
        chance.choice(TYPES),
        chance.choice(REASONS),
        chance.choice(STAGES),
        tuple(sorted(chance.sample(CATEGORIES, chance.choice((0, 1, 2))))),
        chance.choice(("CNY", "USD")),
        Decimal(chance.randrange(24)) / 2,
        chance.choice((None, *range(8))),
    )


@pytest.mark.parametrize("seed", range(4))
def test_both_choose_the_same_plan(seed):
    chance = random.Random(seed)
    shop = make_shop()
    owner = make_member(shop)
    for n in range(40):
        plan = make_plan(shop, name=f"{n}", actor=owner, live=False)
        scene = draw_scene(chance)
        for name, value in scene.items():
            setattr(plan.draft, name, list(value) if isinstance(value, tuple) else value)
        plan.draft.published_at = NOW
        plan.draft.save()
        Plan.objects.filter(pk=plan.pk).update(live=plan.draft_id, draft=None, state=PlanState.LIVE)
    lineup = Lineup(entries_of(Plan.objects.filter(merchant=shop).values_list("live_id", flat=True)))
    answered = 0
    for _n in range(400):
        case = draw_case(chance)
        theirs = match(merchant_id=shop.pk, **case._asdict()).version
        ours = lineup.answer(case)
        assert (ours and ours.version_id) == (theirs and theirs.pk), case
        answered += ours is not None
    assert 50 < answered < 400


def test_each_switch_is_on_record():
    shop = make_shop()
    owner = make_member(shop)
    plan = make_plan(shop, actor=owner)
    pause(plan=plan, actor=owner, now=NOW)
    resume(plan=plan, actor=owner, now=NOW)
    start_draft(plan=plan, actor=owner, now=NOW)
    live = plan.live_id
    told = PlanChange.objects.filter(plan=plan).values_list("kind", "version", "by", "at")
    assert list(told) == [(kind, version, owner.pk, NOW) for kind, version in
                          (("published", live), ("paused", None), ("resumed", live))]  # fmt: skip
