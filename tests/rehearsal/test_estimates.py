"""Estimates: by which step they are found, their intervals, and what is said where there is too little."""

from decimal import Decimal

from aftersales.rehearsal.estimates import ENOUGH, Ended, History, Offer, bucket, share

D = Decimal
PART = "partial_refund_keep"


def history(*rows, ways=None):
    return History({Offer(*key): counts for *key, counts in rows}, ways or {})


def step(found):
    return found and (found.step, found.of, round(found.value, 2))


def test_the_nearest_step_with_enough_is_taken():
    near = (PART, "wrong_item", "wrong_item", 6, (30, 15))
    other_reason = (PART, "wrong_item", "defective", 6, (30, 30))
    other_type = (PART, "perished", "perished", 7, (40, 0))
    further = (PART, "perished", "perished", 9, (100, 100))
    ask = (PART, "wrong_item", "wrong_item", 6)
    assert step(history(near, other_reason, other_type).taken(*ask)) == ("reason", 30, D("0.50"))
    fewer = (*near[:4], (29, 15))
    assert step(history(fewer, other_reason).taken(*ask)) == ("type", 59, D("0.76"))
    assert step(history(fewer, other_type).taken(*ask)) == ("any", 69, D("0.22"))
    assert step(history(fewer, further).taken(*ask)) == ("about", 129, D("0.89"))
    assert history(fewer).taken(*ask) is None
    assert history((PART, "wrong_item", "wrong_item", 11, (500, 100))).taken(*ask) is None, "worth far more"
    assert history(("coupon", "wrong_item", "wrong_item", 6, (500, 100))).taken(*ask) is None, "something else"


def test_intervals_hold_and_stay_within_bounds():
    none, half, all_ = share(0, 30, ""), share(500, 1000, ""), share(30, 30, "")
    assert none.low == 0 < none.high < D("0.12")
    assert all_.high == 1 > all_.low > D("0.88")
    assert (round(half.low, 3), round(half.high, 3)) == (D("0.469"), D("0.531"))


def test_the_ordinary_way():
    ways = {
        ("wrong_item", "wrong_item"): Ended(ENOUGH, 10, D(15), D(15)),
        ("perished", "expired"): Ended(10, 0, D(10), D(10)),
    }
    found = history(ways=ways)
    way = found.ordinary("wrong_item", "wrong_item")
    assert (way.cost.value, way.spread, round(way.kept.value, 3)) == (D("0.5"), D("0.25"), D("0.333"))
    assert found.ordinary("perished", "expired").kept.step == "any"
    assert history(ways={("perished", "expired"): Ended(29, 0, D(10), D(10))}).ordinary("perished", "expired") is None


def test_buckets_are_five_points_of_what_was_paid():
    assert [bucket(D(worth), D(100)) for worth in ("0", "4.99", "5", "29.99", "100", "300")] == [0, 0, 1, 5, 20, 20]
    assert bucket(D(5), D(0)) == 0
