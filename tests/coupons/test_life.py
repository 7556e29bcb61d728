"""From promise to end, step by step: the ledger follows at once, and nothing is lost or paid twice."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aftersales.ledger import audit as ledger_audit
from aftersales.remedies import audit as remedies_audit
from aftersales.remedies.coupons import issue_granted, take_back
from aftersales.remedies.models import CouponGrant
from merchants.coupons import audit, services
from merchants.coupons.models import Coupon, CouponMove, CouponTemplate
from merchants.coupons.services import Bought, Purchase
from tests.coupons.makers import NOW, fund, give, owed, payable, promise, template_for
from tests.makers import make_member, make_order


@pytest.fixture
def order(db):
    return make_order()


def seller(coupon):
    return make_member(coupon.merchant)


def redeem(coupon, order_ref="N1", *, now=NOW, actor=None, **more):
    purchase = Purchase(order_ref, **more)
    return services.redeem(code=coupon.code, purchase=purchase, actor=actor or seller(coupon), now=now)


def release(coupon, order_ref="N1", *, now=NOW):
    return services.release(code=coupon.code, order_ref=order_ref, actor=seller(coupon), now=now)


def faults():
    return [*audit.findings(), *remedies_audit.findings(), *ledger_audit.findings()]


def test_each_step_is_in_the_ledger_at_once(order):
    coupon = give(order, template_for(order, funded_by="platform"))
    assert (owed(order), fund(), payable(order)) == (10, -10, 0)
    redeem(coupon)
    assert (owed(order), fund(), payable(order)) == (0, -10, 10)
    release(coupon)
    assert (owed(order), fund(), payable(order)) == (10, -10, 0)
    assert services.expire_due(now=NOW + timedelta(days=90)) == 1
    assert (owed(order), fund(), payable(order)) == (0, 0, 0)
    assert list(coupon.history.order_by("number").values_list("kind", flat=True)) == [
        "issued",
        "used",
        "released",
        "expired",
    ]
    assert faults() == []


def test_giving_back_twice_changes_nothing_and_another_order_cannot(order):
    coupon = give(order, template_for(order))
    redeem(coupon)
    with pytest.raises(services.NotUsed):
        release(coupon, "N2")
    release(coupon)
    assert release(coupon).state == "issued"
    assert coupon.history.count() == 3
    redeem(coupon, "N2")
    assert faults() == []


def test_given_back_after_its_last_day_it_runs_out(order):
    coupon = give(order, template_for(order))
    redeem(coupon)
    assert release(coupon, now=NOW + timedelta(days=365)).state == "expired"
    assert owed(order) == 0
    assert faults() == []


@pytest.mark.parametrize(
    ("terms", "spend", "off"),
    [
        ({"amount": Decimal(10)}, {"spent": Decimal(8)}, "8"),
        ({"amount": Decimal(10)}, {"spent": Decimal(80)}, "10"),
        ({"amount": Decimal(10)}, {}, "10"),
        ({"percent": Decimal(10), "amount": Decimal(20)}, {"spent": Decimal("99.99")}, "9.99"),
        ({"percent": Decimal(10), "amount": Decimal(20)}, {"spent": Decimal(500)}, "20"),
        ({"categories": ["Tea"]}, {"lines": (Bought("A", "Tea", Decimal(6)), Bought("B", "Cups", Decimal(50)))}, "6"),
        ({"skus": ["B"]}, {"lines": (Bought("A", "Tea", Decimal(6)), Bought("B", "Cups", Decimal(50)))}, "10"),
    ],
)
def test_what_it_takes_off(order, terms, spend, off):
    coupon = redeem(give(order, template_for(order, **terms)), **spend)
    assert coupon.redeemed_amount == Decimal(off)
    assert owed(order) == 0
    assert faults() == []


@pytest.mark.parametrize(
    ("terms", "spend", "error"),
    [
        ({"percent": Decimal(10)}, {}, services.SpendUnknown),
        ({"categories": ["Tea"]}, {"spent": Decimal(100)}, services.SpendUnknown),
        ({"categories": ["Tea"]}, {"lines": (Bought("B", "Cups", Decimal(50)),)}, services.OutOfScope),
        (
            {"categories": ["Tea"], "minimum_spend": Decimal(40)},
            {"lines": (Bought("A", "Tea", Decimal(39)), Bought("B", "Cups", Decimal(50)))},
            services.BelowMinimum,
        ),
        ({"valid_from": date(2026, 12, 1), "valid_until": date(2026, 12, 31)}, {}, services.CouponNotYetValid),
        ({}, {"buyer_ref": "somebody else"}, services.WrongBuyer),
        ({}, {"merchant_ref": "another shop"}, services.WrongMerchant),
    ],
)
def test_what_it_cannot_be_used_for(order, terms, spend, error):
    coupon = give(order, template_for(order, **terms))
    before = owed(order)
    with pytest.raises(error):
        redeem(coupon, **spend)
    coupon.refresh_from_db()
    assert (coupon.state, coupon.moves, owed(order)) == ("issued", 1, before)


def test_two_in_one_order_only_where_both_may(order):
    alone = give(order, template_for(order), key="A:1")
    one, two = (give(order, template_for(order, stackable=True), key=f"B:{n}") for n in range(2))
    redeem(one)
    redeem(two)
    with pytest.raises(services.NotStackable):
        redeem(alone)
    redeem(alone, "N2")
    with pytest.raises(services.NotStackable):
        redeem(give(order, template_for(order, stackable=True), key="C:1"), "N2")


def test_between_two_dates(order):
    template = template_for(order, valid_from=date(2026, 12, 1), valid_until=date(2026, 12, 31))
    coupon = give(order, template)
    last = coupon.expires_at
    assert (coupon.starts_at.date() - date(2026, 12, 1)).days in {-1, 0}  # midnight of the site's time zone
    assert redeem(coupon, now=last - timedelta(seconds=1)).state == "redeemed"
    late = give(order, template, key="LATE:1", now=last + timedelta(days=5))
    assert late.expires_at == last + timedelta(days=6), "what was promised is good for a day at least"


def test_what_was_given_stays_as_it_was(order):
    template = template_for(order)
    give(order, template)
    with pytest.raises(IntegrityError), transaction.atomic():
        CouponTemplate.objects.filter(pk=template.pk).update(amount=99)
    with pytest.raises(IntegrityError), transaction.atomic():
        CouponMove.objects.update(amount=1)
    CouponTemplate.objects.filter(pk=template.pk).update(name="Other", active=False)


def test_a_worker_killed_between_grant_and_issue_loses_nothing(order):
    grant = promise(order, template_for(order))
    assert faults() == []

    class Killed(Exception):
        pass

    def killed_before_the_commit():
        with transaction.atomic():
            issue_granted(grant.pk, now=NOW)
            raise Killed

    with pytest.raises(Killed):
        killed_before_the_commit()
    assert not Coupon.objects.exists()
    assert issue_granted(grant.pk, now=NOW)
    assert not issue_granted(grant.pk, now=NOW)
    assert Coupon.objects.count() == 1
    assert faults() == []


@pytest.mark.parametrize(("payer", "bearer"), [("merchant", "platform"), ("platform", "merchant")])
def test_overturned_unspent_ones_go_back_and_spent_ones_are_borne_as_ruled(order, payer, bearer):
    template = template_for(order, funded_by=payer)
    give(order, template, key="X:1")
    spent = give(order, template, key="X:2")
    redeem(spent, spent=Decimal(7))
    promise(order, template, key="X:3")
    assert len(take_back(case="CASE", bearer=bearer, now=NOW)) == 2
    assert take_back(case="CASE", bearer=bearer, now=NOW) == []
    assert owed(order) == 0
    assert (fund(), payable(order)) == ((-7, 7) if bearer == "platform" else (0, 0))
    assert sorted(CouponGrant.objects.values_list("state", flat=True)) == ["cancelled", "cancelled", "issued"]
    assert sorted(Coupon.objects.values_list("state", flat=True)) == ["redeemed", "revoked"]
    assert faults() == []


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["promise", "issue", "redeem", "release", "expire", "reverse"]),
        st.integers(0, 3),
        st.decimals("0.01", "30", places=2),
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, funded_by=st.sampled_from(["merchant", "platform"]), percent=st.booleans())
def test_whatever_happens_the_ledger_owes_what_is_open(order, steps, funded_by, percent):
    with transaction.atomic():
        worth = {"percent": Decimal(50)} if percent else {}
        template = template_for(order, funded_by=funded_by, **worth)
        agent, now = make_member(order.merchant), NOW
        for action, number, spent in steps:
            now += timedelta(days=9)
            _step(action, number, spent, order, template, agent, now)
            assert faults() == []
        assert owed(order) == 10 * (
            CouponGrant.objects.filter(state="granted").count() + Coupon.objects.filter(state="issued").count()
        )
        transaction.set_rollback(True)


def _step(action, number, spent, order, template, agent, now):
    key = f"P:{number}"
    coupon = Coupon.objects.filter(key=key).first()
    if action == "promise" and not CouponGrant.objects.filter(key=key).exists():
        promise(order, template, key=key, case=f"P{number}", now=now)
    elif action == "issue":
        for pk in CouponGrant.objects.filter(key=key).values_list("pk", flat=True):
            issue_granted(pk, now=now)
    elif action == "expire":
        services.expire_due(now=now)
    elif action == "reverse":
        take_back(case=f"P{number}", bearer="platform", now=now)
    elif coupon is not None:
        refused = (services.CouponSpent, services.CouponExpired, services.NotUsed, services.NotStackable)
        try:
            if action == "redeem":
                redeem(coupon, f"N{number}", actor=agent, spent=spent, now=now)
            else:
                services.release(code=coupon.code, order_ref=f"N{number}", actor=agent, now=now)
        except refused:
            pass
