"""Coupons as decisions grant them."""

from datetime import UTC, datetime
from decimal import Decimal

from django.db import transaction

from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, balance
from aftersales.remedies.models import CouponGrant
from aftersales.remedies.services import grant_many, run_due
from merchants.coupons.models import Coupon
from tests.plans.makers import make_coupon
from tests.remedies.conftest import grant_of

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def promise(order, template, *, key="CASE:1", now=NOW, **more):
    """Grant a coupon of a template and commit, as accepting an offer does."""
    grant = grant_of(
        order,
        key=key,
        case=more.pop("case", "CASE"),
        coupon_amount=template.amount,
        coupon_minimum=template.minimum_spend,
        coupon_days=template.days(now),
        coupon_template=template.pk,
        coupon_payer=template.funded_by,
    )
    with transaction.atomic():
        grant_many([grant], now=now)
    return CouponGrant.objects.get(key=key)


def give(order, template, *, key="CASE:1", now=NOW, **more):
    """Grant a coupon and let it be issued."""
    promise(order, template, key=key, now=now, **more)
    run_due(now=now)
    return Coupon.objects.get(key=key)


def template_for(order, **given):
    """A template of the order's merchant, in its currency, for any order."""
    return make_coupon(order.merchant, **{"minimum_spend": Decimal(0), "currency": order.currency, **given})


def owed(order):
    return balance(AccountKey(AccountKind.COUPON_LIABILITY, order.currency, merchant_id=order.merchant_id))


def payable(order):
    return balance(AccountKey(AccountKind.MERCHANT_PAYABLE, order.currency, merchant_id=order.merchant_id))


def fund():
    return balance(AccountKey(AccountKind.PLATFORM_FUND, "CNY"))
