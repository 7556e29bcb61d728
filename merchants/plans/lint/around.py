"""Where a plan stands: the shop's other plans and past cases, its coupons' budgets, the rules. Facts, no queries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from merchants.plans.content import PlanContent

Neighbour = tuple[int, str, PlanContent]  # a live plan of the shop: id, name, what it says


@dataclass(frozen=True, slots=True)
class CouponLeft:
    """What the budgets leave of a coupon: how many may still be given in all; None: no limit."""

    count: int | None = None


@dataclass(frozen=True, slots=True)
class History:
    """The shop's cases of the last 90 days that fit a scene, whatever was paid; amounts in the plan's currency."""

    cases: int = 0
    in_band: int = 0  # those that fit the plan's value band, too
    last_month: int = 0  # of those in the band, the ones of the last 30 days
    low: Decimal | None = None  # what nineteen of twenty buyers in the band paid at least
    high: Decimal | None = None  # the most that one in the band paid


@dataclass(frozen=True, slots=True)
class Around:
    """Everything a plan is held against. What is not known is empty, and nothing is said about it."""

    today: date
    plan_id: int = 0
    others: tuple[Neighbour, ...] = ()
    left: Mapping[int, CouponLeft] = field(default_factory=dict)  # by coupon template
    history: History = field(default_factory=History)
    currencies: frozenset[str] = frozenset()  # what the shop's orders of late were paid in
    categories: frozenset[str] = frozenset()  # what the shop's orders of late were of
    windows: Mapping[str, int] = field(default_factory=dict)  # days to file, by window of the rules
