"""Telling a shop's owner and managers that a plan's limit is nearly, or wholly, used up: once each per period."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse

from merchants.limits.models import PlanLimits
from merchants.models import MemberRole, MerchantMember
from portal.notices.services import NoticeDraft, notify_many

NEAR = 80  # percent


def tell_near(limits: PlanLimits, *, now: datetime) -> None:
    """Tell the heads of the shop what has come near its limit; two statements where something has, else none."""
    reached = list(_reached(limits))
    if not reached:
        return
    plan = limits.plan
    heads = MerchantMember.objects.filter(
        merchant=plan.merchant_id, role__in=[MemberRole.OWNER, MemberRole.MANAGER]
    ).values_list("user_id", flat=True)
    link = reverse("dashboard:plan_limits", args=[plan.pk])
    drafts = [
        NoticeDraft(user, kind, link, f"limit:{plan.pk}:{period}:{kind}", {"name": plan.name, "percent": str(NEAR)})
        for kind, period in reached
        for user in heads
    ]
    notify_many(drafts, now=now)


def _reached(limits: PlanLimits) -> Iterator[tuple[str, str]]:
    for period, pairs in (
        (f"{limits.today}", ((limits.day_count, limits.today_count), (limits.day_amount, limits.today_amount))),
        (
            f"{limits.month:%Y-%m}" if limits.month else "",
            ((limits.month_count, limits.this_month_count), (limits.month_amount, limits.this_month_amount)),
        ),
    ):
        shares = [100 * taken / most for most, taken in pairs if most]
        if shares and max(shares) >= 100:
            yield "limit_reached", period
        elif shares and max(shares) >= NEAR:
            yield "limit_near", period
