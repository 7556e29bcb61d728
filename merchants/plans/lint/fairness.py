"""Whether a plan offers what buyers are owed anyway, and money as visibly as coupons.

A plan never takes a right away: beside its options every buyer can ask for the remedy, turn the options down or go to
the platform. But a plan that offers less than the right alone settles little and looks mean.
"""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from aftersales.orders.models import OrderStage
from aftersales.policies.codes import FULL, WITH_COUPON, DisputeType, RemedyKind
from aftersales.policies.types import TYPES
from merchants.plans.content import PlanContent
from merchants.plans.guard import PLAIN_CASH
from merchants.plans.lint.around import Around
from merchants.plans.lint.findings import Finding, note, warning
from merchants.plans.lint.value import cash_at, low_end
from portal.money import ZERO

T, K = DisputeType, RemedyKind
# What the law gives (domain, section 4): money back for what never came; for faulty goods return, replacement or
# repair (Consumer Law 24); return without reason in the pack's window (Consumer Law 25).
_MONEY_BACK = frozenset({T.NOT_SHIPPED_CANCEL, T.NOT_RECEIVED, T.LOST_OR_STUCK, T.EMPTY_PARCEL, T.REFUSED_DELIVERY})
_FAULTY = frozenset(
    {T.WRONG_ITEM, T.ARRIVED_DAMAGED, T.QUALITY_VISIBLE, T.QUALITY_HIDDEN, T.NOT_AS_DESCRIBED, T.PERISHED}
)
_RETURN = frozenset({T.NO_REASON_RETURN, T.SIZE_OR_FIT})
# Consumer Law 55, Food Safety Law 148: a multiple of the price, which no plan can offer.
_MULTIPLE = frozenset({T.COUNTERFEIT, T.FOOD_SAFETY, T.PROHIBITED_GOODS})
COUPON_SHARE = 5  # the cash beside a coupon is a choice if it is worth a fifth of it at least


def findings(content: PlanContent, around: Around) -> Iterator[Finding]:
    """Look at what is owed, then at how visible money is."""
    if not content.options:
        return
    below = [code for code in content.types if code in _MONEY_BACK | _FAULTY | _owed_return(content, around)]
    if below and not any(option.kind in FULL for option in content.options):
        message = _("All options are below what buyers are owed: their money back for “%(types)s”.")
        mend = _("Add a full refund: the right stands beside your options anyway, and this way it is settled at once.")
        yield warning("below_right", "options", message % {"types": _listed(below)}, mend)
    multiple = [code for code in content.types if code in _MULTIPLE]
    if multiple:
        message = _("For “%(types)s” the law gives a multiple of the price, which no plan can offer.")
        mend = _("Leave these to your agents, or expect that buyers go on to the platform.")
        yield note("right_beyond_plans", "types", message % {"types": _listed(multiple)}, mend)
    yield from _coupons(content, around)


def _owed_return(content: PlanContent, around: Around) -> frozenset[DisputeType]:
    """Returns without reason are owed within the pack's window; what begins later is the seller's courtesy."""
    late = content.days_from is not None and content.days_from > around.windows.get("no_reason", 7)
    return frozenset() if late or OrderStage.UNSHIPPED in content.stages else _RETURN


def _coupons(content: PlanContent, around: Around) -> Iterator[Finding]:
    coupon = next((n for n, o in enumerate(content.options, 1) if o.kind in WITH_COUPON and o.coupon), None)
    if coupon is None:
        return
    step = content.options[coupon - 1].step  # what comes later is no choice yet
    cash = [(n, o) for n, o in enumerate(content.options, 1) if o.kind in PLAIN_CASH and o.step <= step]
    if not cash:
        return
    if coupon < cash[0][0]:
        message = _("The coupon stands above the money.")
        yield warning("coupon_first", "kind", message, _("Move the money up: buyers must see it first."), coupon)
    worth = max(o.coupon.amount for o in content.options if o.kind in WITH_COUPON and o.coupon)
    low = low_end(content, around)
    parts = [cash_at(o, low, content.currency) for _n, o in cash if o.kind == K.PARTIAL_REFUND]
    only_parts = len(parts) == len(cash)
    if only_parts and low is not None and max(parts, default=ZERO) * COUPON_SHARE < worth:
        message = _("Beside the coupon the money is next to nothing, so that there is no real choice.")
        yield warning("cash_token", "percent", message, _("Raise the part refund, or add a full refund."), cash[0][0])


def _listed(codes: list[str]) -> str:
    return pgettext("between the items of a list", ", ").join(
        str(DisputeType(code).label) for code in codes if code in TYPES
    )
