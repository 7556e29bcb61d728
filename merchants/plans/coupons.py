"""What plans promise of coupons."""

from collections import defaultdict
from collections.abc import Sequence

from merchants.plans.models import Plan, PlanOption, PlanState


def promised(coupon_ids: Sequence[int]) -> set[int]:
    """Return those coupons that a published version names: the database keeps what they are worth."""
    named = PlanOption.objects.filter(coupon__in=coupon_ids, version__published_at__isnull=False)
    return {pk for pk in named.values_list("coupon_id", flat=True).distinct() if pk is not None}


def live_plans_by_coupon(coupon_ids: Sequence[int]) -> dict[int, list[Plan]]:
    """Return the plans that offer each coupon now; one query."""
    found = PlanOption.objects.filter(coupon__in=coupon_ids, version__live_in__state=PlanState.LIVE)
    plans: dict[int, list[Plan]] = defaultdict(list)
    for option in found.select_related("version__live_in").order_by("version__live_in__name"):
        if option.coupon_id is not None:
            plans[option.coupon_id].append(option.version.live_in)
    return dict(plans)
