"""Promised coupons: issuing them once, and withdrawing them where a decision is overturned."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from aftersales.ledger.services import Posting, post_many
from aftersales.remedies.models import CouponGrant, GrantState
from merchants.coupons.budgets import give_back
from merchants.coupons.liability import cancel_entries, funder_account
from merchants.coupons.models import CouponState
from merchants.coupons.services import issue, revoke
from portal.outbox.services import publish

_AT_ONCE = 500


def issue_granted(grant_id: int, *, now: datetime) -> bool:
    """Issue the coupon of a grant, unless that was done; tell whether it was there to be issued."""
    with transaction.atomic():
        waiting = CouponGrant.objects.select_for_update(skip_locked=True, of=("self",)).select_related("template")
        grant = waiting.filter(pk=grant_id, state=GrantState.GRANTED).first()
        if grant is None:
            return False
        grant.coupon = issue(
            key=grant.key,
            case=grant.case,
            payer=grant.payer,
            template=grant.template,
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


@transaction.atomic
def take_back(*, case: str, bearer: str, now: datetime) -> list[CouponGrant]:
    """Undo the coupons of a case whose decision was overturned; return the grants that were undone.

    What was not spent is withdrawn and credited back to whoever paid for it, budget included. What was spent
    stays with the buyer, and `bearer` (merchant or platform, as the new decision says) pays for it instead.
    Twice changes nothing.
    """
    grants = list(CouponGrant.objects.filter(case=case).select_for_update().order_by("pk"))
    promised = [grant for grant in grants if grant.state == GrantState.GRANTED]
    _cancel(promised, now=now)
    issued = [grant for grant in grants if grant.state == GrantState.ISSUED]
    withdrawn = {coupon.key for coupon in revoke(keys=[grant.key for grant in issued], now=now)}
    undone = [*promised, *(grant for grant in issued if grant.key in withdrawn)]
    CouponGrant.objects.filter(pk__in=[grant.pk for grant in undone]).update(state=GrantState.CANCELLED, next_at=None)
    _shift_spent([grant.pk for grant in issued], bearer, now=now)
    return undone


def _cancel(grants: Sequence[CouponGrant], *, now: datetime) -> None:
    """Let coupons that were promised and not issued yet be owed no longer."""
    post_many(
        [
            Posting(
                key=f"coupon:{grant.key}:cancelled",
                kind="coupon_reversed",
                case=grant.case,
                entries=cancel_entries(grant.payer, grant.merchant_id, grant.currency, grant.amount),
            )
            for grant in grants
        ],
        now=now,
    )
    give_back([grant.key for grant in grants], now=now)


def _shift_spent(grant_ids: Sequence[int], bearer: str, *, now: datetime) -> None:
    """Let the bearer pay for coupons that were spent already."""
    spent = CouponGrant.objects.filter(pk__in=grant_ids, coupon__state=CouponState.REDEEMED).exclude(payer=bearer)
    postings = []
    for grant in spent.select_related("coupon"):
        assert grant.coupon is not None  # noqa: S101 - the filter found it by its coupon
        paid = grant.coupon.redeemed_amount
        entries = (
            (funder_account(bearer, grant.merchant_id, grant.currency), -paid),
            (funder_account(grant.payer, grant.merchant_id, grant.currency), paid),
        )
        key = f"coupon:{grant.key}:borne"
        postings.append(Posting(key=key, kind="coupon_borne", case=grant.case, entries=entries))
    post_many([posting for posting in postings if posting.entries[0][1]], now=now)
