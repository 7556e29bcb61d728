"""What a plan to begin with is made of."""

from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.functional import Promise

from aftersales.policies.codes import WITH_COUPON, RemedyKind
from merchants.coupons.models import CouponTemplate
from merchants.plans.content import OptionContent, PlanContent


@dataclass(frozen=True, slots=True)
class Starter:
    """A plan to begin with. An option that needs a coupon takes the merchant's own, and is left out without one."""

    slug: str
    icon: str
    name: str | Promise
    why: str | Promise
    content: PlanContent

    def content_for(self, coupon: CouponTemplate | None, currency: str) -> PlanContent:
        """Return the content with the merchant's coupon and currency in it."""
        options = [replace(o, coupon=coupon) if o.kind in WITH_COUPON else o for o in self.content.options]
        kept = tuple(o for o in options if o.kind not in WITH_COUPON or coupon is not None)
        return replace(self.content, options=kept, currency=currency)


def part(percent: int) -> OptionContent:
    """Offer a part of what was paid, in percent; the buyer keeps the goods."""
    return OptionContent(RemedyKind.PARTIAL_REFUND, percent=Decimal(percent))
