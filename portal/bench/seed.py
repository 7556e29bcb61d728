"""A database of any size, made by the server itself: orders, disputes, a plan per shop."""

from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from aftersales.policies.services import current
from merchants.coupons.models import CouponTemplate
from merchants.models import MemberRole, Merchant, MerchantMember
from merchants.plans.models import Plan, PlanOption, PlanState, PlanVersion
from portal.accounts.models import ApiKey, User

SHOPS = 100
CLIENTS = 8  # buyers who load the site, each with orders of its own
_ORDERS = """
INSERT INTO orders_order (number, ref, merchant_id, buyer_id, currency, status, paid_at, updated_at)
SELECT 'B' || n, 'B' || n, %(shop)s + n %% %(shops)s, %(buyer)s + n %% %(clients)s, 'CNY', 'delivered',
       now() - interval '4 days', now()
FROM generate_series(1, %(orders)s) n;
INSERT INTO orders_orderline (order_id, merchant_id, line_ref, sku, category, title, title_zh, image, quantity,
    unit_price, discount, freight, status, shipped_at, delivered_at, review_text, disputed_quantity, dispute_count,
    refunded_amount)
SELECT id, merchant_id, '1', 'SKU', 'apparel', 'Linen shirt', '', '', 1, 128, 0, 6, 'delivered',
       now() - interval '3 days', now() - interval '2 days', '', 0, 0, 0 FROM orders_order;
INSERT INTO orders_orderpayment (order_id, channel, ref, amount, estimated, refunded_amount)
SELECT id, 'wallet', '', 134, false, 0 FROM orders_order;
"""
_DISPUTES = """
INSERT INTO disputes_dispute (number, order_id, merchant_id, buyer_id, type, reason, order_stage, statement, answers,
    currency, max_amount, wants, wants_amount, policy_id, plan_trace, status, awaiting, due_at, on_silence,
    clock_started_at, paused_status, paused_awaiting, paused_silence, version, sweep_error, outcome, reopened,
    evidence_done_by, opened_at, updated_at, event_count, event_head)
SELECT 'X-' || o.id, o.id, o.merchant_id, o.buyer_id, 'quality_visible', 'poor_material', 'received', '', '{}',
    'CNY', 134,
    'partial_refund_keep', 40, %(policy)s, '[]', 'awaiting_merchant', 'merchant',
    now() + (o.id %% 2880) * interval '1 minute' + interval '1 hour', 'ask_return_by_silence', now(), '', '', '', 1, '',
    '', false, '', now(), now(), 1, ''
FROM orders_order o ORDER BY o.id DESC LIMIT %(disputes)s;
INSERT INTO disputes_disputeline (dispute_id, order_line_id, quantity, max_amount)
SELECT d.id, l.id, 1, 134 FROM disputes_dispute d JOIN orders_orderline l ON l.order_id = d.order_id;
INSERT INTO disputes_offer (dispute_id, by_role, position, kind, cash, coupon_amount, coupon_minimum, coupon_days,
    note, state, made_at)
SELECT id, 'buyer', 1, 'partial_refund_keep', 40, 0, 0, 0, '', 'proposed', now() FROM disputes_dispute;
UPDATE orders_orderline l SET disputed_quantity = 1, dispute_count = 1
FROM disputes_disputeline d WHERE d.order_line_id = l.id;
"""


@dataclass(frozen=True, slots=True)
class Seeded:
    """Who loads the site, with their keys."""

    buyers: list[int]
    buyer_keys: list[str]
    owner: str
    owner_key: str
    shop: int


def seed(*, orders: int, disputes: int) -> Seeded:
    """Fill an empty, migrated database."""
    now = timezone.now()
    shops = Merchant.objects.bulk_create([Merchant(ref=f"SHOP{n}", name=f"Shop {n}") for n in range(SHOPS)])
    buyers = User.objects.bulk_create([User(username=f"bench-buyer{n}") for n in range(CLIENTS)])
    owner = User(username="bench-owner")
    owner.set_password("bench")
    owner.save()
    MerchantMember.objects.create(merchant=shops[0], user=owner, role=MemberRole.OWNER)
    for shop in shops:
        _plan(shop)
    scopes = ["disputes:read", "disputes:write", "orders:read"]
    keys = [ApiKey.objects.issue(user=user, scopes=scopes)[1] for user in [*buyers, owner]]
    with connection.cursor() as cursor:
        cursor.execute(
            _ORDERS,
            {"shop": shops[0].pk, "shops": SHOPS, "buyer": buyers[0].pk, "clients": CLIENTS, "orders": orders},
        )
        cursor.execute(_DISPUTES, {"disputes": disputes, "policy": current(now=now).pk})
        cursor.execute("VACUUM ANALYZE")
    return Seeded([b.pk for b in buyers], keys[:-1], owner.username, keys[-1], shops[0].pk)


def _plan(shop: Merchant) -> None:
    coupon = CouponTemplate.objects.create(merchant=shop, name="Sorry", amount=20)
    plan = Plan.objects.create(merchant=shop, name="Quality")
    version = PlanVersion.objects.create(
        plan=plan, number=1, types=["quality_visible"], script_en="We are sorry.", script_zh="非常抱歉。"
    )
    PlanOption.objects.bulk_create(
        [
            PlanOption(version=version, position=1, kind="partial_refund_keep", percent=30),
            PlanOption(version=version, position=2, kind="coupon", coupon=coupon),
            PlanOption(version=version, position=3, kind="full_refund_with_return"),
        ]
    )
    PlanVersion.objects.filter(pk=version.pk).update(published_at=timezone.now())
    plan.live, plan.state = version, PlanState.LIVE
    plan.save()
