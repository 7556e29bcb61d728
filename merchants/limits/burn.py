"""How fast a plan's limits are being used."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal

from django.db.models import Q, Sum

from merchants.limits.models import PlanLimits, Reservation
from merchants.limits.services import day_of
from portal.money import ZERO

DAYS = 7


@dataclass(frozen=True, slots=True)
class Burn:
    """What was taken in the last seven days, in the plan's currency: of it, what buyers chose."""

    taken: Decimal
    chosen: Decimal
    left: Decimal | None  # of this month's amount; None: no limit

    @property
    def days_left(self) -> int | None:
        """Whole days that the rest of the month's amount lasts at this rate; None where nothing limits or burns."""
        if self.left is None or not self.taken:
            return None
        return int((self.left * DAYS / self.taken).to_integral_value(ROUND_DOWN))


def burn(limits: PlanLimits, *, now: datetime) -> Burn:
    """Measure a plan's last seven days; one statement."""
    today = day_of(now)
    lately = Reservation.objects.filter(plan=limits.plan_id, on__gt=today - timedelta(days=DAYS), released_at=None)
    sums = lately.aggregate(taken=Sum("amount", default=ZERO), chosen=Sum("amount", filter=Q(spent=True), default=ZERO))
    used = limits.this_month_amount if limits.month == today.replace(day=1) else ZERO
    left = None if limits.month_amount is None else max(ZERO, limits.month_amount - used)
    return Burn(sums["taken"], sums["chosen"], left)
