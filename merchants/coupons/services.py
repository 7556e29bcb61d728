"""A coupon's life: issued, used, given back when the order is cancelled, run out, withdrawn.

Every verb writes the move, the ledger's posting, the budget's share and the message in one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext as _

from merchants.coupons.budgets import give_back
from merchants.coupons.codes import new_code, normalise_code
from merchants.coupons.errors import (
    BelowMinimum,
    CouponExpired,
    CouponNotYetValid,
    CouponSpent,
    MistypedCode,
    NotStackable,
    NotUsed,
    NotYours,
    OtherCurrency,
    OutOfScope,
    SpendUnknown,
    UnknownCoupon,
    WrongBuyer,
    WrongMerchant,
    refusal,
)
from merchants.coupons.liability import post_moves
from merchants.coupons.models import Coupon, CouponMove, CouponState, CouponTemplate, MoveKind
from merchants.coupons.worth import Bought, worth
from portal.accounts.models import Duty
from portal.money import ZERO
from portal.outbox.services import publish, publish_many

if TYPE_CHECKING:
    from portal.accounts.models import User

__all__ = [
    "BelowMinimum",
    "Bought",
    "CouponExpired",
    "CouponNotYetValid",
    "CouponSpent",
    "MistypedCode",
    "NotStackable",
    "NotUsed",
    "NotYours",
    "OtherCurrency",
    "OutOfScope",
    "Purchase",
    "SpendUnknown",
    "UnknownCoupon",
    "WrongBuyer",
    "WrongMerchant",
    "check",
    "expire_due",
    "issue",
    "redeem",
    "release",
    "revoke",
]
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Purchase:
    """The order that a coupon is used for; amounts in the coupon's currency. Say `lines` for coupons with a scope."""

    order_ref: str
    spent: Decimal | None = None
    lines: tuple[Bought, ...] = ()
    merchant_ref: str = ""  # where given, the coupon must be this merchant's
    buyer_ref: str = ""  # where given, the coupon must be this buyer's
    currency: str = ""  # where given, the coupon must be in it


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
    case: str = "",
    payer: str = "",
    template: CouponTemplate | None = None,
) -> Coupon:
    """Issue a coupon; `key` names what it is owed for, and issuing twice for the same key gives the same coupon.

    Scope, percentage, dates and stacking come from the template; what was promised (amount, minimum) stays.
    """
    starts_at, expires_at = template.period(now) if template else (None, now + timedelta(days=valid_days))
    coupon = Coupon(
        key=key,
        code=new_code(),
        case=case,
        payer=payer,
        template=template,
        merchant_id=merchant_id,
        buyer_id=buyer_id,
        currency=currency,
        amount=amount,
        percent=template.percent if template else None,
        categories=template.categories if template else [],
        skus=template.skus if template else [],
        stackable=template.stackable if template else True,
        minimum_spend=minimum_spend,
        issued_at=now,
        starts_at=starts_at,
        expires_at=expires_at,
    )
    with transaction.atomic():
        Coupon.objects.bulk_create([coupon], ignore_conflicts=True)
        made = Coupon.objects.select_for_update().get(key=key)
        if not made.moves:
            _record([made], MoveKind.ISSUED, now=now)
    return made


def check(*, code: str, actor: "User") -> Coupon:
    """Find a coupon by its code, as `actor` may see it. Raises MistypedCode, or UnknownCoupon (also for outsiders)."""
    whole = normalise_code(code)
    coupon = Coupon.objects.visible_to(actor).filter(code=whole).select_related("merchant", "buyer").first()
    if coupon is None:
        raise UnknownCoupon(_("There is no such coupon."))
    return coupon


@transaction.atomic
def redeem(*, code: str, purchase: Purchase, actor: "User", now: datetime) -> Coupon:
    """Use a coupon up for an order; for the same order again nothing changes.

    Raises MistypedCode, UnknownCoupon, NotYours, WrongMerchant, WrongBuyer, CouponExpired, CouponSpent,
    CouponNotYetValid, OtherCurrency, OutOfScope, SpendUnknown, BelowMinimum or NotStackable.
    """
    coupon = _held(code, actor)
    _check_party(coupon, purchase)
    if coupon.state == CouponState.REDEEMED and coupon.redeemed_order == purchase.order_ref:
        return coupon
    if coupon.state != CouponState.ISSUED or coupon.expires_at <= now:
        raise refusal(coupon)
    if coupon.starts_at and coupon.starts_at > now:
        raise CouponNotYetValid(_("This coupon is not valid yet."))
    used = worth(coupon, spent=purchase.spent, lines=purchase.lines)
    _check_stacking(coupon, purchase.order_ref)
    coupon.state, coupon.redeemed_at, coupon.redeemed_by = CouponState.REDEEMED, now, actor
    coupon.redeemed_order, coupon.redeemed_amount = purchase.order_ref, used
    coupon.save(update_fields=["state", "redeemed_at", "redeemed_by", "redeemed_order", "redeemed_amount"])
    _record([coupon], MoveKind.USED, now=now, by=actor)
    publish("coupon.redeemed", {"coupon": coupon.pk}, now=now)
    return coupon


@transaction.atomic
def release(*, code: str, order_ref: str, actor: "User", now: datetime) -> Coupon:
    """Give a coupon back because its order was cancelled: good again, or run out if its time is over meanwhile.

    Twice for the same order changes nothing. Raises MistypedCode, UnknownCoupon, NotYours or NotUsed.
    """
    coupon = _held(code, actor)
    if coupon.state != CouponState.REDEEMED or coupon.redeemed_order != order_ref:
        last = coupon.history.filter(kind=MoveKind.RELEASED).order_by("-number").first()
        if last is not None and last.order_ref == order_ref:
            return coupon
        raise NotUsed(_("This coupon is not used for this order."))
    _record([coupon], MoveKind.RELEASED, now=now, by=actor)
    coupon.state, coupon.redeemed_at, coupon.redeemed_by = CouponState.ISSUED, None, None
    coupon.redeemed_order, coupon.redeemed_amount = "", ZERO
    coupon.save(update_fields=["state", "redeemed_at", "redeemed_by", "redeemed_order", "redeemed_amount"])
    publish("coupon.released", {"coupon": coupon.pk}, now=now)
    if coupon.expires_at <= now:
        _end([coupon], CouponState.EXPIRED, now=now)
    return coupon


def revoke(*, keys: Sequence[str], now: datetime) -> list[Coupon]:
    """Withdraw the coupons of these grants that are still open, inside the caller's transaction; return them."""
    open_ones = Coupon.objects.filter(key__in=keys, state=CouponState.ISSUED).select_for_update()
    coupons = list(open_ones.order_by("pk"))
    _end(coupons, CouponState.REVOKED, now=now)
    return coupons


def expire_due(*, now: datetime) -> int:
    """Close coupons that ran out, in portions that lock nothing long; return how many."""
    expired = 0
    while portion := _expire(now):
        expired += portion
    return expired


@transaction.atomic
def _expire(now: datetime) -> int:
    over = Coupon.objects.filter(state=CouponState.ISSUED, expires_at__lte=now).order_by("expires_at")
    coupons = list(over.select_for_update(skip_locked=True)[:_AT_ONCE])
    _end(coupons, CouponState.EXPIRED, now=now)
    return len(coupons)


def _end(coupons: Sequence[Coupon], state: CouponState, *, now: datetime) -> None:
    """Let locked open coupons be owed no longer; their budgets have them back."""
    for coupon in coupons:
        coupon.state = state
    Coupon.objects.filter(pk__in=[c.pk for c in coupons]).update(state=state)
    expired = state == CouponState.EXPIRED
    _record(coupons, MoveKind.EXPIRED if expired else MoveKind.REVERSED, now=now)
    give_back([c.key for c in coupons], now=now)
    topic = "coupon.expired" if expired else "coupon.reversed"
    publish_many([(topic, {"coupon": c.pk}) for c in coupons], now=now)


def _record(coupons: Sequence[Coupon], kind: MoveKind, *, now: datetime, by: "User | None" = None) -> None:
    """Append one move to each locked coupon, and post it."""
    with_order = kind in {MoveKind.USED, MoveKind.RELEASED}
    for coupon in coupons:
        coupon.moves += 1
    moves = [
        CouponMove(
            coupon=coupon,
            number=coupon.moves,
            kind=kind,
            merchant_id=coupon.merchant_id,
            template_id=coupon.template_id,
            currency=coupon.currency,
            amount=coupon.amount,
            used=coupon.redeemed_amount if with_order else ZERO,
            order_ref=coupon.redeemed_order if with_order else "",
            by=by,
            at=now,
        )
        for coupon in coupons
    ]
    CouponMove.objects.bulk_create(moves)
    Coupon.objects.bulk_update(coupons, ["moves"])
    post_moves(zip(coupons, moves, strict=True), now=now)


def _held(code: str, actor: "User") -> Coupon:
    """Find a coupon and hold its row, so that of many who try at the same moment the others see what the first did."""
    found = check(code=code, actor=actor)
    _check_right(found, actor)
    return Coupon.objects.select_for_update(of=("self",)).select_related("merchant", "buyer").get(pk=found.pk)


def _check_right(coupon: Coupon, actor: "User") -> None:
    """Members of the merchant who may act, and the marketplace, enter coupons; the buyer cannot use one up alone."""
    if actor.duty in {Duty.MARKETPLACE, Duty.PLATFORM}:
        return
    member = actor.memberships.filter(merchant=coupon.merchant_id).first()
    if member is None or not member.may_act:
        raise NotYours(_("Only the seller or the marketplace can enter a coupon."))


def _check_party(coupon: Coupon, purchase: Purchase) -> None:
    if purchase.merchant_ref and purchase.merchant_ref != coupon.merchant.ref:
        raise WrongMerchant(_("This coupon can only be used at %(merchant)s.") % {"merchant": coupon.merchant.name})
    if purchase.buyer_ref and purchase.buyer_ref != coupon.buyer.buyer_ref:
        raise WrongBuyer(_("This coupon belongs to another buyer."))
    if purchase.currency not in {"", coupon.currency}:
        raise OtherCurrency(_("This coupon is for orders in %(currency)s.") % {"currency": coupon.currency})


def _check_stacking(coupon: Coupon, order_ref: str) -> None:
    """One coupon per order, unless all of them may be combined. Coupons of one order wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [order_ref, coupon.merchant_id])
    beside = Coupon.objects.filter(
        merchant=coupon.merchant_id, redeemed_order=order_ref, state=CouponState.REDEEMED
    ).exclude(pk=coupon.pk)
    alone = list(beside.values_list("stackable", flat=True))
    if alone and not (coupon.stackable and all(alone)):
        raise NotStackable(_("Another coupon is used for this order already, and they cannot be combined."))
