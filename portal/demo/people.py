"""The demo's people, shops, plans and orders."""

from datetime import datetime, timedelta
from decimal import Decimal

from aftersales.orders.models import Order, OrderLine, OrderPayment
from merchants.coupons.models import CouponTemplate
from merchants.models import MemberRole, Merchant, MerchantMember
from merchants.plans.content import OptionContent, PlanContent
from merchants.plans.services import create_plan, publish
from merchants.promises.services import sign
from portal.accounts.models import Duty, User
from portal.accounts.services import ensure_demo_user
from portal.demo.catalogue import PRODUCTS, SHOPS, Product


def people() -> dict[str, User]:
    """Make the demo sign-ins."""
    made = {
        name: ensure_demo_user(username=name, name=shown, email=f"{name}@example.org", language=language, buyer_ref=ref)
        for name, shown, language, ref in [
            ("buyer", "Chen Wei", "en", "buyer"),
            ("buyer2", "林小雨", "zh-hans", "buyer2"),
            ("merchant", "Zhou Min", "en", None),
            ("agent", "Liu Fang", "en", None),
            ("rival", "赵强", "zh-hans", None),
        ]
    }
    for name, shown, duty in [
        ("arbitrator", "Wu Ping", Duty.ARBITRATOR),
        ("senior", "Sun Yan", Duty.SENIOR),
        ("platform", "Gao Lei", Duty.PLATFORM),
        ("platform2", "Ma Li", Duty.PLATFORM),  # what needs four eyes
    ]:
        made[name] = ensure_demo_user(username=name, name=shown, email=f"{name}@example.org", duty=duty)
    return made


def shops(users: dict[str, User], now: datetime) -> list[Merchant]:
    """Open the shops, give them their people, coupons and published plans."""
    made = [
        Merchant.objects.create(
            ref=shop.ref,
            name=shop.name,
            return_name=f"{shop.name} 售后",
            return_address=shop.address,
            return_phone="400-000-0000",
        )
        for shop in SHOPS
    ]
    MerchantMember.objects.bulk_create(
        [
            MerchantMember(merchant=made[0], user=users["merchant"], role=MemberRole.OWNER),
            MerchantMember(merchant=made[0], user=users["agent"], role=MemberRole.AGENT),
            MerchantMember(merchant=made[1], user=users["rival"], role=MemberRole.OWNER),
        ]
    )
    for n, shop in enumerate(made[:12]):
        member = shop.members.filter(role=MemberRole.OWNER).first()
        owner = member.user if member else _owner(shop)
        _plans(shop, owner, now)
        if n % 3 == 0:
            _promises(shop, owner, now)
    return made


def _owner(shop: Merchant) -> User:
    """The owner of a shop that nobody signs in for."""
    user = User(username=f"{shop.ref}-owner", first_name=f"{shop.name} 店主", language="zh-hans", is_demo=True)
    user.set_unusable_password()
    user.save()
    MerchantMember.objects.create(merchant=shop, user=user, role=MemberRole.OWNER)
    return user


def _promises(shop: Merchant, owner: User, now: datetime) -> None:
    """Let the shops of the demo's merchants promise more than the rules."""
    promised = {
        "windows": {"no_reason": "15d", "price_protection": "30d"},
        "counts": {"fake_times": 10},
        "choices": {"return_freight_remorse": "merchant"},
    }
    sign(merchant=shop, actor=owner, rules=promised, effective_at=now, now=now)


def _plans(shop: Merchant, owner: User, now: datetime) -> None:
    coupon = CouponTemplate.objects.create(
        merchant=shop, name="致歉券 Sorry coupon", amount=Decimal(20), minimum_spend=Decimal(0), valid_days=90
    )
    quality = PlanContent(
        types=("quality_visible",),
        reasons=("poor_material", "defective"),
        script_en="Hello {buyer}, we are sorry about {product}. Choose what suits you; it is done at once.",
        script_zh="{buyer}您好，{product}没能让您满意，我们很抱歉。请选择您觉得合适的方案，选定后立即办理。",
        expires_hours=48,
        options=(
            OptionContent("partial_refund_keep", percent=Decimal(30)),
            OptionContent("cash_and_coupon", percent=Decimal(20), coupon=coupon),
            OptionContent("full_refund_with_return"),
        ),
    )
    damaged = PlanContent(
        types=("arrived_damaged",),
        script_en="Hello {buyer}, {product} should have arrived whole. We make it good: please choose.",
        script_zh="{buyer}您好，{product}在路上受损，责任在我们。请选择处理方案。",
        expires_hours=24,
        options=(OptionContent("replace_no_return"), OptionContent("full_refund_no_return")),
    )
    for name, content in [("质量问题 Quality", quality), ("到货破损 Arrived damaged", damaged)]:
        plan = create_plan(merchant=shop, name=name, content=content, actor=owner, now=now)
        publish(plan=plan, actor=owner, now=now)


def place(
    buyer: User,
    shop: Merchant,
    product: Product,
    *,
    number: str,
    stage: str,
    days: float,
    now: datetime,
    price: Decimal | None = None,
) -> Order:
    """Place an order that reached a stage some days ago; paid by wallet, larger ones also by card."""
    at = now - timedelta(days=days)
    status = {"unshipped": "paid", "in_transit": "shipped", "received": "delivered"}[stage]
    order = Order.objects.create(
        number=number,
        ref=number,
        merchant=shop,
        buyer=buyer,
        currency="CNY",
        status=status,
        paid_at=at - timedelta(days=3),
    )
    line = OrderLine.objects.create(
        order=order,
        merchant=shop,
        line_ref="1",
        sku=product.sku,
        category=product.category,
        title=product.title,
        title_zh=product.title_zh,
        image=f"/static/demo/{product.category}.svg",
        quantity=1,
        unit_price=price or product.price,
        freight=Decimal(8),
        status=status,
        shipped_at=None if stage == "unshipped" else at - timedelta(days=2),
        delivered_at=at if stage == "received" else None,
    )
    total = line.paid_amount
    card = (total / 4).quantize(Decimal("0.01")) if total > 300 else Decimal(0)
    OrderPayment.objects.create(order=order, channel="wallet", ref=f"W-{number}", amount=total - card)
    if card:
        OrderPayment.objects.create(order=order, channel="card", ref=f"C-{number}", amount=card)
    return Order.objects.prefetch_related("lines", "payments").get(pk=order.pk)


_NARROW = frozenset({"fresh", "electronics", "ceramics", "food"})  # their rule packs shorten or exclude a right


def product(n: int, *, lasting: bool = False) -> Product:
    """Return the n-th product, round and round; `lasting`: of those that every kind of case can be about."""
    goods = [p for p in PRODUCTS if not (lasting and p.category in _NARROW)]
    return goods[n % len(goods)]
