"""What no plan may do, case by case."""

from dataclasses import replace
from decimal import Decimal

import pytest

from merchants.plans.content import OptionContent
from merchants.plans.guard import check_draft, check_ready
from merchants.plans.models import Plan
from merchants.plans.scripts import asks_for_review, fill, render_script, unknown_variables
from merchants.plans.services import PlanRefused
from tests.makers import make_shop
from tests.plans.makers import CONTENT, FULL_BACK, PART, make_coupon, make_plan

pytestmark = pytest.mark.django_db
KIND = "partial_refund_keep"

DRAFT_PROBLEMS = [
    ({"types": ("nonsense",)}, "unknown_code"),
    ({"reasons": ("nonsense",)}, "unknown_code"),
    ({"stages": ("nonsense",)}, "unknown_code"),
    ({"value_from": Decimal(2), "value_to": Decimal(1)}, "band"),
    ({"days_from": 5, "days_to": 4}, "band"),
    ({"expires_hours": 23}, "expires_hours"),
    ({"expires_hours": 169}, "expires_hours"),
    ({"script_en": "x" * 1001}, "script_long"),
    ({"script_en": "Dear {customer}"}, "unknown_variable"),
    ({"script_zh": "{}"}, "unknown_variable"),
    ({"script_en": "Please withdraw your review first."}, "asks_for_review"),
    ({"script_zh": "麻烦您先删除差评，我们马上退款。"}, "asks_for_review"),
    ({"options": (PART, PART)}, "twice"),
    ({"options": tuple(OptionContent(KIND, percent=Decimal(n)) for n in range(1, 7))}, "too_many_options"),
    ({"options": (OptionContent("dismiss"),)}, "kind"),
    ({"options": (OptionContent("recovery_from_buyer"),)}, "kind"),
    ({"options": (OptionContent("abuse_finding"),)}, "kind"),
    ({"options": (OptionContent("nonsense"),)}, "kind"),
    ({"options": (OptionContent(KIND),)}, "percent_or_amount"),
    ({"options": (OptionContent(KIND, percent=Decimal(5), amount=Decimal(5)),)}, "percent_or_amount"),
    ({"options": (OptionContent(KIND, percent=Decimal(100)),)}, "percent"),
    ({"options": (OptionContent(KIND, amount=Decimal("1.001")),)}, "amount"),
    ({"options": (OptionContent("coupon"),)}, "coupon"),
]
READY_PROBLEMS = [
    ({"options": ()}, "no_options"),
    ({"script_en": " "}, "script_missing"),
    ({"script_zh": ""}, "script_missing"),
    ({"stages": ("unshipped",)}, "return_unshipped"),
    ({"stages": ("in_transit",), "days_to": 5}, "days_without_delivery"),
    ({"types": ("not_shipped_cancel",), "stages": ("received",)}, "stage_mismatch"),
    ({"types": ("size_or_fit",), "reasons": ("counterfeit",)}, "reason_mismatch"),
]


@pytest.mark.parametrize(("change", "code"), DRAFT_PROBLEMS)
def test_what_cannot_be_saved(change, code):
    problems = check_draft(replace(CONTENT, **change), merchant_id=1)
    assert code in {problem.code for problem in problems}
    assert all(problem.message for problem in problems)


@pytest.mark.parametrize(("change", "code"), READY_PROBLEMS)
def test_what_can_be_saved_but_not_published(change, code):
    content = replace(CONTENT, **change)
    assert check_draft(content, merchant_id=1) == []
    assert [problem.code for problem in check_ready(content, merchant_id=1)] == [code]


def test_a_refused_plan_leaves_nothing_behind():
    with pytest.raises(PlanRefused) as refused:
        make_plan(make_shop(), script_en="{nobody}")
    assert "{nobody}" in refused.value.problems[0].message
    assert not Plan.objects.exists()


@pytest.mark.parametrize("kind", ["coupon", "cash_and_coupon"])
def test_cash_beside_every_coupon(kind):
    shop = make_shop()
    percent = Decimal(5) if kind == "cash_and_coupon" else None
    option = OptionContent(kind, percent=percent, coupon=make_coupon(shop))
    alone = replace(CONTENT, options=(option, OptionContent("resend_missing")))
    assert [p.code for p in check_ready(alone, merchant_id=shop.pk)] == ["cash_beside_coupon"]
    assert check_ready(replace(CONTENT, options=(option, PART)), merchant_id=shop.pk) == []
    assert check_ready(replace(CONTENT, options=(option, FULL_BACK)), merchant_id=shop.pk) == []


@pytest.mark.parametrize(
    ("coupon", "code"),
    [({"active": False}, "coupon_stopped"), ({"currency": "USD"}, "coupon_currency")],
)
def test_coupons_that_cannot_be_offered(coupon, code):
    shop = make_shop()
    content = replace(CONTENT, options=(PART, OptionContent("coupon", coupon=make_coupon(shop, **coupon))))
    problems = check_draft(content, merchant_id=shop.pk)
    assert [(p.code, p.option) for p in problems] == [(code, 2)]


def test_another_shops_coupon_is_refused():
    shop, rival = make_shop(), make_shop()
    content = replace(CONTENT, options=(PART, OptionContent("coupon", coupon=make_coupon(rival))))
    assert [p.code for p in check_draft(content, merchant_id=shop.pk)] == ["coupon"]


@pytest.mark.parametrize(
    "script",
    [
        "Could you delete your bad review?",
        "We refund once you change the rating to 5 stars.",
        "Please remove the negative feedback",
        "leave us a five-star review",
        "请您撤回评价",
        "麻烦修改一下您的评价",
        "差评删除后返现",
        "给个五星好评即可",
        "好评返现 10 元",
    ],
)
def test_scripts_that_ask_for_a_review(script):
    assert asks_for_review(script)


@pytest.mark.parametrize(
    "script",
    [
        "We are sorry that the shirt did not meet your expectations.",
        "Choose what suits you. You give up nothing but this claim.",
        "Thank you for your feedback; we will change the packaging.",
        "非常抱歉，我们会改进服务，感谢您的反馈。",
        "您可以选择部分退款，也可以退货退款。",
    ],
)
def test_scripts_that_do_not(script):
    assert asks_for_review(script) == ""


def test_variables_are_filled_once_and_never_read_as_anything_else():
    said = fill("{buyer}: {product} {unknown} {order.number} {hours}", {"buyer": "{merchant}<b>", "product": "{}%s"})
    assert said == "{merchant}<b>: {}%s {unknown} {order.number} "


def test_unknown_variables_are_named_once():
    assert unknown_variables("{buyer} {x} {x} { buyer } {0.__class__}") == ["x", " buyer ", "0.__class__"]


def test_scripts_fall_back_to_the_other_language():
    version = make_plan(make_shop(), live=False).draft
    assert render_script(version, "zh-hans", {"buyer": "小李"}) == "小李，非常抱歉。"
    assert render_script(version, "en", {"buyer": "Li"}) == "Sorry, Li."
    version.script_zh = ""
    assert render_script(version, "zh-hans", {"buyer": "Li"}) == "Sorry, Li."
