"""What is doubtful about a plan, said before it is published: pure functions over what it says and where it stands."""

from merchants.plans.lint.around import Around, CouponLeft, History, Neighbour
from merchants.plans.lint.cost import Cost, cost_of
from merchants.plans.lint.findings import Finding, Level
from merchants.plans.lint.gaps import SceneCount, gaps
from merchants.plans.lint.run import lint

__all__ = [
    "Around",
    "Cost",
    "CouponLeft",
    "Finding",
    "History",
    "Level",
    "Neighbour",
    "SceneCount",
    "cost_of",
    "gaps",
    "lint",
]
