"""Whether a case can be filed, and what it can be about. Pure: the same answer for the button and for the filing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from aftersales.disputes.bounds import Bounds
from aftersales.disputes.errors import RuleBroken
from aftersales.orders.models import OrderLine, OrderStage
from aftersales.policies.codes import COMPUTED, FULL, WITH_CASH, DisputeType, RemedyKind
from aftersales.policies.rules import Rules
from aftersales.policies.trace import in_language
from aftersales.policies.types import TYPES, TypeRule
from aftersales.policies.values import CONFIRMED, EXCLUDED
from portal.money import ZERO, floor, is_exact, plain
from portal.ui.times import say_instant


@dataclass(frozen=True, slots=True)
class Claim:
    """Pieces of one order line that a case is to be about."""

    line: OrderLine
    quantity: int


@dataclass(frozen=True, slots=True)
class Window:
    """Until when a type can be filed for a line; `until` is empty where no window applies."""

    until: datetime | None

    def open(self, now: datetime) -> bool:
        """Whether it can still be filed."""
        return self.until is None or now < self.until


def type_rule(code: str) -> TypeRule:
    """Return a type's rule. Raises RuleBroken where buyers do not file this type."""
    try:
        return TYPES[code]
    except KeyError:
        raise RuleBroken(
            "type_not_open", _("This kind of case is not opened by buyers. Choose what comes closest."), "type"
        ) from None


def window_of(line: OrderLine, rule: TypeRule, rules: Rules) -> Window:
    """Return until when a type can be filed for a line, counted as the law counts: days from the day after."""
    start = line.arrived_at or line.shipped_at
    if not rule.window or start is None:
        return Window(None)
    return Window(rules.until(rule.window, start))


def keeps_freight(rule: TypeRule, rules: Rules) -> bool:
    """Whether the cost of sending the goods stays paid: nothing is wrong with them, and the pack's law lets it."""
    return rule.remorse and rules.choices["outbound_freight_remorse"] == "kept"


def max_amount(claim: Claim, rule: TypeRule, currency: str, *, rules: Rules) -> Decimal:
    """Return the most that can be refunded for a claim: what was paid for the pieces and not yet given back.

    The way there is included unless the goods are fine (law: refund is what was paid for the goods; EU: with it).
    """
    paid = claim.line.paid_amount - (claim.line.freight if keeps_freight(rule, rules) else ZERO)
    share = floor(paid * claim.quantity / claim.line.quantity, currency)
    return max(ZERO, min(share, claim.line.refundable_amount))


def capped(
    type: str, answers: Mapping[str, str], claims: Sequence[Claim], amounts: Sequence[Decimal], currency: str
) -> list[Decimal]:
    """Bound the most by what the type is about: the price seen now, the cost of shipping, what the gift was worth."""
    if type == DisputeType.PRICE_DROP and "price_seen" in answers:
        seen = Decimal(answers["price_seen"])
        bounds = [max(ZERO, claim.line.unit_price - seen) * claim.quantity for claim in claims]
    elif type == DisputeType.FREIGHT:
        there = answers.get("leg") != "back"
        bounds = [floor(c.line.freight * c.quantity / c.line.quantity, currency) if there else ZERO for c in claims]
    elif type == DisputeType.GIFT_OR_BUNDLE and "gift_value" in answers:
        bounds = _within(Decimal(answers["gift_value"]), amounts)
    else:
        return list(amounts)
    return [min(amount, bound) for amount, bound in zip(amounts, bounds, strict=True)]


def _within(worth: Decimal, amounts: Sequence[Decimal]) -> list[Decimal]:
    """Take an amount out of several, from the first on, as far as they go."""
    taken = []
    for amount in amounts:
        taken.append(min(worth, amount))
        worth -= taken[-1]
    return taken


def return_freight(type: str, answers: Mapping[str, str], *, rules: Rules, currency: str) -> Decimal:
    """Return what can be given back for sending goods back: what was paid for it, up to the pack's cap."""
    if type != DisputeType.FREIGHT or answers.get("leg") != "back":
        return ZERO
    paid = floor(Decimal(answers.get("freight_paid", 0)), currency)
    cap = rules.threshold("return_freight_cap", currency)
    return paid if cap is None else min(paid, cap)


def goods_paid(claims: Sequence[Claim], currency: str) -> Decimal:
    """Return what was paid for the pieces themselves, without their way: the price that the law multiplies."""
    shares = [(c.line.paid_amount - c.line.freight) * c.quantity / c.line.quantity for c in claims]
    return sum((floor(max(ZERO, share), currency) for share in shares), ZERO)


def check_claim(claim: Claim, code: str, *, rules: Rules, now: datetime) -> None:
    """Hold one line of a case against the rules. Raises RuleBroken with reason, date and what can be done instead."""
    line, rule = claim.line, type_rule(code)
    if claim.quantity < 1 or claim.quantity > line.quantity:
        raise RuleBroken(
            "quantity",
            _("%(count)s pieces were bought; choose between 1 and that.") % {"count": line.quantity},
            "lines",
        )
    if claim.quantity > line.free_quantity:
        raise already_disputed()
    if line.dispute_count >= rules.counts["requests_per_line"]:
        raise RuleBroken(
            "too_many_requests",
            _("%(count)s cases have been opened about this item. Write to the platform's customer service.")
            % {"count": line.dispute_count},
            "lines",
        )
    if line.stage not in rule.stages:
        raise _wrong_stage(line.stage)
    if code_against := barrier(line, rule, rules, now):
        raise _refusal(code_against, line, code, rules)


def barrier(line: OrderLine, rule: TypeRule, rules: Rules, at: datetime) -> str:
    """Return the code of the rule of the pack that speaks against filing a type for a line; empty where none does."""
    if not rule.window:
        return ""
    if not rules.windows[rule.window].given:
        return "not_promised"
    if rule.window == "no_reason" and rules.choices["no_reason"] == EXCLUDED:
        return "excluded"
    if rule.window == "no_reason" and rules.choices["no_reason"] == CONFIRMED and line.no_reason_waived:
        return "excluded_by_confirmation"
    return "" if window_of(line, rule, rules).open(at) else "window_closed"


def _refusal(against: str, line: OrderLine, code: str, rules: Rules) -> RuleBroken:
    words = {
        "not_promised": _("The seller has not promised this for the item. If something is wrong with it, choose what."),
        "excluded": _(
            "Goods of this kind cannot be returned without reason (%(law)s). If something is wrong, choose what."
        ),
        "excluded_by_confirmation": _(
            "When buying you confirmed that this cannot be returned without reason (%(law)s). "
            "If something is wrong, choose what."
        ),
        "window_closed": _(
            "“%(type)s” could be filed until %(when)s. For a hidden fault or a counterfeit the time is longer."
        ),
    }
    until = window_of(line, type_rule(code), rules).until
    facts = {
        "law": in_language(rules.basis.get("choices.no_reason", {})),
        "type": DisputeType(code).label,
        "when": say_instant(until) if until else "",
    }
    return RuleBroken(against, words[against] % facts, "type")


def already_disputed() -> RuleBroken:
    """Return the refusal for pieces that an open case is already about."""
    return RuleBroken("already_disputed", _("There is already an open case about this item."), "lines")


def check_wish(wants: str, amount: Decimal | None, *, code: str, bounds: Bounds, currency: str) -> Decimal:
    """Check what the buyer asks for and return all the money of it, in the order's currency. Raises RuleBroken."""
    if wants not in type_rule(code).wants:
        raise RuleBroken("remedy_not_allowed", _("This cannot be asked for in this kind of case."), "wants")
    return asked(wants, amount, bounds=bounds, currency=currency)


def asked(kind: str, amount: Decimal | None, *, bounds: Bounds, currency: str) -> Decimal:
    """Return all the money that a remedy comes to. Raises RuleBroken for none at all, or more than there is."""
    if kind == RemedyKind.COMPENSATION:
        if not bounds.beyond:
            raise RuleBroken("no_compensation", _("The rules give nothing beyond the refund for this."), "wants")
        return bounds.most + bounds.beyond
    if kind in FULL:
        if bounds.most <= 0:
            raise RuleBroken("nothing_left", _("Everything paid for this has already been given back."), "wants")
        return bounds.most
    if kind not in WITH_CASH:
        return ZERO
    most = bounds.most or bounds.beyond
    if amount is None and kind in COMPUTED:
        amount = most
    if amount is None or amount <= 0:
        raise RuleBroken("amount_missing", _("Say how much you ask for."), "amount")
    check_amount(amount, most=most, currency=currency)
    return amount


def check_amount(amount: Decimal, *, most: Decimal, currency: str) -> None:
    """Hold an amount against the most that can be refunded. Raises RuleBroken."""
    if not is_exact(amount, currency):
        raise RuleBroken("too_fine", _("The amount has more decimals than the currency."), "amount")
    if amount > most:
        raise RuleBroken(
            "above_maximum",
            _("At most %(amount)s %(currency)s can be refunded.")
            % {"amount": plain(most, currency), "currency": currency},
            "amount",
        )


def types_open(line: OrderLine, *, rules: Rules, now: datetime) -> list[str]:
    """List the types that can be filed for one piece of a line right now, in the table's order."""
    return [code for code in TYPES if _fits(line, code, rules=rules, now=now)]


def why_closed(line: OrderLine, *, rules: Rules, now: datetime) -> str:
    """Say why no case can be opened about a line, with the date; empty where one can."""
    reason = ""
    for code in (DisputeType.QUALITY_VISIBLE, DisputeType.NO_REASON_RETURN, *TYPES):
        try:
            check_claim(Claim(line, 1), code, rules=rules, now=now)
        except RuleBroken as broken:
            reason = reason or broken.message
        else:
            return ""
    return reason


def _fits(line: OrderLine, code: str, *, rules: Rules, now: datetime) -> bool:
    try:
        check_claim(Claim(line, 1), code, rules=rules, now=now)
    except RuleBroken:
        return False
    return True


def _wrong_stage(stage: OrderStage) -> RuleBroken:
    words = {
        OrderStage.UNSHIPPED: _("This has not been shipped yet: cancel it, or say that it is late."),
        OrderStage.IN_TRANSIT: _("This is still on the way: say that it has not arrived, or wait for it."),
        OrderStage.RECEIVED: _("This has arrived: choose what is wrong with it."),
    }
    return RuleBroken("wrong_stage", words[stage], "type")
