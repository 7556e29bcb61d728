"""What goes back when a return breaks a bundle or a threshold, worked by hand and for any basket."""

from decimal import Decimal
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from aftersales.orders.promotions import Basket, Piece, Promotion
from portal.money import ZERO, allocate

D = Decimal


def basket(promotions, *pieces, charge_freight=True):
    return Basket(tuple(Piece(*piece) for piece in pieces), tuple(promotions), "CNY", charge_freight)


def test_a_broken_three_for_two_is_settled_at_the_prices_of_the_purchase():
    """SAMR order 31: 3 pieces at 60.00 for 120.00; one goes back: two kept cost 120.00 by themselves, nothing is left.
    All three: 120.00. Two: one kept at 60.00, 60.00 goes back."""
    bought = basket([Promotion("bundle", pieces=3, free=1)], ("1", 3, D(60), D(60)))
    assert [bought.total_back({"1": n}) for n in (1, 2, 3)] == [D(0), D(60), D(120)]


def test_money_off_from_a_total_on_is_lost_below_it():
    """SAMR order 31: "30 off from 200": 150.00 and 80.00 for 200.00. Without the 80.00 the other costs 150.00: 50.00
    goes back; then the other: 150.00. Together 200.00, in whatever order."""
    bought = basket(
        [Promotion("threshold_off", threshold=D(200), off=D(30))],
        ("a", 1, D(150), D("19.57")),
        ("b", 1, D(80), D("10.43")),
    )
    assert bought.back({}, {"b": 1}) == D(50)
    assert bought.back({"b": 1}, {"a": 1}) == D(150)
    assert bought.back({}, {"a": 1}) == D(120)
    assert bought.back({"a": 1}, {"b": 1}) == D(80)
    assert bought.back({}, {"a": 1, "b": 1}) == D(200)
    assert [promotion.kind for promotion in bought.lost({}, {"b": 1})] == ["threshold_off"]


def test_a_threshold_still_reached_costs_nothing():
    bought = basket([Promotion("threshold_off", threshold=D(200), off=D(30))], ("a", 3, D(150), D(30)))
    assert bought.total_back({"a": 1}) == D(150)
    assert not bought.lost({}, {"a": 1})


def test_freight_may_be_deducted_where_free_shipping_is_lost():
    """SAMR order 31: free from 99.00, else 10.00: 60.00 and 50.00 bought, 50.00 goes back: 40.00 is refunded. Where the
    law has freight refunded (EU), 50.00."""
    promotions = [Promotion("free_shipping", threshold=D(99), off=D(10))]
    pieces = [("a", 1, D(60), D(0)), ("b", 1, D(50), D(0))]
    assert basket(promotions, *pieces).total_back({"b": 1}) == D(40)
    assert basket(promotions, *pieces, charge_freight=False).total_back({"b": 1}) == D(50)


def test_a_discount_of_its_own_stays_with_its_pieces():
    """20.00 off two pieces at 100.00 for no promotion told: one back, 90.00."""
    assert basket([], ("a", 2, D(100), D(20))).total_back({"a": 1}) == D(90)


def test_a_return_that_costs_more_than_it_is_worth_brings_nothing_and_takes_nothing():
    """199.00 and 10.00 less 30.00: without the 10.00 the rest would cost 20.00 more than was paid; nothing is asked."""
    bought = basket(
        [Promotion("threshold_off", threshold=D(200), off=D(30))], ("a", 1, D(199), D(29)), ("b", 1, D(10), D(1))
    )
    assert bought.back({}, {"b": 1}) == 0
    assert bought.back({"b": 1}, {"a": 1}) == D(179)


def test_promotions_that_take_off_more_than_the_goods_cost_never_pay_out():
    """4 pieces at 0.01 under two "2 of 3 free": nothing was paid, so nothing goes back, whatever is returned."""
    twice = [Promotion("bundle", pieces=3, free=2)] * 2
    bought = basket(twice, ("1", 4, D("0.01"), D("0.04")))
    assert [bought.total_back({"1": n}) for n in range(5)] == [0] * 5


GIFT = Promotion("gift", lines=frozenset({"a"}), gift="g", value=D(30))


def test_a_gift_that_is_kept_is_deducted_and_comes_back_when_it_is_returned():
    """100.00 with a gift worth 30.00: the goods alone bring 70.00, the gift then 30.00; together 100.00."""
    bought = basket([GIFT], ("a", 1, D(100)), ("g", 1, D(0)))
    assert bought.back({}, {"a": 1}) == D(70)
    assert bought.back({"a": 1}, {"g": 1}) == D(30)
    assert bought.back({}, {"g": 1}) == 0
    assert bought.back({"g": 1}, {"a": 1}) == D(100)
    assert bought.back({}, {"a": 1, "g": 1}) == D(100)
    assert bought.lost({}, {"a": 1}) == [GIFT]
    assert not bought.lost({}, {"a": 1, "g": 1})
    assert not bought.lost({}, {"g": 1})


def test_a_gift_worth_more_than_the_goods_takes_nothing():
    bought = basket([GIFT], ("a", 1, D(20)), ("g", 1, D(0)), ("b", 1, D(500)))
    assert bought.back({}, {"a": 1}) == 0
    assert bought.back({"a": 1}, {"g": 1}) == D(20)


def test_gifts_for_each_piece_and_a_gift_from_a_total_on():
    """3 pieces with 3 gifts of 30.00: one piece back, one gift too many. One gift with 2 pieces: still earned by one.
    A gift from 150.00 on: 100.00 kept earn it no more."""
    each = basket([GIFT], ("a", 3, D(100)), ("g", 3, D(0)))
    assert [each.total_back({"a": n}) for n in (1, 2, 3)] == [D(70), D(140), D(210)]
    assert each.total_back({"a": 1, "g": 1}) == D(100)
    one = basket([GIFT], ("a", 2, D(100)), ("g", 1, D(0)))
    assert [one.total_back({"a": n}) for n in (1, 2)] == [D(100), D(170)]
    total = basket([Promotion("gift", threshold=D(150), gift="g", value=D(30))], ("a", 2, D(100)), ("g", 1, D(0)))
    assert [total.total_back({"a": n}) for n in (1, 2)] == [D(70), D(170)]


cents = st.integers(1, 30_000).map(lambda n: D(n) / 100)
promotion = st.one_of(
    st.builds(
        lambda t, share: Promotion("threshold_off", threshold=t, off=(t * share / 100).quantize(D("0.01"))),
        cents,
        st.integers(1, 50),
    ),
    st.builds(
        lambda n, free: Promotion("bundle", pieces=n, free=min(free, n - 1)), st.integers(2, 4), st.integers(1, 2)
    ),
    st.builds(lambda t: Promotion("free_shipping", threshold=t, off=D(10)), cents),
)


@st.composite
def baskets(draw):
    bought = [(str(i), draw(st.integers(1, 3)), draw(cents)) for i in range(draw(st.integers(1, 3)))]
    promotions = draw(st.lists(promotion, max_size=2))
    if draw(st.booleans()):  # a gift that these goods earn
        lines = draw(st.sets(st.sampled_from([ref for ref, _count, _price in bought])))
        total = sum(q * price for ref, q, price in bought if not lines or ref in lines)
        threshold = draw(st.sampled_from([ZERO, total, (total / 2).quantize(D("0.01"))]))
        gift = Promotion("gift", lines=frozenset(lines), gift="g", value=draw(cents), threshold=threshold)
        promotions, bought = [*promotions, gift], [*bought, ("g", draw(st.integers(1, 3)), ZERO)]
    bare = basket(promotions, *bought)
    full = [q * price for _line, q, price in bought]
    off = min(bare.promised, sum(full, ZERO))
    discounts = allocate(off, full, "CNY") if off else [ZERO] * len(full)
    return basket(promotions, *((*piece, discount) for piece, discount in zip(bought, discounts, strict=True)))


@settings(max_examples=300, deadline=None)
@given(baskets())
def test_the_order_of_returns_does_not_matter_and_nobody_gets_more_than_was_paid(bought):
    paid = sum((p.unit_price * p.quantity - p.discount for p in bought.pieces), ZERO)
    steps = [{p.line: p.quantity} for p in bought.pieces]
    together = bought.back({}, {p.line: p.quantity for p in bought.pieces})
    for order in permutations(steps):
        gone, parts = {}, []
        for step in order:
            parts.append(bought.back(gone, step))
            gone |= step
        assert sum(parts) == together
        assert all(part >= 0 for part in parts)
    assert together <= paid
