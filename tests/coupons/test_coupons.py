from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction

from aftersales.ledger import audit as ledger_audit
from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, balance
from aftersales.remedies import audit
from aftersales.remedies.models import Payer
from aftersales.remedies.services import grant_many, open_remedies, run_due, views_of
from merchants.coupons import services
from merchants.coupons.codes import new_code
from merchants.coupons.models import Coupon, CouponState
from merchants.models import MemberRole
from portal.outbox import services as outbox
from tests.makers import make_member, make_order, make_shop, make_user
from tests.remedies.conftest import grant_of

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
EVE = NOW + timedelta(days=30)


def issue(key="CASE:1", minimum="0", shop=None, customer=None):
    return services.issue(
        key=key,
        merchant_id=(shop or make_shop()).pk,
        buyer_id=(customer or make_user()).pk,
        currency="CNY",
        amount=Decimal("20.00"),
        minimum_spend=Decimal(minimum),
        valid_days=30,
        now=NOW,
    )


@pytest.fixture
def coupon(db):
    return issue()


@pytest.fixture
def owner(coupon):
    return make_member(coupon.merchant)


def redeem(coupon, actor, order_ref="NEXT-1", now=NOW, **more):
    purchase = services.Purchase(order_ref, **more)
    return services.redeem(code=coupon.readable_code, purchase=purchase, actor=actor, now=now)


def test_issuing_twice_for_one_key_gives_one_coupon(coupon):
    again = issue(shop=coupon.merchant, customer=coupon.buyer)
    assert again.pk == coupon.pk
    assert coupon.expires_at == EVE


def test_who_may_see_a_coupon(coupon, owner):
    for person in (coupon.buyer, owner, make_user(duty="marketplace"), make_user(duty="platform")):
        assert services.check(code=coupon.code, actor=person) == coupon
    for outsider in (make_user(), make_member(make_shop())):
        with pytest.raises(services.UnknownCoupon):
            services.check(code=coupon.code, actor=outsider)


def test_a_mistyped_code_costs_no_query(coupon, django_assert_num_queries):
    buyer = coupon.buyer
    with django_assert_num_queries(0), pytest.raises(services.MistypedCode):
        services.check(code=coupon.code[:-1], actor=buyer)
    with pytest.raises(services.UnknownCoupon):
        services.check(code=new_code(), actor=buyer)


def test_redeemed_once_and_the_same_order_again_changes_nothing(coupon, owner):
    used = redeem(coupon, owner)
    assert (used.state, used.redeemed_order, used.redeemed_at, used.redeemed_by) == ("redeemed", "NEXT-1", NOW, owner)
    later = NOW + timedelta(days=99)
    assert redeem(coupon, owner, now=later).redeemed_at == NOW
    with pytest.raises(services.CouponSpent):
        redeem(coupon, owner, "NEXT-2")


@pytest.mark.parametrize(("seconds", "valid"), [(-1, True), (0, False), (1, False)])
def test_valid_until_the_second(coupon, owner, seconds, valid):
    now = EVE + timedelta(seconds=seconds)
    if valid:
        assert redeem(coupon, owner, now=now).state == CouponState.REDEEMED
        return
    with pytest.raises(services.CouponExpired):
        redeem(coupon, owner, now=now)
    coupon.refresh_from_db()
    assert coupon.redeemed_at is None


def test_only_merchant_and_marketplace_use_a_coupon_up(coupon):
    finance = make_member(coupon.merchant, MemberRole.FINANCE)
    for person in (coupon.buyer, finance, make_user(duty="arbitrator")):
        with pytest.raises(services.NotYours):
            redeem(coupon, person)
    agent = make_member(coupon.merchant, MemberRole.AGENT)
    assert redeem(coupon, agent).state == CouponState.REDEEMED


def test_another_merchants_coupon(coupon):
    marketplace = make_user(duty="marketplace")
    with pytest.raises(services.WrongMerchant):
        redeem(coupon, marketplace, merchant_ref=make_shop().ref)
    assert redeem(coupon, marketplace, merchant_ref=coupon.merchant.ref).state == CouponState.REDEEMED


@pytest.mark.django_db
@pytest.mark.parametrize(("spent", "enough"), [(None, False), ("98.99", False), ("99.00", True)])
def test_minimum_spend(spent, enough):
    coupon = issue(minimum="99.00")
    owner = make_member(coupon.merchant)
    amount = None if spent is None else Decimal(spent)
    if enough:
        assert redeem(coupon, owner, spent=amount).state == CouponState.REDEEMED
        return
    with pytest.raises(services.BelowMinimum):
        redeem(coupon, owner, spent=amount)


def test_a_withdrawn_coupon(coupon, owner):
    Coupon.objects.update(state=CouponState.REVOKED)
    with pytest.raises(services.CouponSpent):
        redeem(coupon, owner)


def test_expiry_closes_what_ran_out_and_nothing_else(coupon, owner):
    used, fresh = issue("CASE:2", shop=coupon.merchant), issue("CASE:3")
    redeem(used, owner)
    Coupon.objects.filter(pk=fresh.pk).update(expires_at=EVE + timedelta(seconds=1))
    assert services.expire_due(now=EVE - timedelta(seconds=1)) == 0
    assert services.expire_due(now=EVE) == 1
    assert services.expire_due(now=EVE) == 0
    assert dict(Coupon.objects.values_list("key", "state")) == {
        "CASE:1": "expired",
        "CASE:2": "redeemed",
        "CASE:3": "issued",
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("payer", "end", "merchant", "fund"),
    [
        (Payer.MERCHANT, "used", 0, 0),
        (Payer.MERCHANT, "expired", 0, 0),
        (Payer.PLATFORM, "used", 20, -20),
        (Payer.PLATFORM, "expired", 0, 0),
    ],
)
def test_the_ledger_follows_a_coupon_from_promise_to_end(payer, end, merchant, fund):
    order = make_order()
    payable = AccountKey(AccountKind.MERCHANT_PAYABLE, "CNY", merchant_id=order.merchant_id)
    owed = AccountKey(AccountKind.COUPON_LIABILITY, "CNY", merchant_id=order.merchant_id)
    grant_many([grant_of(order, coupon_amount=Decimal(20), coupon_days=30, payer=payer)], now=NOW)
    assert balance(owed) == 20
    assert open_remedies("CASE")
    run_due(now=NOW)
    assert not open_remedies("CASE")
    coupon = Coupon.objects.get()
    if end == "used":
        redeem(coupon, make_member(order.merchant))
    else:
        services.expire_due(now=EVE)
    outbox.drain(now=EVE)
    assert (balance(owed), balance(payable)) == (0, merchant)
    assert balance(AccountKey(AccountKind.PLATFORM_FUND, "CNY")) == fund
    assert audit.findings() == []
    assert ledger_audit.findings() == []


@pytest.mark.django_db
def test_the_code_is_for_the_buyers_eyes_only():
    grant_many([grant_of(make_order(), coupon_amount=Decimal(20), coupon_days=30)], now=NOW)
    run_due(now=NOW)
    (hidden,), (shown,) = views_of("CASE"), views_of("CASE", codes=True)
    assert hidden.coupon_code == ""
    assert shown.coupon_code == Coupon.objects.get().readable_code


@pytest.mark.django_db(transaction=True)
def test_of_twenty_who_redeem_at_once_one_wins():
    coupon = issue()
    owner, start, results = make_member(coupon.merchant), Barrier(20), []

    def work(number):
        try:
            connection.ensure_connection()
            start.wait(timeout=30)
            with transaction.atomic():
                redeem(coupon, owner, f"NEXT-{number}")
            results.append("won")
        except services.CouponSpent:
            results.append("spent")
        finally:
            connection.close()

    threads = [Thread(target=work, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["spent"] * 19 + ["won"]
