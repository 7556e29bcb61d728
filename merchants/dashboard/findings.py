"""What is found about a plan, as its pages show it."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from aftersales.results.scenes import around
from merchants.plans.content import PlanContent
from merchants.plans.guard import Problem
from merchants.plans.lint import Level, cost_of, lint
from merchants.plans.lint.mending import finding
from merchants.plans.models import Plan


def judged(plan: Plan, content: PlanContent, refused: Iterable[Problem] = ()) -> dict[str, Any]:
    """Return findings, whether publishing is refused, and the worst case, for a template; `refused`: what else is."""
    stands = around(merchant=plan.merchant, content=content, now=timezone.now(), plan_id=plan.pk)
    found = lint(content, stands, merchant_id=plan.merchant_id)
    known = {(f.code, f.field, f.option) for f in found}
    further = [finding(p) for p in refused if (p.code, p.field, p.option) not in known]
    findings = [*further, *found]
    return {
        "findings": findings,
        "blocked": any(f.level == Level.ERROR for f in findings),
        "cost": cost_of(content, stands),
    }
