"""Why a coupon cannot be used, or given back."""

from django.utils.translation import gettext as _

from merchants.coupons.codes import MistypedCode
from merchants.coupons.models import Coupon, CouponState
from portal.money import plain

__all__ = [
    "BelowMinimum",
    "CouponExpired",
    "CouponNotYetValid",
    "CouponSpent",
    "MistypedCode",
    "NotStackable",
    "NotUsed",
    "NotYours",
    "OutOfScope",
    "SpendUnknown",
    "UnknownCoupon",
    "WrongBuyer",
    "WrongMerchant",
    "refusal",
]


class UnknownCoupon(Exception):
    """There is no such coupon, or not for the person who asks."""


class NotYours(Exception):
    """The person may look at the coupon but not use it up: only the merchant and the marketplace enter it."""


class CouponExpired(Exception):
    """The coupon ran out."""


class CouponNotYetValid(Exception):
    """The coupon's first day has not come."""


class CouponSpent(Exception):
    """The coupon was used for another order, or withdrawn."""


class WrongMerchant(Exception):
    """The coupon is another merchant's."""


class WrongBuyer(Exception):
    """The coupon is another buyer's."""


class BelowMinimum(Exception):
    """The order is not large enough for the coupon."""


class OtherCurrency(Exception):
    """What the order costs is in another currency than the coupon, or finer than it allows."""


class OutOfScope(Exception):
    """Nothing in the order is of the goods that the coupon is for."""


class SpendUnknown(Exception):
    """What the order is worth decides what the coupon is worth, and nobody said it."""


class NotStackable(Exception):
    """Another coupon is used for the order, and one of the two stands alone."""


class NotUsed(Exception):
    """The coupon is not used for this order, so that it cannot be given back from it."""


def refusal(coupon: Coupon) -> Exception:
    """Say why a coupon that was not free to use was not."""
    if coupon.state == CouponState.EXPIRED or coupon.state == CouponState.ISSUED:
        return CouponExpired(_("This coupon has expired."))
    if coupon.state == CouponState.REVOKED:
        return CouponSpent(_("This coupon was withdrawn."))
    return CouponSpent(_("This coupon has already been used."))


def below_minimum(coupon: Coupon) -> BelowMinimum:
    """Say how large the order must be."""
    return BelowMinimum(
        _("This coupon is for orders of %(amount)s %(currency)s or more.")
        % {"amount": plain(coupon.minimum_spend, coupon.currency), "currency": coupon.currency}
    )
