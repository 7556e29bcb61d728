"""Coupons over REST: seen by those they concern, used up once by the merchant or the marketplace."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from merchants.coupons.codes import new_code
from merchants.coupons.services import issue
from tests.rest.calls import Caller, problem


@pytest.fixture
def coupon(cast):
    return issue(
        key="test",
        merchant_id=cast.shop.pk,
        buyer_id=cast.buyer.pk,
        currency="CNY",
        amount=Decimal(20),
        minimum_spend=Decimal(50),
        valid_days=30,
        now=timezone.now() - timedelta(days=1),
    )


def test_the_buyer_sees_the_coupon_and_outsiders_do_not(coupon, cast):
    body = Caller(cast.buyer).get(f"/coupons/{coupon.code.lower()}/").json()
    assert (body["amount"], body["state"], body["merchant"]) == ("20.00", "issued", cast.shop.ref)
    for nobody in (cast.outsider, cast.rival):
        problem(Caller(nobody).get(f"/coupons/{coupon.code}/"), 404, "not_found")
    problem(Caller(cast.buyer).get("/coupons/ABCD-EFGH/"), 422, "mistyped_code")


def test_the_merchant_uses_it_up_once(coupon, cast):
    owner = Caller(cast.owner)
    path = f"/coupons/{coupon.code}/redeem/"
    problem(owner.post(path, {"order": "A1", "spent": "49.99"}), 422, "below_minimum")
    assert owner.post(path, {"order": "A1", "spent": "60"}).json()["state"] == "redeemed"
    assert owner.post(path, {"order": "A1", "spent": "60"}).status_code == 200, "the same order again"
    problem(owner.post(path, {"order": "A2", "spent": "60"}), 422, "coupon_spent")
    problem(Caller(cast.buyer).post(path, {"order": "A1"}), 403, "not_allowed")


def test_given_back_when_the_order_is_cancelled(coupon, cast):
    owner, path = Caller(cast.owner), f"/coupons/{coupon.code}/"
    problem(owner.post(path + "release/", {"order": "A1"}), 422, "coupon_not_used")
    owner.post(path + "redeem/", {"order": "A1", "spent": "60"})
    problem(Caller(cast.buyer).post(path + "release/", {"order": "A1"}), 403, "not_allowed")
    problem(owner.post(path + "release/", {"order": "A2"}), 422, "coupon_not_used")
    for _again in range(2):
        body = owner.post(path + "release/", {"order": "A1"}).json()
        assert (body["state"], body["redeemed_amount"], body["redeemed_order"]) == ("issued", "0.00", "")


def test_the_same_key_gives_the_same_answer_again(coupon, cast):
    owner, path = Caller(cast.owner), f"/coupons/{coupon.code}/"
    first = owner.post(path + "redeem/", {"order": "A1", "spent": "60"}, key="once")
    owner.post(path + "release/", {"order": "A1"})
    again = owner.post(path + "redeem/", {"order": "A1", "spent": "60"}, key="once")
    assert (again.json(), again["Idempotent-Replayed"]) == (first.json(), "true")
    assert owner.get(path).json()["state"] == "issued"


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"spent": "60", "buyer": "nobody"}, "wrong_buyer"),
        ({"spent": "60", "merchant": "nobody"}, "wrong_merchant"),
        ({}, "below_minimum"),
        ({"lines": [{"sku": "A", "amount": "20"}, {"sku": "B", "amount": "20"}]}, "below_minimum"),
    ],
)
def test_what_the_marketplace_cannot_do_with_it(coupon, cast, sent, code):
    problem(Caller(cast.platform).post(f"/coupons/{coupon.code}/redeem/", {"order": "A1", **sent}), 422, code)
    coupon.refresh_from_db()
    assert (coupon.state, coupon.moves) == ("issued", 1)


def test_everybody_lists_their_own(coupon, cast):
    for user, seen in [(cast.buyer, 1), (cast.owner, 1), (cast.platform, 1), (cast.rival, 0), (cast.outsider, 0)]:
        assert len(Caller(user).get("/coupons/").json()["results"]) == seen
    buyer = Caller(cast.buyer)
    assert buyer.get("/coupons/?state=redeemed").json()["results"] == []
    problem(buyer.get("/coupons/?state=lost"), 400, "bad_parameter")


def test_codes_cannot_be_tried_out(coupon, cast):
    outsider = Caller(cast.outsider)
    for _number in range(30):
        problem(outsider.get(f"/coupons/{new_code()}/"), 404, "not_found")
    problem(outsider.get(f"/coupons/{new_code()}/"), 429, "too_many_wrong_codes")
    assert Caller(cast.buyer).get(f"/coupons/{coupon.code}/").status_code == 200, "others are not hindered"


def test_a_mistyped_code_never_asks_for_a_coupon(coupon, cast):
    owner = Caller(cast.owner)
    with CaptureQueriesContext(connection) as asked:
        problem(owner.get(f"/coupons/{coupon.code[:-1]}/"), 422, "mistyped_code")
    assert not [query["sql"] for query in asked if "coupons_coupon" in query["sql"]]
