"""Budgets: all or nothing, given back when a coupon is over, exact under a crowd."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

from aftersales.remedies.coupons import take_back
from aftersales.remedies.models import CouponGrant
from aftersales.remedies.services import BudgetSpent, grant_many, run_due
from merchants.coupons import audit, services
from merchants.coupons.budgets import Limits, day_of, set_limits
from merchants.coupons.models import CouponBudget, CouponReservation
from merchants.models import MemberRole, MerchantMember
from merchants.plans.content import OptionContent
from tests.coupons.makers import NOW, give, owed, promise, template_for
from tests.makers import make_member, make_order
from tests.plans.makers import PART, ask, make_plan
from tests.remedies.conftest import grant_of


def limit(template, *, whole_shop=False, **limits):
    merchant = template.merchant
    actor = MerchantMember.objects.filter(merchant=merchant, role="owner").first()
    return set_limits(
        merchant=merchant,
        template=None if whole_shop else template,
        currency=template.currency,
        limits=Limits(**limits),
        actor=actor.user if actor else make_member(merchant, MemberRole.OWNER),
        now=NOW,
    )


@pytest.fixture
def order(db):
    return make_order()


@pytest.fixture
def template(order):
    return template_for(order)


@pytest.mark.parametrize(
    ("limits", "fits"),
    [
        ({"total_count": 2}, 2),
        ({"total_amount": Decimal("29.99")}, 2),
        ({"total_amount": Decimal(30)}, 3),
        ({"day_count": 1}, 1),
        ({"day_amount": Decimal(10)}, 1),
        ({"total_count": 0}, 0),
        ({}, 5),
    ],
)
@pytest.mark.parametrize("whole_shop", [False, True])
def test_each_limit_lets_as_many_through_as_it_says(order, template, limits, fits, whole_shop):
    limit(template, whole_shop=whole_shop, **limits)
    given = 0
    for number in range(5):
        try:
            promise(order, template, key=f"CASE:{number}")
            given += 1
        except BudgetSpent:
            pass
    assert given == fits == CouponGrant.objects.count() == CouponReservation.objects.count()
    assert owed(order) == 10 * fits
    assert audit.findings() == []


def test_a_new_day_has_its_own_share(order, template):
    limit(template, day_count=1)
    promise(order, template, key="A:1")
    with pytest.raises(BudgetSpent):
        promise(order, template, key="A:2")
    promise(order, template, key="A:3", now=NOW + timedelta(days=1))
    assert CouponBudget.objects.get(template=template).today_count == 1
    assert CouponBudget.objects.get(template=template).taken_count == 2
    assert audit.findings() == []


def test_the_day_is_the_sites_not_greenwichs(settings):
    settings.TIME_ZONE = "Asia/Shanghai"
    assert str(day_of(NOW.replace(hour=17))) == "2026-11-24"


def test_what_one_template_gives_another_has_not(order, template):
    other = template_for(order, amount=Decimal(5))
    limit(template, total_count=1)
    limit(template, whole_shop=True, total_amount=Decimal(20))
    promise(order, template, key="A:1")
    promise(order, other, key="A:2")
    promise(order, other, key="A:3")
    with pytest.raises(BudgetSpent):
        promise(order, other, key="A:4")  # the whole shop's 20 are given
    assert audit.findings() == []


def test_in_one_batch_all_or_nothing(order, template):
    limit(template, total_count=2)
    grants = [
        grant_of(order, key=f"B:{n}", coupon_amount=template.amount, coupon_days=9, coupon_template=template.pk)
        for n in range(3)
    ]
    with pytest.raises(BudgetSpent) as told, transaction.atomic():
        grant_many(grants, now=NOW)
    assert told.value.key == "B:2"
    assert not CouponReservation.objects.exists()
    assert owed(order) == 0


@pytest.mark.parametrize("how", ["expired", "reversed", "never issued"])
def test_a_coupon_that_is_over_gives_its_share_back(order, template, how):
    limit(template, total_count=1)
    if how == "never issued":
        promise(order, template)
    else:
        give(order, template)
    if how == "expired":
        services.expire_due(now=NOW + timedelta(days=91))
    else:
        take_back(case="CASE", bearer="merchant", now=NOW)
    assert owed(order) == 0
    assert CouponBudget.objects.get(template=template).taken_count == 0
    promise(order, template, key="AGAIN:1")
    assert audit.findings() == []


def test_a_used_coupon_keeps_its_share(order, template):
    coupon = give(order, template)
    services.redeem(code=coupon.code, purchase=services.Purchase("N1"), actor=make_member(order.merchant), now=NOW)
    assert CouponBudget.objects.get(template=template).taken_count == 1
    assert audit.findings() == []


def test_plans_leave_out_what_a_budget_no_longer_holds(order, template):
    make_plan(order.merchant, options=(PART, OptionContent("coupon", coupon=template)))
    limit(template, total_count=1, day_count=5)
    assert [o.kind for o in ask(order.merchant, today=day_of(NOW)).options] == ["partial_refund_keep", "coupon"]
    promise(order, template)
    assert [o.kind for o in ask(order.merchant, today=day_of(NOW)).options] == ["partial_refund_keep"]


def test_a_budget_is_for_owner_and_manager(order, template):
    agent = make_member(order.merchant, MemberRole.AGENT)
    with pytest.raises(PermissionDenied):
        set_limits(merchant=order.merchant, template=template, currency="CNY", limits=Limits(1), actor=agent, now=NOW)
    assert not CouponBudget.objects.exists()


def test_the_audit_sees_a_counter_that_is_off(order, template):
    promise(order, template)
    CouponBudget.objects.filter(template=template).update(taken_count=7)
    assert len(audit.findings()) == 1


@pytest.mark.django_db(transaction=True)
def test_of_a_thousand_who_claim_at_once_a_hundred_get_a_coupon():
    order = make_order()
    template = template_for(order)
    limit(template, total_count=100)
    keys = count()

    def claim(_number):
        """Each on a connection of its thread, each in a transaction of its own."""
        try:
            promise(order, template, key=f"RUSH:{next(keys)}")
        except BudgetSpent:
            return "spent"
        return "given"

    def work(share):
        try:
            return [claim(number) for number in share]
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        answers = [a for some in pool.map(work, [range(50)] * 20) for a in some]
    assert sorted(answers) == ["given"] * 100 + ["spent"] * 900
    assert CouponGrant.objects.count() == 100
    assert owed(order) == 1000
    run_due(now=NOW)
    assert CouponBudget.objects.get(template=template).taken_count == 100
    assert audit.findings() == []
