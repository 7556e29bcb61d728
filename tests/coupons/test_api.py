"""Coupons over REST: seen by those they concern, used up once by the merchant or the marketplace."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

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
