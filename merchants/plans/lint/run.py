"""Everything that is found about a plan, the worst first."""

from merchants.plans.content import PlanContent
from merchants.plans.guard import check_ready
from merchants.plans.lint import coupons, fairness, mending, money, neighbours, options, scene, words
from merchants.plans.lint.around import Around
from merchants.plans.lint.findings import Finding, Level

_ORDER = list(Level)
_CHECKS = (
    scene.findings,
    fairness.findings,
    options.findings,
    money.findings,
    coupons.findings,
    words.findings,
    neighbours.findings,
)


def lint(content: PlanContent, around: Around, *, merchant_id: int) -> list[Finding]:
    """List what the guard refuses and what is doubtful besides; a plan that cannot be read is not judged further."""
    refused = [mending.finding(problem) for problem in check_ready(content, merchant_id=merchant_id)]
    broken = {(f.field, f.option) for f in refused}
    doubts = [f for check in _CHECKS for f in check(content, around) if (f.field, f.option) not in broken]
    return sorted([*refused, *doubts], key=lambda f: _ORDER.index(f.level))
