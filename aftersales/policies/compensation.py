"""What the law or a promise gives a buyer beyond what was paid: so many times the price, at least so much. Pure.

Consumer Protection Law art. 55 (fraud: three times the price, at least 500 CNY), Food Safety Law art. 148 (ten times
the price or three times the loss, at least 1,000 CNY); a seller may promise more for a counterfeit. Never by silence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from aftersales.policies.arithmetic import Row
from aftersales.policies.codes import DisputeType, Reason
from aftersales.policies.rules import Rules
from aftersales.policies.trace import Step
from portal.money import ZERO, floor

_FRAUD = frozenset({Reason.FALSE_ADVERT, Reason.PRICE_FRAUD, Reason.FAKE_SHIPPING})


@dataclass(frozen=True, slots=True)
class Compensation:
    """The most that can be given beyond the refund, in the case's currency, and the arithmetic behind it."""

    amount: Decimal
    why: Step
    rows: tuple[Row, ...]


def compensation(
    type: str, reason: str, *, price: Decimal, rules: Rules, currency: str, answers: Mapping[str, str]
) -> Compensation | None:
    """Work out what can be claimed beside the refund; `price` is what was paid for the goods, without their way.

    None where the rules give nothing beyond the refund.
    """
    match type:
        case DisputeType.COUNTERFEIT:
            return _times("fake", "fraud", price, rules, currency)
        case DisputeType.FOOD_SAFETY:
            return _food(price, Decimal(answers.get("loss", 0)), rules, currency)
        case _ if reason in _FRAUD:
            return _times("fraud", "fraud", price, rules, currency)
    return None


def _food(price: Decimal, loss: Decimal, rules: Rules, currency: str) -> Compensation | None:
    """Ten times the price or three times the loss, whichever is more."""
    by_price = _times("food", "food", price, rules, currency)
    by_loss = _times("food_loss", "food", loss, rules, currency) if loss else None
    found = [one for one in (by_price, by_loss) if one]
    return max(found, key=lambda one: one.amount, default=None)


def _times(count: str, minimum: str, base: Decimal, rules: Rules, currency: str) -> Compensation | None:
    times = rules.counts[f"{count}_times"]
    if not times:
        return None
    amount, least = floor(base * times, currency), rules.threshold(f"{minimum}_minimum", currency) or ZERO
    facts = {"times": times, "base_amount": base, "currency": currency}
    rows = (Row.of("times", amount, times=times, base_amount=base),)
    if amount < least:
        step = Step.of("compensation_least", rules, f"thresholds.{minimum}_minimum", least_amount=least, **facts)
        return Compensation(least, step, (*rows, Row.of("least", least - amount)))
    code = "compensation_loss" if count == "food_loss" else "compensation_times"
    return Compensation(amount, Step.of(code, rules, f"counts.{count}_times", most_amount=amount, **facts), rows)
