import pytest

from aftersales.orders.models import Order
from tests.rest.calls import Caller

pytestmark = pytest.mark.django_db

LINES = [
    {"line": "a", "sku": "A", "quantity": 1, "unit_price": "150.00", "discount": "19.57", "status": "delivered"},
    {"line": "b", "sku": "B", "quantity": 1, "unit_price": "80.00", "discount": "10.43", "status": "delivered"},
]
OFF = {"kind": "threshold_off", "threshold": "200.00", "off": "30.00"}


def told(*promotions):
    return {
        "ref": "P1",
        "merchant": {"ref": "shop-1"},
        "buyer": {"ref": "buyer-1"},
        "currency": "CNY",
        "paid_at": "2026-11-01T10:00:00+08:00",
        "lines": LINES,
        "payments": [{"channel": "card", "amount": "200.00"}],
        "promotions": list(promotions),
    }


@pytest.fixture
def marketplace(cast):
    return Caller(cast.marketplace)


def test_promotions_come_in_with_the_order_and_go_out_again(marketplace):
    first = marketplace.post("/orders/", told(OFF))
    assert first.status_code == 201, first.content
    assert first.json()["promotions"] == [{**OFF, "lines": []}]
    again = marketplace.post("/orders/", told(OFF))
    assert (again.status_code, again.json()) == (200, first.json())
    silent = {k: v for k, v in told().items() if k != "promotions"}
    assert marketplace.post("/orders/", silent).json()["promotions"] == [{**OFF, "lines": []}]


@pytest.mark.parametrize(
    "wrong",
    [
        {**OFF, "lines": ["c"]},
        {**OFF, "off": "30.01"},  # more than the lines' discounts
        {"kind": "threshold_off", "threshold": "200.00"},
        {"kind": "bundle", "pieces": 2, "free": 2},
        {"kind": "bundle", "pieces": 2, "free": 1, "off": "1.00"},
        {**OFF, "threshold": "200.001"},
    ],
)
def test_what_does_not_fit_the_order_is_refused_whole(marketplace, wrong):
    answer = marketplace.post("/orders/", told(wrong))
    assert answer.status_code in {400, 422}, answer.content
    assert not Order.objects.filter(ref="P1").exists()


def test_promotions_stay_once_there_is_a_case(marketplace):
    marketplace.post("/orders/", told(OFF))
    Order.objects.get(number="P1").lines.update(dispute_count=1)
    answer = marketplace.post("/orders/", told({**OFF, "off": "20.00"}))
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["promotions"])


GIFT_LINE = {"line": "g", "sku": "G", "quantity": 1, "unit_price": "0.00", "status": "delivered"}
GIFT = {"kind": "gift", "lines": ["a"], "gift": "g", "value": "30.00"}


def with_gift(*promotions):
    return told(*promotions) | {"lines": [*LINES, GIFT_LINE]}


def test_a_gift_comes_in_with_its_worth(marketplace):
    answer = marketplace.post("/orders/", with_gift(GIFT))
    assert answer.status_code == 201, answer.content
    assert answer.json()["promotions"] == [{**GIFT, "threshold": "0.00"}]
    assert marketplace.post("/orders/", with_gift(*answer.json()["promotions"])).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        [{**GIFT, "gift": "x"}],
        [{**GIFT, "gift": "b"}],  # was paid for
        [{**GIFT, "lines": ["g"]}],
        [{**GIFT, "threshold": "150.01"}],  # not earned
        [GIFT, GIFT],
        [{**GIFT, "value": "30.001"}],
        [{**GIFT, "off": "1.00"}],
        [{"kind": "gift", "gift": "g"}],
    ],
)
def test_a_gift_that_is_none_is_refused(marketplace, wrong):
    answer = marketplace.post("/orders/", with_gift(*wrong))
    assert answer.status_code in {400, 422}, answer.content
    assert not Order.objects.filter(ref="P1").exists()
