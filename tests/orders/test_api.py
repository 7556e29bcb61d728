from decimal import Decimal

import pytest

from aftersales.orders.models import Order, OrderLine, OrderPayment
from merchants.models import Merchant
from merchants.promises.services import standing
from portal.accounts.models import User
from portal.money import allocate
from tests.makers import make_member
from tests.orders.makers import run
from tests.rest.calls import Caller

ORDER = {
    "ref": "A1",
    "merchant": {"ref": "shop-1", "name": "Bear & Co"},
    "buyer": {"ref": "buyer-1", "name": "Ana", "email": "ana@example.org"},
    "currency": "CNY",
    "paid_at": "2026-11-01T10:00:00+08:00",
    "lines": [
        {"line": "1", "sku": "S1", "quantity": 2, "unit_price": "10.00", "freight": "2.50", "status": "delivered"},
        {"line": "2", "sku": "S2", "quantity": 1, "unit_price": "5.00", "status": "shipped", "title": "小熊 🧸"},
    ],
    "payments": [{"channel": "card", "ref": "c1", "amount": "20.00"}, {"channel": "voucher", "amount": "7.50"}],
}


@pytest.fixture
def marketplace(cast):
    return Caller(cast.marketplace)


def counts():
    return [model.objects.count() for model in (Order, OrderLine, OrderPayment, User, Merchant)]


def test_an_order_comes_in_whole_and_again_changes_nothing(marketplace):
    first = marketplace.post("/orders/", ORDER)
    assert first.status_code == 201, first.content
    body = first.json()
    assert (body["number"], body["ref"], body["parts"], body["total"]) == ("A1", "A1", ["A1"], "27.50")
    assert (body["merchant"], body["buyer"], body["status"]) == (ORDER["merchant"], "buyer-1", "shipped")
    assert body["paid_at"] == "2026-11-01T02:00:00Z"
    assert [(p["channel"], p["ref"], p["amount"], p["estimated"]) for p in body["payments"]] == [
        ("card", "c1", "20.00", False),
        ("voucher", "", "7.50", False),
    ]
    assert body["lines"][1]["title"] == "小熊 🧸"
    again = marketplace.post("/orders/", ORDER)
    assert (again.status_code, again.json()) == (200, body)
    assert marketplace.get("/orders/A1/").json() == body


def test_a_second_merchant_is_a_second_part(marketplace):
    marketplace.post("/orders/", ORDER)
    other = marketplace.post("/orders/", {**ORDER, "merchant": {"ref": "shop-2"}}).json()
    assert (other["number"], other["parts"]) == ("A1-2", ["A1", "A1-2"])
    assert marketplace.get("/orders/").json()["results"][0]["parts"] == ["A1", "A1-2"]


def test_each_sees_what_is_theirs(marketplace, cast):
    marketplace.post("/orders/", ORDER)
    marketplace.post("/orders/", {**ORDER, "merchant": {"ref": "shop-2"}})
    owner = User.objects.get(username="shop-1")
    for user, seen in [
        (User.objects.get(buyer_ref="buyer-1"), {"A1", "A1-2"}),
        (owner, {"A1"}),
        (make_member(Merchant.objects.get(ref="shop-2")), {"A1-2"}),
        (cast.arbitrator, {"A1", "A1-2"}),
        (cast.rival, set()),
        (cast.outsider, set()),
    ]:
        caller = Caller(user)
        found = caller.get("/orders/").json()["results"]
        assert {order["number"] for order in found} == seen
        assert all(set(order["parts"]) == seen for order in found)
        for number in ("A1", "A1-2"):
            assert caller.get(f"/orders/{number}/").status_code == (200 if number in seen else 404)


@pytest.mark.parametrize("who", ["buyer", "owner", "arbitrator", "outsider"])
def test_only_the_marketplace_sends_orders(cast, who):
    before = counts()
    refused = Caller(getattr(cast, who)).post("/orders/", ORDER)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert counts() == before


def test_a_key_needs_the_scope(cast):
    assert Caller(cast.platform, ["orders:read"]).post("/orders/", ORDER).json()["code"] == "scope_missing"
    assert Caller(cast.platform, ["orders:write"]).post("/orders/", ORDER).status_code == 201


def line(**more):
    return [{**ORDER["lines"][0], **more}]


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"payments": [{"channel": "card", "amount": "1.00"}]}, "payments"),
        ({"payments": [{"channel": "card", "amount": "20.00"}, {"channel": "x"}]}, "payments"),
        ({"payments": [{"channel": "card"}, {"channel": "card"}]}, "payments"),
        ({"payments": [{"channel": "card", "amount": "-1"}]}, "payments.0.amount"),
        ({"payments": [{"channel": "card", "amount": "27.505"}]}, "payments"),
        ({"paid_at": None}, "payments"),
        ({"lines": []}, "lines"),
        ({"lines": line() * 2}, "lines"),
        ({"lines": line(quantity=0)}, "lines.0.quantity"),
        ({"lines": line(unit_price="1.005"), "payments": []}, "lines.0"),
        ({"lines": line(status="lost"), "payments": []}, "lines.0"),
        ({"lines": line(sku="a\0b")}, "lines.0.sku"),
        ({"lines": line(discount="99")}, "lines.0"),
        ({"lines": line(shipped_at="0001-01-01T00:00:00Z")}, "lines.0"),
        ({"currency": "ZZZ"}, "lines.0"),
        ({"ref": "x" * 101}, "ref"),
        ({"merchant": {"ref": ""}}, "merchant.ref"),
        ({"buyer": "me"}, "buyer"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_stored(marketplace, told, field):
    before = counts()
    refused = marketplace.post("/orders/", {**ORDER, **told})
    assert refused.status_code == 422, refused.content
    assert field in refused.json()["errors"], refused.json()
    assert counts() == before


def test_another_buyers_order_and_an_order_with_a_case_are_refused(marketplace):
    marketplace.post("/orders/", ORDER)
    before = list(OrderLine.objects.values())
    other = marketplace.post("/orders/", {**ORDER, "buyer": {"ref": "thief"}})
    assert (other.status_code, other.json()["code"]) == (422, "order_refused")
    OrderLine.objects.update(dispute_count=1)
    frozen = marketplace.post("/orders/", {**ORDER, "lines": line(unit_price="9.00"), "payments": []})
    assert "after-sales case" in frozen.json()["detail"]
    OrderLine.objects.update(dispute_count=0)
    assert list(OrderLine.objects.values()) == before
    assert not User.objects.filter(buyer_ref="thief").exists()


def test_without_amounts_the_split_is_estimated_and_exact_ones_replace_it(marketplace):
    told = {**ORDER, "payments": [{"channel": name} for name in ("a", "b", "c")]}
    body = marketplace.post("/orders/", told).json()
    shares = allocate(Decimal("27.50"), [Decimal(1)] * 3, "CNY")
    assert [(p["amount"], p["estimated"]) for p in body["payments"]] == [(str(share), True) for share in shares]
    body = marketplace.post("/orders/", ORDER).json()
    assert [(p["channel"], p["amount"], p["estimated"]) for p in body["payments"]] == [
        ("card", "20.00", False),
        ("voucher", "7.50", False),
    ]


def test_a_file_that_only_names_the_channels_leaves_exact_amounts(marketplace, write):
    marketplace.post("/orders/", ORDER)
    row = {
        "buyer_ref": "buyer-1",
        "quantity": "2",
        "sku": "S1",
        "category": "",
        "paid_at": "2026-11-01 10:00:00",
        "payment_method": "card+voucher",
    }
    run(write(row))
    assert [(p.channel, p.amount) for p in OrderPayment.objects.order_by("id")] == [
        ("card", Decimal("20")),
        ("voucher", Decimal("7.5")),
    ]


def test_as_many_queries_for_twenty_orders_as_for_one(marketplace, django_assert_num_queries):
    marketplace.post("/orders/", ORDER)
    with django_assert_num_queries(5):  # key, orders, their lines, their payments, their parts
        marketplace.get("/orders/")
    for n in range(19):
        marketplace.post("/orders/", {**ORDER, "ref": f"B{n}"})
    with django_assert_num_queries(5):
        assert len(marketplace.get("/orders/").json()["results"]) == 20


def test_what_the_buyer_confirmed_when_buying_stays(marketplace, cast):
    """SAMR order 31 art. 7: said once, leaving it out does not unsay it; never after a case was opened."""
    lines = [{**ORDER["lines"][0], "no_reason_waived": True}, ORDER["lines"][1]]
    body = marketplace.post("/orders/", {**ORDER, "lines": lines}).json()
    assert [line["no_reason_waived"] for line in body["lines"]] == [True, False]
    assert marketplace.post("/orders/", ORDER).json()["lines"][0]["no_reason_waived"] is True
    OrderLine.objects.filter(line_ref="2").update(dispute_count=1)
    later = [ORDER["lines"][0], {**ORDER["lines"][1], "no_reason_waived": True}]
    assert marketplace.post("/orders/", {**ORDER, "lines": later}).json()["lines"][1]["no_reason_waived"] is False


def test_the_marketplace_may_say_whose_rules_apply(marketplace, cast):
    """Paid in another currency, sold in the EU: its rules. Another market later is refused, nothing changes."""
    body = marketplace.post("/orders/", {**ORDER, "market": "EU"}).json()
    assert body["market"] == "eu"
    assert marketplace.post("/orders/", ORDER).json()["market"] == "eu"
    refused = marketplace.post("/orders/", {**ORDER, "market": "cn"})
    assert refused.status_code == 422
    assert "market" in str(refused.json()["errors"])
    order = Order.objects.get(ref=ORDER["ref"])
    assert order.market == "eu"
    rules = standing([order], now=order.updated_at).rules(order, "home")
    assert str(rules.windows["no_reason"]) == "14d"
    assert rules.source("windows.no_reason").name == "eu"


def test_a_market_without_a_pack_has_the_rules_of_its_currency(marketplace, cast):
    marketplace.post("/orders/", {**ORDER, "market": "mars"})
    order = Order.objects.get(ref=ORDER["ref"])
    assert str(standing([order], now=order.updated_at).rules(order, "home").windows["no_reason"]) == "7d"


def test_a_market_that_is_none_is_refused_by_name(marketplace, cast):
    refused = marketplace.post("/orders/", {**ORDER, "market": "e u"})
    assert refused.status_code == 422
    assert "write it like cn or eu" in str(refused.json()["errors"])
    assert not Order.objects.exists()
