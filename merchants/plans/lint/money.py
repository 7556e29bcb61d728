"""Amounts that do not go with what the goods cost."""

from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext as _

from aftersales.policies.codes import WITH_COUPON
from merchants.plans.content import OptionContent, PlanContent, needs_amount
from merchants.plans.lint.around import Around
from merchants.plans.lint.findings import Finding, note, warning
from merchants.plans.lint.value import cash_at, high_end, low_end
from portal.ui.amounts import say_money

ALMOST_ALL = Decimal(90)  # percent: then a full refund without the haggling costs little more
TRIFLE = Decimal(3)  # percent: buyers take less than this as an insult


def findings(content: PlanContent, around: Around) -> Iterator[Finding]:
    """Hold every amount against the plan's value band, or against past cases where it has none."""
    for position, option in enumerate(content.options, 1):
        if needs_amount(option.kind):
            yield from _part(option, position, content, around)
        if option.kind in WITH_COUPON and option.coupon is not None:
            yield from _coupon(option.coupon.amount, position, content, around)


def _part(option: OptionContent, position: int, content: PlanContent, around: Around) -> Iterator[Finding]:
    low, high = low_end(content, around), high_end(content, around)
    if option.amount is not None:
        yield from _fixed(option.amount, position, content, low, high)
    if option.percent is None:
        return
    words = {"percent": f"{option.percent.normalize():f}"}
    if high is not None and not cash_at(option, high, content.currency):
        message = _("%(percent)s%% of these amounts rounds down to nothing, so it is never offered.") % words
        yield warning("rounds_to_nothing", "percent", message, _("Raise it, or give a fixed amount."), position)
    elif option.percent < TRIFLE:
        message = _("%(percent)s%% is so little that it angers more than it soothes.") % words
        yield note("trifle", "percent", message, _("Raise it, or leave the option out."), position)
    elif option.percent >= ALMOST_ALL:
        message = _("%(percent)s%% is almost everything.") % words
        yield note("almost_all", "percent", message, _("A full refund costs little more and ends the case."), position)


def _fixed(
    amount: Decimal, position: int, content: PlanContent, low: Decimal | None, high: Decimal | None
) -> Iterator[Finding]:
    currency = content.currency
    words = {"amount": say_money(amount, currency)}
    if high is not None and amount >= high:
        message = _("%(amount)s is all that was paid, or more, in every case that fits.") % words
        yield warning("amount_above_goods", "amount", message, _("Lower it, or offer a full refund."), position)
    elif low is not None and amount > low:
        words["low"] = say_money(low, currency)
        message = _("Who paid %(low)s gets everything back: %(amount)s is more than the cheapest goods cost.") % words
        mend = _("Give a percentage, or let the plan begin at a higher amount.")
        yield warning("amount_above_low", "amount", message, mend, position)
    elif low is None:
        message = _("The plan has no lowest amount: who paid less than %(amount)s gets everything back.") % words
        mend = _("Give a percentage, or let the plan begin at an amount above it.")
        yield note("amount_without_low", "amount", message, mend, position)


def _coupon(worth: Decimal, position: int, content: PlanContent, around: Around) -> Iterator[Finding]:
    low, high = low_end(content, around), high_end(content, around)
    words = {"coupon": say_money(worth, content.currency)}
    if high is not None and worth > high:
        message = _("The coupon of %(coupon)s is worth more than any goods that the plan is about.") % words
        yield warning("coupon_above_goods", "coupon", message, _("Choose a smaller coupon."), position)
    elif low is not None and worth > low:
        words["low"] = say_money(low, content.currency)
        message = _("The coupon of %(coupon)s is worth more than goods for %(low)s.") % words
        mend = _("Choose a smaller coupon, or let the plan begin at a higher amount.")
        yield warning("coupon_above_low", "coupon", message, mend, position)
