"""Kept sales counted a second way: from the timelines alone, case by case, without a look at any other table."""

from collections import Counter
from decimal import Decimal

from aftersales.disputes.codes import FINAL
from aftersales.disputes.models import Event
from merchants.experiments.models import Experiment


def kept_by_arm(experiment: Experiment) -> dict[int, tuple[int, Decimal]]:
    """Return sales kept and the amount kept by arm: a timeline that ended, whose last terms are less than was paid."""
    counts: Counter[int] = Counter()
    amounts: Counter[int] = Counter()
    paid, granted, last, arm = Decimal(0), Decimal(0), "", None
    current = None
    events = Event.objects.filter(dispute__arm__experiment=experiment).order_by("dispute_id", "seq")
    rows = events.values_list("dispute_id", "to_status", "data", "dispute__arm_id", "dispute__max_amount")

    def count() -> None:
        if arm is not None and last in FINAL and granted < paid:
            counts[arm] += 1
            amounts[arm] += paid - granted

    for dispute, status, data, its_arm, its_paid in rows.iterator(chunk_size=5000):
        if dispute != current:
            count()
            current, paid, granted, arm = dispute, its_paid, Decimal(0), its_arm
        last = status
        if "terms" in data:
            granted = Decimal(data["terms"]["cash"]) + Decimal(data["terms"]["coupon_amount"])
    count()
    return {arm: (counts[arm], Decimal(amounts[arm])) for arm in counts}
