"""What open coupons are in the ledger: owed from the grant until they are used, run out or are withdrawn.

Every move of a coupon is posted in the very transaction that makes it.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, Posting, post_many
from merchants.coupons.models import Coupon, CouponMove, Funder, MoveKind
from portal.money import ZERO

Entries = tuple[tuple[AccountKey, Decimal], ...]
_POSTED = {
    MoveKind.USED: "coupon_used",
    MoveKind.RELEASED: "coupon_released",
    MoveKind.EXPIRED: "coupon_lapsed",
    MoveKind.REVERSED: "coupon_reversed",
}


def coupon_account(merchant_id: int, currency: str) -> AccountKey:
    """The account of coupons promised by a merchant and not used yet."""
    return AccountKey(AccountKind.COUPON_LIABILITY, currency, merchant_id=merchant_id)


def merchant_account(merchant_id: int, currency: str) -> AccountKey:
    """The account of what a merchant is owed."""
    return AccountKey(AccountKind.MERCHANT_PAYABLE, currency, merchant_id=merchant_id)


def funder_account(payer: str, merchant_id: int, currency: str) -> AccountKey:
    """The account that a coupon is paid from."""
    if payer == Funder.PLATFORM:
        return AccountKey(AccountKind.PLATFORM_FUND, currency)
    return merchant_account(merchant_id, currency)


def promise_entries(payer: str, merchant_id: int, currency: str, amount: Decimal) -> Entries:
    """A coupon is owed from the moment of the decision, though it is issued a moment later; `amount` in `currency`."""
    return ((funder_account(payer, merchant_id, currency), -amount), (coupon_account(merchant_id, currency), amount))


def cancel_entries(payer: str, merchant_id: int, currency: str, amount: Decimal) -> Entries:
    """A promised coupon is owed no longer; whoever paid for it has the money back."""
    return tuple((account, -moved) for account, moved in promise_entries(payer, merchant_id, currency, amount))


def post_moves(moves: Iterable[tuple[Coupon, CouponMove]], *, now: datetime) -> None:
    """Post what moves mean in money, inside the caller's transaction; coupons that nobody promised post nothing."""
    post_many([_posting(coupon, move) for coupon, move in moves if coupon.payer and move.kind in _POSTED], now=now)


def _posting(coupon: Coupon, move: CouponMove) -> Posting:
    kind = MoveKind(move.kind)
    return Posting(
        key=f"coupon:{coupon.key}:{move.number}", kind=_POSTED[kind], case=coupon.case, entries=_entries(coupon, move)
    )


def _entries(coupon: Coupon, move: CouponMove) -> Entries:
    """Used: the merchant, who gave the goods for less, has what they cost less; the rest goes back to the payer."""
    sign = -1 if move.kind == MoveKind.RELEASED else 1
    sums: dict[AccountKey, Decimal] = defaultdict(lambda: ZERO)
    sums[coupon_account(coupon.merchant_id, coupon.currency)] -= sign * move.amount
    sums[merchant_account(coupon.merchant_id, coupon.currency)] += sign * move.used
    sums[funder_account(coupon.payer, coupon.merchant_id, coupon.currency)] += sign * (move.amount - move.used)
    return tuple((account, amount) for account, amount in sums.items() if amount)
