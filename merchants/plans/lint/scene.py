"""What is doubtful about when a plan answers: conditions that nothing meets, and none at all."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from aftersales.orders.models import OrderStage
from aftersales.policies.codes import DisputeType, Reason
from aftersales.policies.types import TYPES
from merchants.plans.content import PlanContent
from merchants.plans.lint.around import Around
from merchants.plans.lint.findings import Finding, note, warning
from portal.ui.amounts import say_money

ENOUGH = 20  # cases of a scene, before one says that none of them was worth so much


def findings(content: PlanContent, around: Around) -> Iterator[Finding]:
    """Look at the scene alone, then against the rules' windows and what the shop sold."""
    if not content.conditions:
        message = _("The plan answers every case in %(currency)s, whatever went wrong.")
        mend = _("Name at least the kind of case: what soothes one buyer angers another.")
        yield note("answers_everything", "types", message % {"currency": content.currency}, mend)
    yield from _never_together(content)
    yield from _too_late(content, around)
    yield from _sold(content, around)


def _never_together(content: PlanContent) -> Iterator[Finding]:
    types = [code for code in content.types if code in TYPES]
    possible = {reason for code in types for reason in TYPES[code].reasons}
    strange = [reason for reason in content.reasons if types and reason not in possible]
    if strange and len(strange) < len(content.reasons):
        message = _("“%(reason)s” never comes with these kinds of case.")
        message %= {"reason": Reason(strange[0]).label if strange[0] in Reason.values else strange[0]}
        yield warning("reason_never", "reasons", message, _("Take the reason out, or add its kind of case."))
    for code in types:
        rule = TYPES[code]
        words = {"type": DisputeType(code).label}
        if content.reasons and not set(content.reasons) & set(rule.reasons) and len(strange) < len(content.reasons):
            message = _("“%(type)s” is never opened for the reasons chosen.") % words
            yield warning("type_never", "types", message, _("Take it out, or add one of its reasons."))
        elif content.stages and not set(content.stages) & rule.stages and len(types) > 1:
            message = _("“%(type)s” is never opened at the stage chosen.") % words
            yield warning("type_never", "types", message, _("Take it out, or add the stage."))
    filed = {stage for code in types for stage in TYPES[code].stages}
    for stage in content.stages:
        if types and stage not in filed and filed & set(content.stages):
            message = _("Such cases are never opened when the order is “%(stage)s”.")
            message %= {"stage": OrderStage(stage).label if stage in OrderStage.values else stage}
            yield warning("stage_never", "stages", message, _("Take the stage out."))


def _too_late(content: PlanContent, around: Around) -> Iterator[Finding]:
    windows = [TYPES[code].window for code in content.types or TYPES if code in TYPES]
    if content.days_from is None or not all(around.windows.get(window) for window in windows):
        return
    longest = max((around.windows[window] for window in windows), default=0)
    if windows and content.days_from > longest:
        message = _("Such cases can be opened until %(days)s days after delivery: this plan begins later.")
        mend = _("Lower the days since delivery.")
        yield warning("after_window", "days_from", message % {"days": longest}, mend)


def _sold(content: PlanContent, around: Around) -> Iterator[Finding]:
    if around.currencies and content.currency not in around.currencies:
        message = _("You had no orders in %(currency)s in the last 90 days.") % {"currency": content.currency}
        yield warning("currency_unused", "currency", message, _("Choose the currency that your buyers pay in."))
        return
    strange = [name for name in content.categories if around.categories and name not in around.categories]
    if strange:
        message = _("No order of the last 90 days has the category “%(name)s”.") % {"name": strange[0]}
        yield warning("category_unused", "categories", message, _("Write it exactly as in your orders."))
    if around.history.cases >= ENOUGH and not around.history.in_band and _has_band(content):
        message = _("None of the %(count)s such cases of the last 90 days was within these amounts.")
        yield warning(
            "band_never_met",
            "value_from" if content.value_from is not None else "value_to",
            message % {"count": around.history.cases},
            _("Widen the amounts."),
        )
    elif _single(content):
        amount = say_money(content.value_to, content.currency) if content.value_to is not None else ""
        message = _("Only cases about exactly %(amount)s fit.") % {"amount": amount}
        yield warning("band_single", "value_to", message, _("Widen the amounts."))


def _has_band(content: PlanContent) -> bool:
    return content.value_from is not None or content.value_to is not None


def _single(content: PlanContent) -> bool:
    return content.value_from is not None and content.value_from == content.value_to
