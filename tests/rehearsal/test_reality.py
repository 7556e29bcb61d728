"""Simulation equals reality: replaying what was live gives exactly the matches and offers that were made."""

import random
from datetime import timedelta

import pytest

from aftersales.disputes.models import Dispute
from aftersales.orders.models import OrderLine
from aftersales.rehearsal.cases import pieces
from aftersales.rehearsal.replay import answer, is_as_it_was
from aftersales.rehearsal.services import ask
from merchants.limits.services import Limits, set_limits
from merchants.plans.lineup import Lineup, entries_of
from merchants.plans.models import Plan
from tests.experiments.makers import tried
from tests.rehearsal.makers import change_something, file_some, make_plans

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def rehearse(cast, plan, now):
    return ask(plan=plan, begin=now - timedelta(days=90), end=now + timedelta(days=1), actor=cast.owner, now=now)


@pytest.mark.parametrize("seed", range(4))
def test_what_was_live_is_replayed_exactly(seed, cast, now):
    chance = random.Random(seed)
    plans, coupons = make_plans(cast, chance, 6)
    for n in range(120):
        at = now + n * MINUTE
        if n % 6 == 0:
            change_something(cast, at, chance, plans, coupons)
        file_some(cast, at, chance)
    # Goods arrive and are sorted anew afterwards: what plans were asked about was kept.
    OrderLine.objects.update(delivered_at=now, category="Hats")
    counts = rehearse(cast, plans[0], now + timedelta(days=1)).result["counts"]
    assert (counts["cases"], counts["checked"], counts["agreed"]) == (120, 120, 120)
    assert Dispute.objects.exclude(plan_version=None).count() > 30


def test_a_live_plan_over_the_days_it_was_live(cast, now):
    chance = random.Random(7)
    plans, _coupons = make_plans(cast, chance, 5)
    for n in range(60):
        file_some(cast, now + n * MINUTE, chance)
    lineup = Lineup(entries_of(Plan.objects.filter(pk__in=[p.pk for p in plans]).values_list("live_id", flat=True)))
    begin, end = now - MINUTE, now + timedelta(days=1)
    found = pieces(merchant_id=cast.shop.pk, currency="CNY", begin=begin, end=end, now=end)
    same = [is_as_it_was(answer(lineup, case, ()), case) for _read, cases in found for case in cases]
    assert same == [True] * 60
    run = rehearse(cast, plans[0], end)
    assert (run.result["counts"]["same"], run.result["counts"].get("changed", 0)) == (60, 0)


def test_arms_are_replayed_too(cast, now):
    tried(cast, now)
    chance = random.Random(3)
    for n in range(60):
        file_some(cast, now + n * MINUTE, chance)
    assert Dispute.objects.exclude(arm=None).values("arm").distinct().count() == 3
    counts = rehearse(cast, Plan.objects.get(), now + timedelta(days=1)).result["counts"]
    assert (counts["checked"], counts["agreed"]) == (60, 60)


def test_cases_filed_before_scenes_were_kept(cast, now):
    chance = random.Random(5)
    plans, _coupons = make_plans(cast, chance, 5)
    for n in range(40):
        file_some(cast, now + n * MINUTE, chance)
    Dispute.objects.update(scene=None)
    counts = rehearse(cast, plans[0], now + timedelta(days=1)).result["counts"]
    assert (counts["checked"], counts["agreed"]) == (40, 40)


def test_a_plan_whose_limit_was_used_up_did_not_answer(cast, now):
    chance = random.Random(11)
    plans, _coupons = make_plans(cast, chance, 4)
    for plan in plans[:2]:
        set_limits(plan=plan, limits=Limits(day_count=3), actor=cast.owner, now=now)
    for n in range(50):
        file_some(cast, now + n * MINUTE, chance)
    assert Dispute.objects.filter(scene__without__contains=plans[0].pk).exists()
    counts = rehearse(cast, plans[2], now + timedelta(days=1)).result["counts"]
    assert (counts["checked"], counts["agreed"]) == (50, 50)
