"""What the figures of kept sales are called, and the names of what they are broken down by."""

from collections.abc import Callable, Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from aftersales.policies.codes import BuyerTier, Reason, RemedyKind
from merchants.plans.models import Plan

Words = str | Promise

DIMENSIONS: dict[str, Words] = {
    "plan": gettext_lazy("Plan"),
    "version": gettext_lazy("Version"),
    "option": gettext_lazy("Option chosen"),
    "reason": gettext_lazy("Reason"),
    "category": gettext_lazy("Category"),
    "tier": gettext_lazy("Buyer's tier"),
    "week": gettext_lazy("Week"),
}
# Columns of counts, each opening its list.
COUNTS: dict[str, Words] = {
    "requests": gettext_lazy("Requests"),
    "offered": gettext_lazy("Got a plan's offers"),
    "chosen": gettext_lazy("Chose one"),
    "ended": pgettext_lazy("cases", "Ended"),
    "kept": gettext_lazy("Sale kept"),
    "regret": gettext_lazy("Regretted"),
}
LISTS: dict[str, Words] = {
    **COUNTS,
    "kept_by_plan": gettext_lazy("Sale kept by a plan's offer"),
    "bought_30": gettext_lazy("Bought again within 30 days"),
    "bought_60": gettext_lazy("Bought again within 60 days"),
    "bought_90": gettext_lazy("Bought again within 90 days"),
    "asked_30": gettext_lazy("Ended 30 days ago or more"),
    "asked_60": gettext_lazy("Ended 60 days ago or more"),
    "asked_90": gettext_lazy("Ended 90 days ago or more"),
}
# What each figure means, as it stands on the page.
DEFINITIONS: tuple[tuple[Words, Words], ...] = (
    (
        gettext_lazy("Sale kept"),
        gettext_lazy(
            "The case has ended, the buyer kept the goods and was not refunded in full, neither in this case nor in a "
            "later one about the same pieces. Withdrawn and lapsed cases count as well."
        ),
    ),
    (
        gettext_lazy("Amount kept"),
        gettext_lazy(
            "What was paid for the pieces of kept sales, less refunds, compensation and the worth of coupons. What "
            "goods sent anew cost you is not known here and not taken off."
        ),
    ),
    (
        gettext_lazy("Cost per kept sale"),
        gettext_lazy("Refunds, compensation and coupons of the kept sales, divided by their number."),
    ),
    (
        gettext_lazy("Regretted"),
        gettext_lazy(
            "Of the buyers who chose a plan's offer: another case about the same pieces, a case brought to the "
            "platform or opened again, or a review of 1 or 2 stars after the case was opened."
        ),
    ),
    (
        gettext_lazy("Because of the plan"),
        gettext_lazy(
            "Sales are also kept without any plan. How many more a plan keeps is known only where some buyers get the "
            "ordinary process: start an experiment with a holdout."
        ),
    ),
)


def namer(by: str, keys: Iterable[str]) -> Callable[[str], str]:
    """Return what says a dimension's values in the reader's language; one query at most."""
    kinds = {"option": RemedyKind, "reason": Reason, "tier": BuyerTier}
    if by in kinds:
        labels = {str(code): str(label) for code, label in kinds[by].choices}
        return lambda key: labels.get(key, key) or _("none")
    if by in {"plan", "version"}:
        plans = [plan for key in keys if (plan := key.partition(".")[0]).isdecimal() and len(plan) < 19]
        names = {str(pk): name for pk, name in Plan.objects.filter(pk__in=plans).values_list("pk", "name")}
        return lambda key: _plan(names, key)
    return lambda key: key or _("none")


def _plan(names: dict[str, str], key: str) -> str:
    plan, _dot, version = key.partition(".")
    if not plan:
        return _("No plan")
    name = names.get(plan, plan)
    return _("%(plan)s, version %(number)s") % {"plan": name, "number": version} if version else name
