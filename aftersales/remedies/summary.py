"""What is owed to a case and how far it got, ready to be shown on a page or in an answer."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Prefetch

from aftersales.remedies.models import (
    CouponGrant,
    GrantState,
    InstructionState,
    RefundInstruction,
    RefundPart,
    Replacement,
    ReplacementState,
)
from portal.money import ZERO


@dataclass(frozen=True, slots=True)
class Share:
    """What goes back through one payment channel, and when it was paid."""

    channel: str
    amount: Decimal
    paid_at: datetime | None


@dataclass(frozen=True, slots=True)
class RemedyView:
    """One thing owed; amounts in `currency`, `words` in the reader's language."""

    key: str
    kind: str  # refund | coupon | replace_with_return | replace_no_return | resend_missing
    state: str
    words: str
    done: bool
    failed: bool
    granted_at: datetime
    settled_at: datetime | None
    amount: Decimal = ZERO
    currency: str = ""
    minimum_spend: Decimal = ZERO
    shares: tuple[Share, ...] = ()
    coupon_code: str = ""  # only where asked for
    coupon_expires_at: datetime | None = None
    carrier: str = ""
    tracking: str = ""


def views_of(case: str, *, codes: bool = False) -> list[RemedyView]:
    """List what is owed to a case, oldest first; four statements at most. `codes` only for the buyer's own eyes."""
    shares = Prefetch("parts", RefundPart.objects.select_related("payment").order_by("payment_id"))
    refunds = RefundInstruction.objects.filter(case=case).prefetch_related(shares)
    coupons = CouponGrant.objects.filter(case=case).select_related("coupon")
    views = [
        *(_refund(refund) for refund in refunds),
        *(_coupon(grant, codes) for grant in coupons),
        *(_goods(replacement) for replacement in Replacement.objects.filter(case=case)),
    ]
    return sorted(views, key=lambda view: (view.granted_at, view.key))


def _refund(refund: RefundInstruction) -> RemedyView:
    return RemedyView(
        key=refund.key,
        kind="refund",
        state=refund.state,
        words=refund.get_state_display(),
        done=refund.state == InstructionState.SUCCEEDED,
        failed=refund.state == InstructionState.FAILED,
        granted_at=refund.granted_at,
        settled_at=refund.settled_at,
        amount=refund.amount,
        currency=refund.currency,
        shares=tuple(Share(p.payment.channel, p.amount, p.paid_at) for p in refund.parts.all()),
    )


def _coupon(grant: CouponGrant, codes: bool) -> RemedyView:
    coupon = grant.coupon
    return RemedyView(
        key=grant.key,
        kind="coupon",
        state=grant.state,
        words=grant.get_state_display(),
        done=grant.state == GrantState.ISSUED,
        failed=False,
        granted_at=grant.granted_at,
        settled_at=coupon.issued_at if coupon else None,
        amount=grant.amount,
        currency=grant.currency,
        minimum_spend=grant.minimum_spend,
        coupon_code=coupon.readable_code if coupon and codes else "",
        coupon_expires_at=coupon.expires_at if coupon else None,
    )


def _goods(replacement: Replacement) -> RemedyView:
    return RemedyView(
        key=replacement.key,
        kind=replacement.kind,
        state=replacement.state,
        words=replacement.get_state_display(),
        done=replacement.state == ReplacementState.SHIPPED,
        failed=False,
        granted_at=replacement.granted_at,
        settled_at=replacement.shipped_at,
        carrier=replacement.carrier,
        tracking=replacement.tracking,
    )
