"""The most that a plan can cost: for one case, and for as many cases as last month had."""

from dataclasses import dataclass
from decimal import Decimal

from merchants.plans.content import PlanContent
from merchants.plans.lint.around import Around
from merchants.plans.lint.value import cash_at, coupon_worth, high_end


@dataclass(frozen=True, slots=True)
class Cost:
    """The worst case in the plan's currency, goods not counted; `paid`: the dearest goods, None if unknown."""

    paid: Decimal | None
    per_case: Decimal | None
    option: int | None  # the dearest option's position
    cases: int  # such cases last month
    per_month: Decimal | None


def cost_of(content: PlanContent, around: Around) -> Cost:
    """Work out the worst case: every buyer has bought the dearest goods and chooses the dearest option."""
    paid = high_end(content, around)
    cases = around.history.last_month
    if paid is None or not content.options:
        return Cost(paid, None, None, cases, None)
    costs = [cash_at(o, paid, content.currency) + coupon_worth(o) for o in content.options]
    worst = max(costs)
    return Cost(paid, worst, costs.index(worst) + 1, cases, worst * cases)
