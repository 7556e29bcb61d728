from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal import money

CURRENCIES = ["CNY", "JPY", "KWD"]


@st.composite
def sharing(draw):
    """A total and weights in whole units of a currency, the total never above the weights' sum."""
    currency = draw(st.sampled_from(CURRENCIES))
    whole = draw(st.lists(st.integers(0, 10**15), min_size=1, max_size=12).filter(any))
    total = draw(st.integers(0, sum(whole)))
    scale = -money.exponent(currency)
    return currency, Decimal(total).scaleb(scale), [Decimal(w).scaleb(scale) for w in whole]


@given(sharing())
def test_parts_sum_exactly_and_none_exceeds_its_weight(case):
    currency, total, weights = case
    parts = money.allocate(total, weights, currency)
    assert sum(parts) == total
    assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))
    assert all(money.is_exact(part, currency) for part in parts)


@given(sharing())
def test_parts_are_within_one_unit_of_their_exact_share(case):
    currency, total, weights = case
    whole = int(sum(weights).scaleb(3))
    for part, weight in zip(money.allocate(total, weights, currency), weights, strict=True):
        apart = abs(int(part.scaleb(3)) * whole - int(total.scaleb(3)) * int(weight.scaleb(3)))
        assert apart < int(money.unit(currency).scaleb(3)) * whole


@given(sharing(), st.randoms(use_true_random=False))
def test_repeated_sharing_in_any_portions_ends_at_the_whole(case, chance):
    currency, _total, weights = case
    left, unit = list(weights), money.unit(currency)
    for _round in range(20):
        rest = sum(left)
        if not rest:
            break
        portion = min(rest, max(unit, money.floor(rest * Decimal(chance.randint(1, 100)) / 100, currency)))
        left = [a - b for a, b in zip(left, money.allocate(portion, left, currency), strict=True)]
        assert all(amount >= 0 for amount in left)
    if rest := sum(left):
        assert money.allocate(rest, left, currency) == left


def test_largest_remainder_gives_the_odd_cent_to_the_earlier_of_equals():
    assert money.allocate(Decimal("10.00"), [Decimal(1)] * 3, "CNY") == [
        Decimal("3.34"),
        Decimal("3.33"),
        Decimal("3.33"),
    ]


def test_weights_may_be_finer_than_the_currency():
    assert money.allocate(Decimal("1.00"), [Decimal("0.0001"), Decimal("0.0003")], "CNY") == [
        Decimal("0.25"),
        Decimal("0.75"),
    ]


@pytest.mark.parametrize(
    ("total", "weights"),
    [("-1", ["1"]), ("1", ["-1", "3"]), ("0.001", ["1"]), ("1", ["0", "0"]), ("1", [])],
)
def test_refuses_what_cannot_be_shared(total, weights):
    with pytest.raises(ValueError, match="allocate"):
        money.allocate(Decimal(total), [Decimal(w) for w in weights], "CNY")


def test_nothing_shared_is_nothing_each():
    assert money.allocate(Decimal(0), [Decimal(0), Decimal(5)], "CNY") == [Decimal("0.00"), Decimal("0.00")]


@pytest.mark.parametrize(("currency", "text"), [("CNY", "1234.50"), ("JPY", "1234"), ("KWD", "1234.500")])
def test_plain_writes_as_many_decimals_as_the_currency_has(currency, text):
    assert money.plain(Decimal("1234.5"), currency) == text


def test_rounds_down_never_up():
    assert money.floor(Decimal("9.999"), "CNY") == Decimal("9.99")
