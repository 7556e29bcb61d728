"""What came out of a simulation, in words."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext

from aftersales.policies.codes import DisputeType, Reason, RemedyKind
from aftersales.rehearsal.estimates import STEPS
from aftersales.rehearsal.models import Rehearsal
from merchants.plans.models import Plan
from portal.money import floor
from portal.ui.amounts import say_money

# How far one had to look for comparable offers.
_STEPS: dict[str, str | Promise] = {
    "reason": _("offers of about this worth in cases of the same kind and reason"),
    "type": _("offers of about this worth in cases of the same kind"),
    "any": _("offers of about this worth in all cases"),
    "about": _("offers of roughly this worth in all cases"),
}


def result_of(run: Rehearsal) -> dict[str, Any]:
    """Return what the page shows of a finished simulation; amounts in its currency."""
    result, currency = run.result, run.currency
    counts = {name: result["counts"].get(name, 0) for name in _COUNTS}
    names = _names(run, result)
    now, then = result["plans"].get(str(run.plan_id), [0, 0])
    return {
        "counts": counts,
        "answered": {"now": now, "then": then},
        "plans": [_plan(names, key, pair) for key, pair in result["plans"].items()],
        "options": [_option(option, currency) for option in result["options"].values()],
        "kinds": [_kind(*row) for row in result.get("kinds", ())],
        "exposure": floor(Decimal(result.get("exposure", 0)), currency),
        "cost": _money(result["cost"], currency),
        "kept": _whole(result["kept"]),
        "differing": result["differing"],
        "biggest": [_difference(row, names, currency) for row in result["biggest"]],
    }


_COUNTS = ("cases", "ended", "same", "changed", "compared", "estimated", "unknown", "checked", "agreed")


def _names(run: Rehearsal, result: dict[str, Any]) -> dict[int, str]:
    wanted = {int(key) for key in result["plans"]}
    wanted |= {row[name] for row in result["biggest"] for name in ("plan_now", "plan_then") if row[name]}
    found: dict[int, str] = dict(
        Plan.objects.filter(merchant=run.plan.merchant_id, pk__in=wanted).values_list("pk", "name")
    )
    nothing = str(_("No plan: the ordinary process"))
    return {**found, 0: nothing}


def _plan(names: dict[int, str], key: str, pair: list[int]) -> dict[str, Any]:
    pk = int(key)
    return {"pk": pk, "name": names.get(pk, key), "now": pair[0], "then": pair[1]}


def _kind(type_: str, reason: str, count: int) -> dict[str, Any]:
    return {"type": DisputeType(type_).label, "reason": Reason(reason).label, "count": count}


def _option(option: dict[str, Any], currency: str) -> dict[str, Any]:
    taken = [round(100 * Decimal(n)) for n in option["taken"]] if option["taken"] else None
    widest = next((step for step in reversed(STEPS) if option["steps"].get(step)), "")
    return {
        "kind": str(RemedyKind(option["kind"]).label),
        "cases": option["cases"],
        "unknown": option["cases"] - option["known"],
        "taken": taken,
        "how": _STEPS.get(widest, ""),
        "fewest": option["fewest"],
        **{name: floor(Decimal(option[name]), currency) for name in ("least", "mean", "most")},
    }


def _money(amounts: Iterable[str], currency: str) -> dict[str, Decimal]:
    now, then, low, high = (floor(Decimal(amount), currency) for amount in amounts)
    return {"now": now, "then": then, "low": low, "high": high, "more": then - now}


def _whole(numbers: Iterable[str]) -> dict[str, int]:
    now, then, low, high = (round(Decimal(number)) for number in numbers)
    return {"now": now, "then": then, "low": low, "high": high}


def _difference(row: dict[str, Any], names: dict[int, str], currency: str) -> dict[str, Any]:
    return {
        "case": row["case"],
        "paid": Decimal(row["paid"]),
        "was": _offers(row["offered_now"], currency),
        "would": _offers(row["offered_then"], currency),
        "plan": names.get(row["plan_then"] or 0, ""),
        "cost_now": floor(Decimal(row["cost_now"]), currency),
        "cost_then": floor(Decimal(row["cost_then"]), currency),
    }


def _offers(offers: Iterable[list[str]], currency: str) -> str:
    said = [_offer(RemedyKind(kind), Decimal(amount), currency) for kind, amount in offers]
    return pgettext("between the items of a list", ", ").join(said) or str(_("nothing"))


def _offer(kind: RemedyKind, amount: Decimal, currency: str) -> str:
    words = {"kind": str(kind.label), "amount": say_money(amount, currency)}
    return str(_("%(kind)s: %(amount)s") % words) if amount else words["kind"]


def checked(counts: dict[str, int]) -> str:
    """Say how far the replay of what was live agrees with what was really offered."""
    words = {"agreed": counts["agreed"], "n": counts["checked"]}
    return (
        ngettext(
            "Checked: the plans of the time, replayed in the same way, give exactly what was really offered in "
            "%(agreed)s of %(n)s case.",
            "Checked: the plans of the time, replayed in the same way, give exactly what was really offered in "
            "%(agreed)s of %(n)s cases.",
            counts["checked"],
        )
        % words
    )
