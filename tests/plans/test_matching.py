"""Which plan answers a case, condition by condition, and why."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from merchants.coupons.models import CouponTemplate
from merchants.plans.content import OptionContent
from merchants.plans.matching import TRACED
from merchants.plans.models import LiveScene, Plan
from merchants.plans.services import offer_cash, pause, start_draft
from tests.makers import make_member, make_shop
from tests.plans.makers import FULL_BACK, NOW, PART, ask, make_coupon, make_plan

pytestmark = pytest.mark.django_db

# scene of the plan, case, which condition is not met ("" where the plan answers)
TABLE = [
    ({}, {}, ""),
    ({"types": ("quality_visible",)}, {}, ""),
    ({"types": ("wrong_item", "quality_visible")}, {}, ""),
    ({"types": ("wrong_item",)}, {}, "type"),
    ({"reasons": ("poor_material",)}, {}, ""),
    ({"reasons": ("defective",)}, {}, "reason"),
    ({"stages": ("received",)}, {}, ""),
    ({"stages": ("in_transit",)}, {}, "stage"),
    ({"categories": ("Shirts", "Shoes")}, {}, ""),
    ({"categories": ("Shirts", "Shoes")}, {"categories": ["Shirts", "Shoes"]}, ""),
    ({"categories": ("Shirts",)}, {"categories": ["Shirts", "Shoes"]}, "category"),
    ({"categories": ("Shoes",)}, {}, "category"),
    ({"categories": ("Shoes",)}, {"categories": []}, "category"),
    ({}, {"categories": []}, ""),
    ({"value_from": Decimal(100), "value_to": Decimal(100)}, {}, ""),
    ({"value_from": Decimal("100.01")}, {}, "value"),
    ({"value_to": Decimal("99.99")}, {}, "value"),
    ({"value_from": Decimal(50)}, {}, ""),
    ({"value_to": Decimal(100)}, {}, ""),
    ({"days_from": 3, "days_to": 3}, {}, ""),
    ({"days_from": 4}, {}, "days"),
    ({"days_to": 2}, {}, "days"),
    ({"days_to": 15}, {"days": None}, "days"),
    ({}, {"days": None}, ""),
    ({"currency": "USD"}, {}, "currency"),
]


@pytest.mark.parametrize(("scene", "case", "failed"), TABLE)
def test_each_condition(scene, case, failed):
    shop = make_shop()
    plan = make_plan(shop, **scene)
    found = ask(shop, **case)
    assert found.trace[0]["failed"] == ([failed] if failed else [])
    assert found.trace[0]["fits"] is (not failed)
    assert (found.version.plan_id if found.version else None) == (None if failed else plan.pk)


def test_all_failed_conditions_are_named():
    shop = make_shop()
    plan = make_plan(shop, name="Shoes", types=("wrong_item",), categories=("Shoes",), days_to=1)
    assert ask(shop).trace == [
        {
            "plan": plan.pk,
            "version": 1,
            "name": "Shoes",
            "fits": False,
            "conditions": 3,
            "failed": ["type", "category", "days"],
        }
    ]


def test_the_most_specific_plan_answers_then_the_oldest():
    shop = make_shop()
    general = make_plan(shop, name="general")
    first = make_plan(shop, name="first", types=("quality_visible",), stages=("received",))
    second = make_plan(shop, name="second", types=("quality_visible",), days_to=30)
    strange = make_plan(shop, name="strange", types=("wrong_item",), stages=("received",), days_to=30)
    found = ask(shop)
    assert found.version.plan_id == first.pk
    assert [row["plan"] for row in found.trace] == [first.pk, second.pk, general.pk, strange.pk]


def test_no_plan_at_all():
    found = ask(make_shop())
    assert (found.version, found.options, found.trace) == (None, (), [])


def test_drafts_paused_plans_and_other_shops_do_not_answer():
    shop, rival = make_shop(), make_shop()
    owner = make_member(shop)
    make_plan(shop, live=False)
    pause(plan=make_plan(shop), actor=owner, now=NOW)
    make_plan(rival)
    assert ask(shop).trace == []


def test_the_live_version_answers_while_a_draft_is_written():
    shop = make_shop()
    plan = make_plan(shop)
    start_draft(plan=plan, actor=make_member(shop), now=NOW)
    assert ask(shop).version.number == 1


def test_options_come_in_order_with_their_coupons():
    shop = make_shop()
    coupon = make_coupon(shop)
    make_plan(shop, options=(PART, OptionContent("coupon", coupon=coupon), FULL_BACK))
    options = ask(shop).options
    assert [(o.position, o.kind) for o in options] == [
        (1, "partial_refund_keep"),
        (2, "coupon"),
        (3, "full_refund_with_return"),
    ]
    assert options[0].percent == Decimal(30)
    assert (options[1].coupon.amount, options[1].coupon.minimum_spend, options[1].coupon.valid_days) == (10, 50, 90)


def test_a_stopped_coupon_is_not_offered_any_more():
    shop = make_shop()
    coupon = make_coupon(shop)
    make_plan(shop, options=(PART, OptionContent("coupon", coupon=coupon)))
    CouponTemplate.objects.update(active=False)
    assert [o.kind for o in ask(shop).options] == ["partial_refund_keep"]


def test_nothing_that_was_never_sent_is_asked_back():
    shop = make_shop()
    make_plan(shop)
    assert [o.kind for o in ask(shop, stage="unshipped", days=None).options] == ["partial_refund_keep"]


@pytest.mark.parametrize("plans", [1, 25])
def test_one_query_whatever_the_number_of_plans(plans, django_assert_num_queries):
    shop = make_shop()
    for number in range(plans):
        make_plan(shop, name=f"Plan {number}", options=(PART, OptionContent("coupon", coupon=make_coupon(shop))))
    ask(shop)  # reads what the winner says, once per process
    with django_assert_num_queries(1):
        found = ask(shop)
        assert found.version.pk
        assert found.version.expires_hours == 24
        assert [o.coupon for o in found.options][1].amount
    assert len(found.trace) == min(plans, TRACED)


@pytest.mark.parametrize(
    ("option", "most", "currency", "cash"),
    [
        ({"percent": Decimal(30)}, "99.99", "CNY", "29.99"),
        ({"percent": Decimal("33.33")}, "0.03", "CNY", "0.00"),
        ({"percent": Decimal(50)}, "99", "JPY", "49"),
        ({"percent": Decimal(10)}, "1.234", "KWD", "0.123"),
        ({"amount": Decimal(20)}, "100", "CNY", "20.00"),
        ({"amount": Decimal(20)}, "12.50", "CNY", "12.50"),
        ({}, "100", "CNY", "0.00"),
    ],
)
def test_how_much_money_an_option_gives(option, most, currency, cash):
    shop = make_shop()
    plan = make_plan(shop, options=(FULL_BACK,))
    row = plan.live.options.get()
    for name, value in option.items():
        setattr(row, name, value)
    assert str(offer_cash(row, Decimal(most), currency)) == cash


def test_live_scenes_follow_the_plans_whatever_changes_them():
    shop = make_shop()
    plan = make_plan(shop, types=("quality_visible",))
    Plan.objects.filter(pk=plan.pk).update(name="Renamed")
    assert ask(shop).trace[0]["name"] == "Renamed"
    Plan.objects.filter(pk=plan.pk).update(state="paused")
    assert not LiveScene.objects.exists()
    Plan.objects.filter(pk=plan.pk).update(state="live")
    scene = LiveScene.objects.get()
    assert (scene.plan_id, scene.version_id, scene.merchant_id, scene.conditions) == (plan.pk, plan.live_id, shop.pk, 1)


def test_what_one_caller_does_to_a_version_does_not_reach_the_next():
    shop = make_shop()
    make_plan(shop)
    first = ask(shop)
    first.version.script_en, first.options[0].percent = "Changed", 99
    again = ask(shop)
    assert (again.version.script_en, again.options[0].percent) == ("Sorry, {buyer}.", 30)


@pytest.mark.parametrize("change", [{"amount": 11}, {"minimum_spend": 0}, {"valid_days": 1}, {"currency": "USD"}])
def test_a_promised_coupon_keeps_its_worth(change):
    shop = make_shop()
    promised, free = make_coupon(shop), make_coupon(shop)
    make_plan(shop, options=(PART, OptionContent("coupon", coupon=promised)))
    assert CouponTemplate.objects.filter(pk=free.pk).update(**change)
    assert CouponTemplate.objects.filter(pk=promised.pk).update(name="Other name", active=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        CouponTemplate.objects.filter(pk=promised.pk).update(**change)
