"""Plans in words: when one answers and what it offers, in the reader's language."""

from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from aftersales.orders.models import OrderStage
from aftersales.policies.codes import WITH_COUPON, DisputeType, Reason, RemedyKind
from merchants.plans.content import OptionContent, PlanContent, needs_amount
from portal.ui.amounts import say_money


def conditions(content: PlanContent) -> list[tuple[str, str]]:
    """Say each condition of a scene as (what, which); nothing for what may be anything."""
    lists = [
        (_("Kind of case"), _listed(content.types, DisputeType)),
        (_("Reason"), _listed(content.reasons, Reason)),
        (_("Order"), _listed(content.stages, OrderStage)),
        (_("Category"), _join(content.categories)),
        (_("Amount paid"), _value(content)),
        (_("Since delivery"), _days(content)),
    ]
    return [(what, which) for what, which in lists if which]


def scene(content: PlanContent) -> str:
    """Say a scene in one line."""
    said = [which for _what, which in conditions(content)]
    return " · ".join(said) if said else _("Every case in %(currency)s") % {"currency": content.currency}


def option(chosen: OptionContent, currency: str) -> str:
    """Say an option in one line: how much, what else, what happens to the goods."""
    words = {"kind": str(RemedyKind(chosen.kind).label), "amount": _how_much(chosen, currency)}
    coupon = chosen.coupon if chosen.kind in WITH_COUPON else None
    words["coupon"] = say_money(coupon.amount, coupon.currency) if coupon else ""
    if needs_amount(chosen.kind) and coupon:
        return _("%(kind)s: %(amount)s and a coupon of %(coupon)s") % words
    if needs_amount(chosen.kind):
        return _("%(kind)s: %(amount)s") % words
    return _("%(kind)s: %(coupon)s") % words if coupon else words["kind"]


def options(content: PlanContent) -> list[str]:
    """Say what a plan offers, in order; what comes later says when."""
    said: list[str] = []
    for chosen in content.options:
        words = option(chosen, content.currency)
        if chosen.step > 1:
            later = _("After %(hours)s hours, or when the offers so far are turned down: %(option)s")
            words = later % {"hours": content.step_hours * (chosen.step - 1), "option": words}
        said.append(words)
    return said


def script_excerpt(content: PlanContent, language: str) -> str:
    """The message in the reader's language, else in the other one."""
    return (
        (content.script_zh or content.script_en)
        if language.startswith("zh")
        else (content.script_en or content.script_zh)
    )


def _how_much(chosen: OptionContent, currency: str) -> str:
    if chosen.percent is not None:
        return _("%(percent)s%% of what was paid") % {"percent": _short(chosen.percent)}
    return say_money(chosen.amount, currency) if chosen.amount is not None else _("amount missing")


def _short(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _listed(codes: Iterable[str], words: type[DisputeType] | type[Reason] | type[OrderStage]) -> str:
    return _join(str(words(code).label) if code in words.values else code for code in codes)


def _join(words: Iterable[str]) -> str:
    return pgettext("between the items of a list", ", ").join(words)


def _value(content: PlanContent) -> str:
    low = None if content.value_from is None else say_money(content.value_from, content.currency)
    high = None if content.value_to is None else say_money(content.value_to, content.currency)
    return _band(low, high)


def _days(content: PlanContent) -> str:
    low, high = content.days_from, content.days_to
    if low is not None and high is not None:
        return _("%(low)s to %(high)s days") % {"low": low, "high": high}
    if high is not None:
        return _("at most %(high)s days") % {"high": high}
    return _("at least %(low)s days") % {"low": low} if low is not None else ""


def _band(low: str | None, high: str | None) -> str:
    if low is not None and high is not None:
        return _("%(low)s to %(high)s") % {"low": low, "high": high}
    if high is not None:
        return _("at most %(high)s") % {"high": high}
    return _("at least %(low)s") % {"low": low} if low is not None else ""
