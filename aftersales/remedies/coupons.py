"""Promised coupons: issuing them once, and giving the ledger its due when they are used or run out."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, Posting, post_many
from aftersales.remedies.models import CouponGrant, GrantState
from aftersales.remedies.quotes import coupon_account, payer_account
from merchants.coupons.models import CouponState
from merchants.coupons.services import issue
from portal.outbox.services import publish

_AT_ONCE = 500


def issue_granted(grant_id: int, *, now: datetime) -> bool:
    """Issue the coupon of a grant, unless that was done; tell whether it was there to be issued."""
    with transaction.atomic():
        waiting = CouponGrant.objects.select_for_update(skip_locked=True)
        grant = waiting.filter(pk=grant_id, state=GrantState.GRANTED).first()
        if grant is None:
            return False
        grant.coupon = issue(
            key=grant.key,
            merchant_id=grant.merchant_id,
            buyer_id=grant.buyer_id,
            currency=grant.currency,
            amount=grant.amount,
            minimum_spend=grant.minimum_spend,
            valid_days=grant.valid_days,
            now=now,
        )
        grant.state, grant.next_at = GrantState.ISSUED, None
        grant.save(update_fields=["coupon", "state", "next_at"])
        publish("remedy.done", {"case": grant.case, "kind": "coupon", "key": grant.key}, now=now)
    return True


def due(*, now: datetime, at_most: int = _AT_ONCE) -> list[int]:
    """List promised coupons that were not issued yet, longest waiting first."""
    waiting = CouponGrant.objects.filter(state=GrantState.GRANTED, next_at__lte=now)
    return list(waiting.order_by("next_at", "id").values_list("pk", flat=True)[:at_most])


def settle_liability(coupon_ids: Sequence[int], *, now: datetime) -> None:
    """Post that coupons are no longer owed: used ones to the merchant who gave the goods, others back to their payer.

    Coupons that still stand, and those that no case promised, are left alone. Posting twice posts once.
    """
    over = [CouponState.REDEEMED, CouponState.EXPIRED, CouponState.REVOKED]
    grants = CouponGrant.objects.filter(coupon__in=coupon_ids, coupon__state__in=over).select_related("coupon")
    with transaction.atomic():
        post_many([_closing(grant) for grant in grants], now=now)


def _closing(grant: CouponGrant) -> Posting:
    used = grant.coupon is not None and grant.coupon.state == CouponState.REDEEMED
    receiver = (
        AccountKey(AccountKind.MERCHANT_PAYABLE, grant.currency, merchant_id=grant.merchant_id)
        if used
        else payer_account(grant.payer, grant.merchant_id, grant.currency)
    )
    return Posting(
        key=f"coupon:{grant.key}",
        kind="coupon_used" if used else "coupon_lapsed",
        case=grant.case,
        entries=((coupon_account(grant.merchant_id, grant.currency), -grant.amount), (receiver, grant.amount)),
    )
