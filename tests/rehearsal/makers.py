"""A shop with a past: cases of many kinds filed by the real services while its plans were changed again and again."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from aftersales.disputes.services.filing import open_dispute
from aftersales.orders.models import Order, OrderLine
from merchants.coupons.models import CouponTemplate
from merchants.plans.content import OptionContent, content_of
from merchants.plans.services import pause, publish, resume, save_draft, start_draft
from tests.makers import make_order, make_user
from tests.plans.makers import FULL_BACK, make_coupon, make_plan

# type, reason, stage of the order, what is wanted
KINDS = [
    ("quality_visible", "poor_material", "received", "full_refund_with_return"),
    ("quality_visible", "defective", "received", "full_refund_with_return"),
    ("wrong_item", "wrong_item", "received", "full_refund_with_return"),
    ("not_shipped_cancel", "no_longer_wanted", "unshipped", "full_refund_no_return"),
]


OFFERED = ("partial_refund_keep", "cash_and_coupon", "coupon", "replace_no_return", "full_refund_no_return")
TYPES = ("quality_visible", "wrong_item", "not_shipped_cancel")


def option(chance, coupons):
    kind = chance.choice(OFFERED)
    coupon = chance.choice(coupons) if "coupon" in kind else None
    if kind in {"partial_refund_keep", "cash_and_coupon"}:
        if chance.random() < 0.5:
            return OptionContent(kind, percent=Decimal(chance.randrange(1, 99)), coupon=coupon)
        return OptionContent(kind, amount=Decimal(chance.randrange(1, 80)), coupon=coupon)
    return OptionContent(kind, coupon=coupon)


def content_given(chance, coupons):
    options = list(dict.fromkeys(option(chance, coupons) for _n in range(chance.randrange(1, 4))))
    first = chance.choice((1, 2))  # from here on options come as a second step, sometimes
    step = chance.choice((1, 1, 2))
    options = [*options[:first], FULL_BACK, *(replace(option, step=step) for option in options[first:])]
    low = chance.choice((None, Decimal(20), Decimal(60)))
    types = tuple(chance.sample(TYPES, chance.choice((0, 1, 2))))
    return {
        "types": types,
        "reasons": () if types else chance.choice(((), ("poor_material", "no_longer_wanted"))),
        "stages": () if types else chance.choice(((), ("received",))),
        "categories": chance.choice(((), (), ("Shirts",))),
        "value_from": low,
        "value_to": None if low is None else low * 3,
        "options": tuple(options),
    }


def buy_some(cast, now, chance, stage):
    prices = [f"{chance.randrange(1, 15000) / 100:.2f}" for _n in range(chance.choice((1, 1, 2)))]
    order = make_order(prices, shop=cast.shop, customer=make_user("buyer"))
    Order.objects.filter(pk=order.pk).update(paid_at=now - timedelta(days=6))
    arrived = now - timedelta(hours=chance.randrange(1, 120)) if stage == "received" else None
    shipped = None if stage == "unshipped" else now - timedelta(days=6)
    for line in order.lines.all():
        category = chance.choice(("Shirts", "Shoes"))
        OrderLine.objects.filter(pk=line.pk).update(category=category, shipped_at=shipped, delivered_at=arrived)
    return Order.objects.prefetch_related("lines", "payments").select_related("buyer").get(pk=order.pk)


def file_some(cast, now, chance):
    type_, reason, stage, wants = chance.choice(KINDS)
    order = buy_some(cast, now, chance, stage)
    lines = [(line.line_ref, line.quantity) for line in order.lines.all()]
    return open_dispute(
        order=order, actor=order.buyer, now=now, lines=lines, type=type_, reason=reason, wants=wants
    )  # fmt: skip


def make_plans(cast, chance, count):
    coupons = [make_coupon(cast.shop, name=f"C{n}", amount=Decimal(5 + n)) for n in range(3)]
    plans = [
        make_plan(cast.shop, name=f"P{n}", actor=cast.owner, **content_given(chance, coupons)) for n in range(count)
    ]
    return plans, coupons


def change_something(cast, now, chance, plans, coupons):
    """Publish another version, pause, resume, or stop or give a coupon again."""
    what, plan = chance.choice(("publish", "publish", "switch", "coupon")), chance.choice(plans)
    plan.refresh_from_db()
    if what == "switch":
        verb = pause if plan.state == "live" else resume
        verb(plan=plan, actor=cast.owner, now=now)
    elif what == "coupon":
        coupon = chance.choice(coupons)
        CouponTemplate.objects.filter(pk=coupon.pk).update(active=not CouponTemplate.objects.get(pk=coupon.pk).active)
    else:
        draft = start_draft(plan=plan, actor=cast.owner, now=now)
        active = list(CouponTemplate.objects.filter(pk__in=[c.pk for c in coupons], active=True))
        given = content_given(chance, active) if active else {"options": (FULL_BACK,)}
        save_draft(plan=plan, content=replace(content_of(draft), **given), actor=cast.owner, now=now)
        publish(plan=plan, actor=cast.owner, now=now)
