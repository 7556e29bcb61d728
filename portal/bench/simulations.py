"""Simulating a plan on many past cases of one shop, with their offers and ends."""

import time
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from aftersales.rehearsal.services import AT_ONCE, ask, measure
from merchants.plans.content import content_of
from merchants.plans.models import ChangeKind, Plan, PlanChange
from merchants.plans.services import save_draft, start_draft
from portal.accounts.models import User
from portal.bench.load import Figures

# The first cases become the shop's: answered by its plan, over 80 days, a third of the buyers having taken 30 %.
_CASES = """
UPDATE disputes_dispute d SET merchant_id = %(shop)s, plan_version_id = %(version)s, opened_at = n.at,
    scene = '{"categories": ["apparel"], "days": 2, "stopped": [], "without": []}', status = 'closed', awaiting = '',
    due_at = NULL, on_silence = '', closed_at = n.at + interval '2 days'
FROM (SELECT id, now() - interval '80 days' * random() AS at FROM disputes_dispute WHERE number LIKE 'X-%%' ORDER BY id
    LIMIT %(count)s) n
WHERE d.id = n.id
"""
_OFFERS = """
INSERT INTO disputes_offer (dispute_id, by_role, plan_version_id, position, kind, cash, coupon_amount, coupon_minimum,
    coupon_days, coupon_template_id, note, state, made_at)
SELECT d.id, 'merchant', d.plan_version_id, o.position, o.kind,
    CASE o.position WHEN 1 THEN 40.2 WHEN 2 THEN 0 ELSE 134 END, coalesce(t.amount, 0), 0, 0, o.coupon_id, '',
    CASE WHEN o.position = 1 AND d.id %% 3 = 0 THEN 'accepted' ELSE 'superseded' END, d.opened_at
FROM disputes_dispute d JOIN plans_planoption o ON o.version_id = d.plan_version_id
LEFT JOIN coupons_coupontemplate t ON t.id = o.coupon_id WHERE d.plan_version_id = %(version)s
"""


def plan_simulation(shop: int, count: int = AT_ONCE) -> Figures:
    """Simulate a changed plan on past cases; the rate is cases a second."""
    now = timezone.now()
    owner = User.objects.get(username="bench-owner")
    plan = Plan.objects.get(merchant=shop)
    _past(plan, count)
    draft = start_draft(plan=plan, actor=owner, now=now)
    content = content_of(draft)
    save_draft(plan=plan, content=content.with_options(content.options[::2]), actor=owner, now=now)
    started = time.perf_counter()
    run = ask(plan=Plan.objects.get(pk=plan.pk), begin=now - timedelta(days=90), end=now, actor=owner, now=now)
    run = measure(run)
    return Figures(run.done / (time.perf_counter() - started), 0, 0, 0, 0)


def _past(plan: Plan, count: int) -> None:
    begin = timezone.now() - timedelta(days=90)
    PlanChange.objects.create(plan=plan, merchant=plan.merchant, kind=ChangeKind.PUBLISHED, version=plan.live, at=begin)
    with connection.cursor() as cursor:
        cursor.execute(_CASES, {"shop": plan.merchant_id, "version": plan.live_id, "count": count})
        cursor.execute(_OFFERS, {"version": plan.live_id})
        cursor.execute("VACUUM ANALYZE disputes_dispute, disputes_offer")
