"""What options come to for the cheapest and the dearest goods that a plan is about."""

from decimal import Decimal

from aftersales.policies.codes import FULL, WITH_COUPON
from merchants.plans.content import OptionContent, PlanContent
from merchants.plans.lint.around import Around
from portal.money import ZERO, floor


def low_end(content: PlanContent, around: Around) -> Decimal | None:
    """What is paid at least: as the plan says, else as past cases say; None where neither does."""
    if content.value_from:
        return content.value_from
    return around.history.low


def high_end(content: PlanContent, around: Around) -> Decimal | None:
    """What is paid at most: as the plan says, else as past cases say; None where neither does."""
    return content.value_to if content.value_to is not None else around.history.high


def cash_at(option: OptionContent, paid: Decimal | None, currency: str) -> Decimal:
    """How much money an option gives of what was paid, at most that; zero where it is not known."""
    if paid is None:
        return ZERO
    if option.kind in FULL:
        return paid
    if option.percent is not None:
        return floor(paid * option.percent / 100, currency)
    return min(option.amount or ZERO, paid)


def coupon_worth(option: OptionContent) -> Decimal:
    """The most that an option's coupon is worth."""
    return option.coupon.amount if option.kind in WITH_COUPON and option.coupon else ZERO
