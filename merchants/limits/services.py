"""Taking from a plan's limits when it answers a case, and giving back what the buyer did not choose.

Everything happens inside the transaction that makes, ends or accepts the offers, under the lock of one row per plan;
plans without limits lock nothing. Locks are taken after those of order lines, as everywhere.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from merchants.limits.models import LimitsChange, PlanLimits, Reservation, Taken
from merchants.limits.telling import tell_near
from merchants.plans.models import Plan
from portal.money import ZERO

if TYPE_CHECKING:
    from portal.accounts.models import User

BUYER_DAYS = 30


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that may be taken; amounts in the plan's currency, None: no limit."""

    taken: str = Taken.OFFERED
    day_count: int | None = None
    day_amount: Decimal | None = None
    month_count: int | None = None
    month_amount: Decimal | None = None
    buyer_count: int | None = None
    buyer_amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a plan is about to offer a buyer: `worth` is that of its dearest option, in the plan's currency."""

    plan_id: int
    case: str
    buyer_id: int
    worth: Decimal


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether there is room; `limit` names the one that is used up, `taken` how the plan counts."""

    limit: str = ""
    taken: str = ""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of the offers of a case: the worth of the one chosen (None: none), and whether any still stands."""

    case: str
    plan_id: int
    buyer_id: int
    chosen: Decimal | None
    stands: bool


def day_of(now: datetime) -> date:
    """The day that limits count an instant to: that of the site's time zone."""
    return timezone.localdate(now, timezone.get_default_timezone())


def take(asked: Asked, *, now: datetime) -> Answer:
    """Take what a plan is about to offer, or say which limit forbids it; inside the caller's transaction."""
    limits = PlanLimits.objects.select_for_update().filter(plan=asked.plan_id).first()
    if limits is None:
        return Answer()
    _turn(limits, now)
    if limit := _forbidden(limits, asked):
        return Answer(limit, limits.taken)
    if limits.taken == Taken.OFFERED:
        _count(limits, limits.today, 1, asked.worth)
        _reserve(limits, asked, spent=False)
        limits.save()
        tell_near(limits, now=now)
    return Answer("", limits.taken)


def settle(fates: Sequence[Fate], *, now: datetime) -> None:
    """Give back what was not chosen and note what was, inside the caller's transaction; safe to call twice."""
    if not fates:
        return
    by_plan = PlanLimits.objects.select_for_update().filter(plan__in={fate.plan_id for fate in fates})
    limits = {one.plan_id: one for one in by_plan.order_by("pk")}
    open_ones = Reservation.objects.filter(case__in=[fate.case for fate in fates], released_at=None)
    reserved: dict[str, Reservation | None] = {one.case: one for one in open_ones.select_for_update().order_by("pk")}
    for fate in fates:
        if fate.plan_id in limits:
            reserved[fate.case] = _settle(limits[fate.plan_id], reserved.get(fate.case), fate, now)
    for one in limits.values():
        one.save()
        tell_near(one, now=now)


def set_limits(*, plan: Plan, limits: Limits, actor: "User", now: datetime) -> PlanLimits:
    """Limit what a plan may give away from now on; what is offered already stands. Raises PermissionDenied."""
    member = actor.memberships.filter(merchant=plan.merchant_id).first()
    if member is None or not member.may_publish:
        raise PermissionDenied(_("Only the shop's owner and managers can set limits."))
    with transaction.atomic():
        PlanLimits.objects.bulk_create([PlanLimits(plan=plan)], ignore_conflicts=True)
        row = PlanLimits.objects.select_for_update().get(plan=plan)
        _turn(row, now)
        for name, value in asdict(limits).items():
            setattr(row, name, value)
        row.save()
        said = {name: None if value is None else str(value) for name, value in asdict(limits).items()}
        LimitsChange.objects.create(plan=plan, by=actor, at=now, limits=said)
    return row


def _settle(limits: PlanLimits, held: Reservation | None, fate: Fate, now: datetime) -> Reservation | None:
    """Return what the case holds afterwards."""
    if fate.chosen is not None and held is None:
        # Counted when chosen: an offer that stood is kept, also where the limit was reached meanwhile.
        _turn(limits, now)
        _count(limits, limits.today, 1, fate.chosen)
        return _reserve(limits, Asked(fate.plan_id, fate.case, fate.buyer_id, fate.chosen), spent=True)
    if fate.chosen is not None and held is not None and not held.spent:
        _count(limits, held.on, 0, fate.chosen - held.amount)
        held.amount, held.spent = fate.chosen, True
        held.save(update_fields=["amount", "spent"])
    elif fate.chosen is None and held is not None and not fate.stands:
        _count(limits, held.on, -1, -held.amount)
        held.released_at = now
        held.save(update_fields=["released_at"])
        return None
    return held


def _turn(limits: PlanLimits, now: datetime) -> None:
    """Begin a new day or month; around midnight clocks of two workers may disagree, so never an older one."""
    day = max(day_of(now), limits.today or date.min)
    if limits.today != day:
        limits.today, limits.today_count, limits.today_amount = day, 0, ZERO
    if limits.month != day.replace(day=1):
        limits.month, limits.this_month_count, limits.this_month_amount = day.replace(day=1), 0, ZERO


def _forbidden(limits: PlanLimits, asked: Asked) -> str:
    """Name the first limit that this would exceed, or nothing."""
    for name, most, taken in (
        ("day_count", limits.day_count, limits.today_count + 1),
        ("day_amount", limits.day_amount, limits.today_amount + asked.worth),
        ("month_count", limits.month_count, limits.this_month_count + 1),
        ("month_amount", limits.month_amount, limits.this_month_amount + asked.worth),
    ):
        if most is not None and taken > most:
            return name
    if limits.buyer_count is None and limits.buyer_amount is None:
        return ""
    assert limits.today is not None  # noqa: S101 - `_turn` was called
    since = limits.today - timedelta(days=BUYER_DAYS)
    mine = Reservation.objects.filter(plan=limits.plan_id, buyer=asked.buyer_id, on__gt=since, released_at=None)
    had = mine.aggregate(count=Count("pk"), amount=Sum("amount", default=ZERO))
    if limits.buyer_count is not None and had["count"] + 1 > limits.buyer_count:
        return "buyer_count"
    if limits.buyer_amount is not None and had["amount"] + asked.worth > limits.buyer_amount:
        return "buyer_amount"
    return ""


def _reserve(limits: PlanLimits, asked: Asked, *, spent: bool) -> Reservation:
    assert limits.today is not None  # noqa: S101 - `_turn` was called
    return Reservation.objects.create(
        plan_id=asked.plan_id,
        case=asked.case,
        buyer_id=asked.buyer_id,
        amount=asked.worth,
        on=limits.today,
        spent=spent,
    )


def _count(limits: PlanLimits, on: date | None, cases: int, amount: Decimal) -> None:
    """Move the counters of the day and month that something counts to, where they are the ones being counted."""
    if on is not None and limits.today == on:
        limits.today_count += cases
        limits.today_amount += amount
    if on is not None and limits.month == on.replace(day=1):
        limits.this_month_count += cases
        limits.this_month_amount += amount
