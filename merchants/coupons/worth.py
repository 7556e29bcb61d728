"""What a coupon takes off an order: pure arithmetic, in the coupon's currency."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from merchants.coupons.errors import OtherCurrency, OutOfScope, SpendUnknown, below_minimum
from merchants.coupons.models import Coupon, CouponTerms
from portal.money import ZERO, floor, is_exact


@dataclass(frozen=True, slots=True)
class Bought:
    """A line of the order that a coupon is used for; `amount` is what it costs before the coupon."""

    sku: str
    category: str
    amount: Decimal


def in_scope(terms: CouponTerms, line: Bought) -> bool:
    """Tell whether a coupon is for a line; one for some categories and some items is for either."""
    return not terms.scoped or line.sku in terms.skus or line.category in terms.categories


def worth(coupon: Coupon, *, spent: Decimal | None, lines: Sequence[Bought]) -> Decimal:
    """Return what the coupon takes off: never more than the goods it is for cost, and rounded down.

    `spent`: what the order costs, where its lines are not given; without either, an amount is taken whole.
    Raises OutOfScope, OtherCurrency, SpendUnknown or BelowMinimum.
    """
    given = [amount for amount in (spent, *(line.amount for line in lines)) if amount is not None]
    if not all(is_exact(amount, coupon.currency) for amount in given):
        raise OtherCurrency(_("These are no amounts of %(currency)s.") % {"currency": coupon.currency})
    eligible = _eligible(coupon, spent, lines)
    if eligible is None:
        if coupon.minimum_spend:
            raise below_minimum(coupon)
        if coupon.percent is not None:
            raise SpendUnknown(_("Say what the order is worth: this coupon is a percentage of it."))
        return coupon.amount
    if eligible < coupon.minimum_spend:
        raise below_minimum(coupon)
    asked = coupon.amount if coupon.percent is None else floor(eligible * coupon.percent / 100, coupon.currency)
    return min(asked, coupon.amount, eligible)


def _eligible(coupon: Coupon, spent: Decimal | None, lines: Sequence[Bought]) -> Decimal | None:
    if not lines:
        if coupon.scoped:
            raise SpendUnknown(_("Say what is in the order: this coupon is for some goods only."))
        return spent
    fitting = [line.amount for line in lines if in_scope(coupon, line)]
    if not fitting:
        raise OutOfScope(_("Nothing in this order is of the goods that the coupon is for."))
    return sum(fitting, ZERO)
