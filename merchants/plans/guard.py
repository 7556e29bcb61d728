"""What no plan may do (domain, section 6): checked on every save and again, harder, on publishing."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from aftersales.orders.models import OrderStage
from aftersales.policies.codes import WITH_COUPON, WITH_RETURN, Reason, RemedyKind
from aftersales.policies.types import TYPES
from merchants.plans.content import OptionContent, PlanContent, needs_amount
from merchants.plans.scripts import SCRIPT_LENGTH, asks_for_review, gives_up_rights, unknown_variables
from portal.money import is_exact

MOST_OPTIONS = 5
MOST_STEPS = 4
SHORTEST, LONGEST = 24, 168  # hours that options stand: a day at least, a week at most
SOONEST, LATEST = 1, 168  # hours until the next step of a ladder: nothing is taken away then, so it may be soon
_CODES: dict[str, list[str]] = {"types": list(TYPES), "reasons": Reason.values, "stages": OrderStage.values}
# What a plan can offer before anybody has looked at the case.
OFFERABLE = (
    RemedyKind.PARTIAL_REFUND,
    RemedyKind.COUPON,
    RemedyKind.CASH_AND_COUPON,
    RemedyKind.FULL_REFUND,
    RemedyKind.RETURN_REFUND,
    RemedyKind.REPLACE_RETURN,
    RemedyKind.REPLACE,
    RemedyKind.RESEND,
    RemedyKind.REPAIR,
)
# What can be chosen instead of a coupon: money and nothing but money.
PLAIN_CASH = frozenset({RemedyKind.PARTIAL_REFUND, RemedyKind.FULL_REFUND, RemedyKind.RETURN_REFUND})


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a plan, where, and whether it may be kept as a draft all the same."""

    field: str
    code: str
    message: str
    option: int | None = None  # the position, where one option is meant


def check_draft(content: PlanContent, *, merchant_id: int) -> list[Problem]:
    """List what keeps a plan from being saved: what cannot be meant."""
    return [*_scene(content), *_scripts(content), *_options(content, merchant_id)]


def check_ready(content: PlanContent, *, merchant_id: int) -> list[Problem]:
    """List what keeps a plan from being published: the above, and what buyers are owed."""
    return [*check_draft(content, merchant_id=merchant_id), *_fair(content), *_reachable(content)]


def _scene(content: PlanContent) -> Iterator[Problem]:
    for name, allowed in _CODES.items():
        for code in getattr(content, name):
            if code not in allowed:
                yield Problem(name, "unknown_code", _("%(code)s is not known here.") % {"code": code})
    for name, amount in (("value_from", content.value_from), ("value_to", content.value_to)):
        if amount is not None and not is_exact(amount, content.currency):
            yield Problem(name, "amount", _("The amount has more decimals than the currency."))
    for low, high, name in (
        (content.value_from, content.value_to, "value_to"),
        (content.days_from, content.days_to, "days_to"),
    ):
        if low is not None and high is not None and high < low:
            yield Problem(name, "band", _("The upper bound is below the lower one."))
    if not SHORTEST <= content.expires_hours <= LONGEST:
        message = _("Options stand for %(least)s to %(most)s hours.") % {"least": SHORTEST, "most": LONGEST}
        yield Problem("expires_hours", "expires_hours", message)
    if not SOONEST <= content.step_hours <= LATEST:
        message = _("The next step comes after %(least)s to %(most)s hours.") % {"least": SOONEST, "most": LATEST}
        yield Problem("step_hours", "step_hours", message)


def _scripts(content: PlanContent) -> Iterator[Problem]:
    for name, script in (("script_en", content.script_en), ("script_zh", content.script_zh)):
        if len(script) > SCRIPT_LENGTH:
            yield Problem(name, "script_long", _("At most %(count)s characters.") % {"count": SCRIPT_LENGTH})
        for variable in unknown_variables(script):
            message = _("{%(name)s} is not a variable. Choose one of the list, or remove the braces.")
            yield Problem(name, "unknown_variable", message % {"name": variable})
        if words := asks_for_review(script):
            message = _("A plan must not ask for a review to be given, changed or withdrawn: “%(words)s”.")
            yield Problem(name, "asks_for_review", message % {"words": words})
        if words := gives_up_rights(script):
            message = _("A plan must not ask buyers to give up more than this claim: “%(words)s”.")
            yield Problem(name, "gives_up_rights", message % {"words": words})


def _options(content: PlanContent, merchant_id: int) -> Iterator[Problem]:
    if len(content.options) > MOST_OPTIONS:
        message = _("A plan has at most %(count)s options.") % {"count": MOST_OPTIONS}
        yield Problem("options", "too_many_options", message)
    yield from _steps(content)
    seen: set[tuple[object, ...]] = set()
    for position, option in enumerate(content.options, 1):
        offered = (option.kind, option.percent, option.amount, option.coupon)
        if offered in seen:
            yield Problem("kind", "twice", _("This option is already in the list."), position)
        seen.add(offered)
        for name, code, message in _option(option, content, merchant_id):
            yield Problem(name, code, message, position)


def _steps(content: PlanContent) -> Iterator[Problem]:
    """Steps follow each other in the list, without gaps: the list is what the buyer meets from top to bottom."""
    step = 0
    for position, option in enumerate(content.options, 1):
        if not 1 <= option.step <= MOST_STEPS:
            message = _("A ladder has %(count)s steps at most.") % {"count": MOST_STEPS}
            yield Problem("step", "too_many_steps", message, position)
        elif option.step < step:
            message = _("This option comes before the one above it: move it up, or let it come later.")
            yield Problem("step", "step_order", message, position)
        elif option.step > step + 1:
            yield Problem("step", "step_missing", _("The step before this one has no option."), position)
        step = max(step, option.step)


def _option(option: OptionContent, content: PlanContent, merchant_id: int) -> Iterator[tuple[str, str, str]]:
    if option.kind not in OFFERABLE:
        yield "kind", "kind", _("This cannot be offered.")
    if needs_amount(option.kind):
        yield from _how_much(option, content.currency)
    if option.kind in WITH_COUPON:
        yield from _coupon(option, content.currency, merchant_id)


def _how_much(option: OptionContent, currency: str) -> Iterator[tuple[str, str, str]]:
    if (option.percent is None) == (option.amount is None):
        yield "percent", "percent_or_amount", _("Say how much: either a percentage or a fixed amount.")
    if option.percent is not None and not 0 < option.percent < 100:
        yield "percent", "percent", _("Between 0 and 100 percent. To give everything back, choose a full refund.")
    if option.amount is not None and (option.amount <= 0 or not is_exact(option.amount, currency)):
        yield "amount", "amount", _("An amount above zero, no finer than the currency allows.")


def _coupon(option: OptionContent, currency: str, merchant_id: int) -> Iterator[tuple[str, str, str]]:
    coupon = option.coupon
    if coupon is None or coupon.merchant_id != merchant_id:
        yield "coupon", "coupon", _("Choose one of your coupons.")
    elif not coupon.active:
        yield "coupon", "coupon_stopped", _("This coupon was stopped. Choose another one.")
    elif coupon.currency != currency:
        yield "coupon", "coupon_currency", _("This coupon is in another currency than the plan.")


def _fair(content: PlanContent) -> Iterator[Problem]:
    if not content.options:
        yield Problem("options", "no_options", _("Offer at least one option."))
    first = min((option.step for option in content.options if option.kind in WITH_COUPON), default=None)
    beside = {option.kind for option in content.options if first is not None and option.step <= first}
    if first is not None and not beside & PLAIN_CASH:
        message = _("Add a cash option or a full refund beside the coupon: buyers must be able to choose money.")
        yield Problem("options", "cash_beside_coupon", message)
    for name, script in (("script_en", content.script_en), ("script_zh", content.script_zh)):
        if not script.strip():
            yield Problem(
                name, "script_missing", _("Buyers read in both languages: write the message in this one too.")
            )


def _reachable(content: PlanContent) -> Iterator[Problem]:
    """What can never happen is a mistake, not a plan."""
    received = not content.stages or OrderStage.RECEIVED in content.stages
    if not received and (content.days_from is not None or content.days_to is not None):
        message = _("Days since delivery can only be counted for orders that were received.")
        yield Problem("days_from", "days_without_delivery", message)
    if content.stages == (OrderStage.UNSHIPPED,):
        for position, option in enumerate(content.options, 1):
            if option.kind in WITH_RETURN:
                message = _("Nothing was sent yet, so nothing can be returned. Offer a full refund without return.")
                yield Problem("kind", "return_unshipped", message, position)
    if content.types and content.stages:
        filed = {stage for code in content.types if code in TYPES for stage in TYPES[code].stages}
        if not filed & set(content.stages):
            yield Problem("stages", "stage_mismatch", _("Such cases are never opened at this stage of an order."))
    possible = {reason for code in content.types or TYPES if code in TYPES for reason in TYPES[code].reasons}
    strange = [reason for reason in content.reasons if reason not in possible]
    if strange and len(strange) == len(content.reasons):
        yield Problem("reasons", "reason_mismatch", _("None of these reasons belongs to the kinds of case chosen."))
