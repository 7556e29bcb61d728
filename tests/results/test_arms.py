"""What experiments show: against known data, and what they do by themselves."""

from datetime import timedelta
from math import sqrt
from random import Random

import pytest

from aftersales.results.arms import best_shares, results
from aftersales.results.statistics import Sums, chances_to_be_best, difference, half_width
from aftersales.results.watch import watch
from merchants.experiments.models import Allocation
from portal.market.behaviour import Behaviour
from portal.market.recount import kept_by_arm
from portal.market.report import report
from portal.market.run import finish, open_market, trade
from portal.notices.models import Notice
from tests.experiments.makers import tried
from tests.experiments.test_running import buyer_in, file_as


def sums(values):
    """Each buyer's (cases, measured)."""
    n, y = [a for a, _b in values], [b for _a, b in values]
    pairs = list(zip(n, y, strict=True))
    return Sums(len(values), sum(n), sum(y), sum(b * b for b in y), sum(a * b for a, b in pairs), sum(a * a for a in n))


def test_the_variance_is_that_of_a_mean_where_everybody_has_one_case():
    found = sums([(1, 1)] * 30 + [(1, 0)] * 70)
    assert found.mean == 0.3
    assert found.variance == pytest.approx(0.3 * 0.7 / 99)


def test_cases_of_one_buyer_are_not_independent():
    alone, together = sums([(1, 1)] * 60 + [(1, 0)] * 60), sums([(2, 2)] * 30 + [(2, 0)] * 30)
    assert together.mean == alone.mean
    assert together.variance == pytest.approx(2 * alone.variance, rel=0.05)


def test_nothing_is_said_of_too_few():
    few, many = sums([(1, 1)] * 29), sums([(1, 0)] * 100 + [(1, 1)] * 5)
    assert difference(few, many).low is None
    assert difference(few, Sums(0, 0, 0, 0, 0, 0)).value is None


def test_looking_every_day_hardly_ever_sees_what_is_not_there():
    """200 experiments without any effect, looked at after each of 40 batches: at most a few may ever exclude zero."""
    wrong = 0
    for seed in range(200):
        dice, arms = Random(seed), ([], [])
        for _day in range(40):
            for arm in arms:
                arm += [(1, int(dice.random() < 0.3)) for _n in range(15)]
            if difference(sums(arms[0]), sums(arms[1])).is_clear:
                wrong += 1
                break
    assert wrong <= 10, "5 % of 200"


def test_the_price_of_looking_every_day_is_a_wider_interval():
    variance = 0.0004
    assert 1.96 * sqrt(variance) < half_width(variance, 0.05**2) < 4 * sqrt(variance)


def test_the_better_arm_is_likelier_the_best():
    bad, good = chances_to_be_best([(30, 100), (45, 100)])
    assert good > 0.95
    assert bad + good == 1


@pytest.mark.django_db
def test_a_market_shows_what_is_true_of_it(now):
    behaviour = Behaviour()
    market = open_market("market", cases=240, seed=5, behaviour=behaviour, now=now)
    trade(market, seed=5, behaviour=behaviour, now=now)
    found = report(market.experiment, behaviour, now=now)
    assert found.recounted
    assert sum(one.result.ended for one in found.shown) < 240
    less, more = found.shown
    assert more.result.against["kept"].value > less.result.against["kept"].value
    assert all(counts[0] for counts in kept_by_arm(market.experiment).values())
    shares = best_shares(results(market.experiment, now=now), least=10, seed=1)
    by_position = [shares[arm.pk] for arm in market.experiment.arms.order_by("position")]
    assert by_position[1] > by_position[0] >= 10
    assert by_position[2] == 20
    assert sum(by_position) == 100


@pytest.mark.django_db
def test_the_same_seed_is_the_same_market(now):
    counts = []
    for name in ("one", "two"):
        market = open_market(name, cases=40, seed=9, behaviour=Behaviour(), now=now)
        counts.append([Behaviour().takes(20, leaning) for leaning in market.leanings.values()])
    assert counts[0] == counts[1]


def harmed(experiment, cast, now):
    """35 buyers each in the second arm and the holdout: all of the former bring their case to the platform."""
    _live, half, holdout = experiment.arms.order_by("position")
    for arm in (half, holdout):
        for _n in range(35):
            case = file_as(buyer_in(arm, cast, now), cast, now)
            ended = {"status": "withdrawn", "due_at": None, "awaiting": "", "on_silence": "", "closed_at": now}
            escalated = now if arm == half else None
            type(case).objects.filter(pk=case.pk).update(**ended, escalated_at=escalated)
    return half


@pytest.mark.django_db
def test_an_arm_that_surely_harms_stops_by_itself_and_the_owner_is_told(cast, now):
    experiment = tried(cast, now)
    half = harmed(experiment, cast, now)
    assert watch(now=now) == 1
    assert watch(now=now) == 0
    half.refresh_from_db()
    assert (half.stopped_why, half.share) == ("escalated", 0)
    assert Notice.objects.filter(kind="arm_stopped", user=cast.owner).count() == 1
    assert not Notice.objects.filter(kind="arm_stopped", user=cast.agent).exists()


@pytest.mark.django_db
def test_shares_follow_what_works_once_a_day(cast, now):
    experiment = tried(cast, now - timedelta(days=2), automatic=True)
    finish(now)
    for hours in (0, 1, 2):
        watch(now=now + timedelta(hours=hours / 60))
    assert Allocation.objects.filter(experiment=experiment, why="automatic").count() == 1
    watch(now=now + timedelta(days=1))
    assert Allocation.objects.filter(experiment=experiment, why="automatic").count() == 2
