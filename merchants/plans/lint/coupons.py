"""Coupons that cannot be given or that nobody can use."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils.translation import gettext as _

from aftersales.policies.codes import WITH_COUPON
from merchants.coupons.models import CouponTemplate
from merchants.plans.content import PlanContent
from merchants.plans.lint.around import Around
from merchants.plans.lint.findings import Finding, warning
from merchants.plans.lint.value import high_end
from portal.ui.amounts import say_money

SOON = timedelta(days=30)
FEW_DAYS = 14


def findings(content: PlanContent, around: Around) -> Iterator[Finding]:
    """Look at each coupon: its dates, its budget, its conditions."""
    for position, option in enumerate(content.options, 1):
        if option.kind in WITH_COUPON and option.coupon is not None and option.coupon.active:
            found = _dates(option.coupon, around) or _budget(option.coupon, around)
            found = found or _use(option.coupon, content, around)
            if found:
                yield warning(found[0], "coupon", found[1], found[2], position)


_Found = tuple[str, str, str] | None


def _dates(coupon: CouponTemplate, around: Around) -> _Found:
    until = coupon.valid_until
    if until is not None and until < around.today:
        mend = _("Choose another coupon, or make a new version of it.")
        return (
            "coupon_expired",
            _("The coupon ran out on %(date)s: this option is never given.") % {"date": until},
            mend,
        )
    if until is not None and until < around.today + SOON:
        message = _("The coupon runs out on %(date)s; from then on this option is not given any more.")
        return "coupon_ends_soon", message % {"date": until}, _("Choose a coupon that is good for longer.")
    if until is None and coupon.valid_days < FEW_DAYS:
        message = _("The coupon is good for %(days)s days only: few buyers need something again so soon.")
        return "coupon_short", message % {"days": coupon.valid_days}, _("Choose a coupon that is good for longer.")
    return None


def _budget(coupon: CouponTemplate, around: Around) -> _Found:
    left = around.left.get(coupon.pk)
    if left is None or left.count is None:
        return None
    if left.count <= 0:
        message = _("The coupon's budget is used up: this option is never given.")
        return "coupon_spent", message, _("Raise the coupon's budget, or choose another one.")
    if left.count < around.history.last_month:
        message = _("The budget is enough for %(left)s more coupons; last month had %(cases)s such cases.")
        message %= {"left": left.count, "cases": around.history.last_month}
        return "coupon_budget_short", message, _("Raise the coupon's budget, or keep another option ready.")
    return None


def _use(coupon: CouponTemplate, content: PlanContent, around: Around) -> _Found:
    high = high_end(content, around)
    if high is not None and coupon.minimum_spend > high:
        message = _("The coupon needs a purchase of %(minimum)s; none of these buyers paid more than %(high)s.")
        message %= {
            "minimum": say_money(coupon.minimum_spend, coupon.currency),
            "high": say_money(high, content.currency),
        }
        return "coupon_minimum", message, _("Choose a coupon with a lower minimum.")
    if coupon.categories and content.categories and not set(coupon.categories) & set(content.categories):
        message = _("The coupon is for other goods than the plan is about.")
        return "coupon_other_goods", message, _("Choose a coupon that these buyers can use for such goods again.")
    return None
