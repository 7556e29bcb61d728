"""Plans and coupons that these tests stand on."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from merchants.coupons.models import CouponTemplate
from merchants.models import MemberRole
from merchants.plans.content import OptionContent, PlanContent
from merchants.plans.services import create_plan, match, publish
from tests.makers import make_member

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PART = OptionContent("partial_refund_keep", percent=Decimal(30))
FULL_BACK = OptionContent("full_refund_with_return")
CONTENT = PlanContent(script_en="Sorry, {buyer}.", script_zh="{buyer}，非常抱歉。", options=(PART, FULL_BACK))


def make_coupon(shop, **given):
    values = {"name": "Ten off", "amount": Decimal(10), "minimum_spend": Decimal(50), **given}
    return CouponTemplate.objects.create(merchant=shop, **values)


def make_plan(shop, *, name="Plan", actor=None, live=True, **given):
    actor = actor or make_member(shop, MemberRole.OWNER)
    plan = create_plan(merchant=shop, name=name, content=replace(CONTENT, **given), actor=actor, now=NOW)
    if live:
        publish(plan=plan, actor=actor, now=NOW)
        plan.refresh_from_db()
    return plan


def ask(shop, **given):
    case = {
        "type": "quality_visible",
        "reason": "poor_material",
        "stage": "received",
        "categories": ["Shirts"],
        "value": Decimal(100),
        "currency": "CNY",
        "days": 3,
        **given,
    }
    return match(merchant_id=shop.pk, **case)
