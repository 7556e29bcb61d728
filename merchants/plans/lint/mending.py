"""How to mend what the guard refuses."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from merchants.plans.guard import Problem
from merchants.plans.lint.findings import Finding, Level

_MEND: dict[str, str | Promise] = {
    "unknown_code": _("Choose from the list."),
    "band": _("Swap the two, or clear one of them."),
    "expires_hours": _("Choose a time within these bounds."),
    "script_long": _("Say it shorter: most people read on a telephone."),
    "unknown_variable": _("Choose a variable of the list below the message."),
    "asks_for_review": _("Take these words out: what a buyer writes about you is the buyer's."),
    "gives_up_rights": _("Take these words out: who accepts an offer gives up nothing but this claim."),
    "too_many_options": _("Remove those that fewest buyers would choose."),
    "twice": _("Remove one of the two."),
    "step_hours": _("Choose a time within these bounds."),
    "too_many_steps": _("Let it come with an earlier step."),
    "step_order": _("Sort the options by when they come."),
    "step_missing": _("Let it come one step earlier."),
    "kind": _("Choose another kind of option."),
    "percent_or_amount": _("Fill in one of the two and clear the other."),
    "percent": _("Choose a percentage between, or another kind of option."),
    "amount": _("Round it to what can be paid."),
    "coupon": _("Choose a coupon, or make one first."),
    "coupon_stopped": _("Choose a coupon that is given out, or give this one out again."),
    "coupon_currency": _("Choose a coupon in the plan's currency."),
    "no_options": _("Add what the buyer may choose."),
    "cash_beside_coupon": _("Add a part refund or a full refund to the list."),
    "script_missing": _("Write the message in this language."),
    "days_without_delivery": _("Clear the days, or choose orders that were received."),
    "return_unshipped": _("Change it into a full refund without return."),
    "stage_mismatch": _("Choose another stage of the order, or another kind of case."),
    "reason_mismatch": _("Choose reasons of these kinds of case, or none for any."),
}


def finding(problem: Problem) -> Finding:
    """Say what the guard refuses as a finding: it keeps the plan from being published."""
    mend = str(_MEND.get(problem.code, gettext("Change it and save again.")))
    return Finding(problem.code, Level.ERROR, problem.field, problem.message, mend, problem.option)
