"""Experiments that these tests stand on."""

from dataclasses import replace
from decimal import Decimal

from merchants.experiments.services import Design, start
from merchants.plans.content import OptionContent, content_of
from merchants.plans.services import save_draft, start_draft
from tests.plans.makers import FULL_BACK, make_plan

HALF = OptionContent("partial_refund_keep", percent=Decimal(50))


def tried(cast, now, *, shares=(40, 40), holdout=20, **design):
    """A live plan that offers 30 %, tried against a version that offers 50 % and a holdout; returns the experiment."""
    plan = make_plan(cast.shop, actor=cast.owner)
    draft = start_draft(plan=plan, actor=cast.owner, now=now)
    content = replace(content_of(draft), options=(HALF, FULL_BACK))
    draft = save_draft(plan=plan, content=content, actor=cast.owner, now=now)
    plan.refresh_from_db()
    versions = tuple(zip((plan.live, draft), shares, strict=True))
    asked = Design(name="Half", shares=versions, holdout=holdout, **design)
    return start(plan=plan, design=asked, actor=cast.owner, now=now)
