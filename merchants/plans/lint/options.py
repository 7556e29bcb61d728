"""Options that nobody would choose, or that cannot be carried out."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from aftersales.orders.models import OrderStage
from aftersales.policies.codes import FULL, WITH_GOODS, WITH_RETURN, DisputeType, RemedyKind
from merchants.plans.content import OptionContent, PlanContent
from merchants.plans.lint.around import Around
from merchants.plans.lint.findings import Finding, note, warning
from merchants.plans.lint.value import cash_at, coupon_worth, high_end, low_end

T, K = DisputeType, RemedyKind
_NOTHING_CAME = frozenset({T.NOT_RECEIVED, T.LOST_OR_STUCK, T.EMPTY_PARCEL, T.REFUSED_DELIVERY})
LONGEST_LADDER = 240  # hours
# What is better for the buyer in every case: the same, and the goods stay.
_SAME_AND_KEPT = {K.RETURN_REFUND: K.FULL_REFUND, K.REPLACE_RETURN: K.REPLACE}


def findings(content: PlanContent, around: Around) -> Iterator[Finding]:
    """Hold every option against the others, and against where the goods are."""
    for position, option in enumerate(content.options, 1):
        yield from _cannot(option, position, content)
        rivals = [(n, o) for n, o in enumerate(content.options, 1) if n != position and o.step <= option.step]
        better = next(((n, o) for n, o in rivals if _beats(o, option, content, around)), None)
        if better is not None and better[1].step < option.step:
            message = _("This later step gives less than option %(n)s, which came before it and still stands.")
            mend = _("Let later steps give more, or remove it.")
            yield warning("step_worse", "step", message % {"n": better[0]}, mend, position)
        elif better is not None:
            message = _("Nobody would choose this: option %(n)s gives as much and asks for no more.") % {"n": better[0]}
            yield warning("never_better", "kind", message, _("Remove it, or make it better in something."), position)
    yield from _ladder(content)


def _ladder(content: PlanContent) -> Iterator[Finding]:
    full = next((o for o in content.options if o.kind in FULL), None)
    if full is not None and full.step > 1:
        message = _("The full refund comes only as a later step: buyers who know their right do not wait for it.")
        mend = _("Offer it at once: the right stands beside your options anyway.")
        yield note("right_late", "step", message, mend, content.options.index(full) + 1)
    longest = content.step_hours * (len(content.steps) - 1) + content.expires_hours
    if len(content.steps) > 1 and longest > LONGEST_LADDER:
        message = _("From the first step to the end it is %(days)s days: until then nobody of yours looks at the case.")
        yield note("ladder_slow", "step_hours", message % {"days": longest // 24}, _("Let the steps follow sooner."))


def _cannot(option: OptionContent, position: int, content: PlanContent) -> Iterator[Finding]:
    nothing_sent = content.stages == (OrderStage.UNSHIPPED,)
    if nothing_sent and option.kind in WITH_GOODS - WITH_RETURN:
        message = _("Nothing was sent yet, so there is nothing to send again.")
        yield warning("goods_unsent", "kind", message, _("Offer money for the wait, or a full refund."), position)
    if option.kind in WITH_RETURN and content.types and _NOTHING_CAME.issuperset(content.types) and not nothing_sent:
        message = _("In such cases the buyer has nothing to send back.")
        yield warning("nothing_to_return", "kind", message, _("Offer the refund without return."), position)


def _beats(one: OptionContent, other: OptionContent, content: PlanContent, around: Around) -> bool:
    """Tell whether one option is never worse for the buyer than another, and better in some case."""
    if _SAME_AND_KEPT.get(RemedyKind(other.kind) if other.kind in RemedyKind.values else K.DISMISS) == one.kind:
        return True
    if one.kind == K.FULL_REFUND and other.kind == K.PARTIAL_REFUND:
        return content.stages == (OrderStage.RECEIVED,)  # elsewhere the refund means that the goods do not come
    money_only = {K.PARTIAL_REFUND, K.CASH_AND_COUPON, K.COUPON}
    if one.kind not in money_only or other.kind not in money_only:
        return False
    return _coupon_as_good(one, other) and _cash_as_good(one, other, content, around)


def _coupon_as_good(one: OptionContent, other: OptionContent) -> bool:
    if not coupon_worth(other):
        return True
    if one.coupon is None or other.coupon is None or not coupon_worth(one):
        return False
    mine, theirs = one.coupon, other.coupon
    return mine.pk == theirs.pk or (
        mine.amount >= theirs.amount
        and mine.minimum_spend <= theirs.minimum_spend
        and mine.valid_days >= theirs.valid_days
        and mine.percent is None
        and not mine.scoped
        and mine.valid_until is None
    )


def _cash_as_good(one: OptionContent, other: OptionContent, content: PlanContent, around: Around) -> bool:
    """Compare at both ends: what is as good for the cheapest and for the dearest goods is so in between."""
    if one.percent is not None and other.percent is not None:
        as_good, better = one.percent >= other.percent, one.percent > other.percent
    elif one.amount is not None and other.amount is not None:
        as_good, better = one.amount >= other.amount, one.amount > other.amount
    elif other.percent is None and other.amount is None:
        as_good, better = True, one.percent is not None or one.amount is not None
    elif one.percent is None and one.amount is None:
        return False
    else:
        ends = (content.value_from, high_end(content, around))
        if None in ends or low_end(content, around) is None:
            return False
        pairs = [(cash_at(one, end, content.currency), cash_at(other, end, content.currency)) for end in ends]
        as_good, better = all(a >= b for a, b in pairs), any(a > b for a, b in pairs)
    return as_good and (better or coupon_worth(one) > coupon_worth(other))
