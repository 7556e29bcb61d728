"""Beyond the refund: worked by hand from Consumer Protection Law art. 55 and Food Safety Law art. 148."""

from decimal import Decimal

import pytest

from aftersales.policies.book import book_at, pack_rules
from aftersales.policies.compensation import compensation
from aftersales.policies.layers import Layer
from aftersales.policies.rules import Source

pytestmark = pytest.mark.django_db

# type, reason, price, loss -> amount, rule
WORKED = [
    ("counterfeit", "counterfeit", "1000", "", "3000", "counts.fake_times"),
    ("counterfeit", "counterfeit", "166.67", "", "500.01", "counts.fake_times"),  # three times is just above 500
    ("counterfeit", "counterfeit", "166.66", "", "500", "thresholds.fraud_minimum"),  # 499.98 is not
    ("counterfeit", "counterfeit", "9.90", "", "500", "thresholds.fraud_minimum"),
    ("not_as_described", "false_advert", "400", "", "1200", "counts.fraud_times"),
    ("not_as_described", "false_advert", "50", "", "500", "thresholds.fraud_minimum"),
    ("late_shipping", "fake_shipping", "300", "", "900", "counts.fraud_times"),
    ("promise_breach", "false_advert", "200", "", "600", "counts.fraud_times"),
    ("food_safety", "expired", "168", "", "1680", "counts.food_times"),  # ten times
    ("food_safety", "expired", "79", "", "1000", "thresholds.food_minimum"),  # 790 is less than 1,000
    ("food_safety", "expired", "12.50", "", "1000", "thresholds.food_minimum"),
    ("food_safety", "expired", "79", "800", "2400", "counts.food_loss_times"),  # three times the loss is more
    ("food_safety", "expired", "168", "100", "1680", "counts.food_times"),  # ten times the price is more
]
NONE = [
    ("not_as_described", "not_as_described"),  # a mistake is no fraud
    ("quality_visible", "poor_material"),
    ("late_shipping", "late"),
    ("no_reason_return", "no_longer_wanted"),
]


def rules(market="cn"):
    from datetime import UTC, datetime

    return pack_rules(book_at(datetime(2026, 11, 1, tzinfo=UTC)).base(market))


def worked(type, reason, price, loss="", *, under=None, currency="CNY"):
    answers = {"loss": loss} if loss else {}
    return compensation(type, reason, price=Decimal(price), rules=under or rules(), currency=currency, answers=answers)


@pytest.mark.parametrize(("type", "reason", "price", "loss", "amount", "rule"), WORKED)
def test_worked_by_hand(type, reason, price, loss, amount, rule):
    found = worked(type, reason, price, loss)
    assert (found.amount, found.why.rule) == (Decimal(amount), rule)


@pytest.mark.parametrize(("type", "reason"), NONE)
def test_nothing_beyond_the_refund(type, reason):
    assert worked(type, reason, "1000") is None


@pytest.mark.parametrize(("type", "reason"), [("counterfeit", "counterfeit"), ("food_safety", "expired")])
def test_the_eu_knows_no_multiple(type, reason):
    assert worked(type, reason, "1000", under=rules("eu"), currency="EUR") is None


def test_a_promise_goes_above_the_law():
    """“Pays ten times if fake”: the seller's word counts where it is more."""
    promised = rules().over(Layer.parse({"counts": {"fake_times": 10}}), Source("promise", "promise", 1, 1))
    found = worked("counterfeit", "counterfeit", "100", under=promised)
    assert (found.amount, found.why.source) == (Decimal(1000), "promise v1")


def test_no_minimum_in_a_currency_without_one():
    assert worked("counterfeit", "counterfeit", "10", currency="USD").amount == Decimal(30)
