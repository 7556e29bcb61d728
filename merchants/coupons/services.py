"""Issuing, checking, redeeming and expiring coupons."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from merchants.coupons.codes import MistypedCode, new_code, normalise_code
from merchants.coupons.models import Coupon, CouponState
from portal.accounts.models import Duty
from portal.money import plain
from portal.outbox.services import publish, publish_many

if TYPE_CHECKING:
    from portal.accounts.models import User

__all__ = [
    "BelowMinimum",
    "CouponExpired",
    "CouponSpent",
    "MistypedCode",
    "NotYours",
    "UnknownCoupon",
    "WrongMerchant",
    "check",
    "expire_due",
    "issue",
    "redeem",
]
_AT_ONCE = 500


class UnknownCoupon(Exception):
    """There is no such coupon, or not for the person who asks."""


class NotYours(Exception):
    """The person may look at the coupon but not use it up: only the merchant and the marketplace enter it."""


class CouponExpired(Exception):
    """The coupon ran out."""


class CouponSpent(Exception):
    """The coupon was used for another order, or withdrawn."""


class WrongMerchant(Exception):
    """The coupon is another merchant's."""


class BelowMinimum(Exception):
    """The order is not large enough for the coupon."""


def issue(
    *,
    key: str,
    merchant_id: int,
    buyer_id: int,
    currency: str,
    amount: Decimal,
    minimum_spend: Decimal,
    valid_days: int,
    now: datetime,
) -> Coupon:
    """Issue a coupon; `key` names what it is owed for, and issuing twice for the same key gives the same coupon."""
    coupon = Coupon(
        key=key,
        code=new_code(),
        merchant_id=merchant_id,
        buyer_id=buyer_id,
        currency=currency,
        amount=amount,
        minimum_spend=minimum_spend,
        issued_at=now,
        expires_at=now + timedelta(days=valid_days),
    )
    Coupon.objects.bulk_create([coupon], ignore_conflicts=True)
    return Coupon.objects.get(key=key)


def check(*, code: str, actor: "User") -> Coupon:
    """Find a coupon by its code, as `actor` may see it. Raises MistypedCode, or UnknownCoupon (also for outsiders)."""
    whole = normalise_code(code)
    coupon = Coupon.objects.visible_to(actor).filter(code=whole).select_related("merchant", "buyer").first()
    if coupon is None:
        raise UnknownCoupon(_("There is no such coupon."))
    return coupon


def redeem(
    *,
    code: str,
    order_ref: str,
    actor: "User",
    now: datetime,
    spent: Decimal | None = None,
    merchant_ref: str = "",
) -> Coupon:
    """Use a coupon up for an order worth `spent`, in the coupon's currency; for the same order again changes nothing.

    Raises MistypedCode, UnknownCoupon, NotYours, WrongMerchant, BelowMinimum, CouponExpired or CouponSpent.
    """
    coupon = check(code=code, actor=actor)
    _check_right(coupon, actor)
    if merchant_ref and merchant_ref != coupon.merchant.ref:
        raise WrongMerchant(_("This coupon can only be used at %(merchant)s.") % {"merchant": coupon.merchant.name})
    if coupon.state == CouponState.REDEEMED and coupon.redeemed_order == order_ref:
        return coupon
    _check_minimum(coupon, spent)
    with transaction.atomic():
        # Of many that try at the same moment, the one whose update finds the row still open has it.
        won = Coupon.objects.filter(pk=coupon.pk, state=CouponState.ISSUED, expires_at__gt=now).update(
            state=CouponState.REDEEMED, redeemed_at=now, redeemed_order=order_ref, redeemed_by=actor
        )
        if won:
            publish("coupon.redeemed", {"coupon": coupon.pk}, now=now)
    coupon.refresh_from_db(fields=["state", "redeemed_at", "redeemed_order", "redeemed_by"])
    if not won and coupon.redeemed_order != order_ref:
        raise _refusal(coupon)
    return coupon


def expire_due(*, now: datetime) -> int:
    """Close coupons that ran out, in portions that lock nothing long; return how many."""
    expired = 0
    while portion := _expire(now):
        expired += len(portion)
    return expired


def _expire(now: datetime) -> Sequence[int]:
    with transaction.atomic():
        over = Coupon.objects.filter(state=CouponState.ISSUED, expires_at__lte=now).order_by("expires_at")
        ids = list(over.select_for_update(skip_locked=True).values_list("pk", flat=True)[:_AT_ONCE])
        Coupon.objects.filter(pk__in=ids).update(state=CouponState.EXPIRED)
        publish_many([("coupon.expired", {"coupon": pk}) for pk in ids], now=now)
    return ids


def _check_right(coupon: Coupon, actor: "User") -> None:
    """Members of the merchant who may act, and the marketplace, enter coupons; the buyer cannot use one up alone."""
    if actor.duty in {Duty.MARKETPLACE, Duty.PLATFORM}:
        return
    member = actor.memberships.filter(merchant=coupon.merchant_id).first()
    if member is None or not member.may_act:
        raise NotYours(_("Only the seller or the marketplace can enter a coupon."))


def _check_minimum(coupon: Coupon, spent: Decimal | None) -> None:
    if coupon.minimum_spend and (spent is None or spent < coupon.minimum_spend):
        raise BelowMinimum(
            _("This coupon is for orders of %(amount)s %(currency)s or more.")
            % {"amount": plain(coupon.minimum_spend, coupon.currency), "currency": coupon.currency}
        )


def _refusal(coupon: Coupon) -> Exception:
    if coupon.state in {CouponState.ISSUED, CouponState.EXPIRED}:
        return CouponExpired(_("This coupon has expired."))
    if coupon.state == CouponState.REVOKED:
        return CouponSpent(_("This coupon was withdrawn."))
    return CouponSpent(_("This coupon has already been used."))
