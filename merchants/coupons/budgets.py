"""Budgets of coupons: taken when a coupon is granted, all or nothing; given back when it runs out or is withdrawn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from merchants.coupons.models import CouponBudget, CouponReservation, CouponTemplate
from merchants.models import Merchant
from portal.money import ZERO

if TYPE_CHECKING:
    from portal.accounts.models import User

COUNTERS = ("taken_count", "taken_amount", "today", "today_count", "today_amount")


class BudgetSpent(Exception):
    """No more coupons of this kind may be given; `key` names the grant that found the budget empty."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(_("The seller has no more coupons of this kind to give. Please choose something else."))


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that may be given, in number and in worth (the budget's currency); None: no limit."""

    total_count: int | None = None
    total_amount: Decimal | None = None
    day_count: int | None = None
    day_amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A coupon to be granted: `key` of the grant, worth at most `amount` in the template's currency."""

    key: str
    template_id: int
    amount: Decimal


def day_of(now: datetime) -> date:
    """The day that a budget counts an instant to: that of the site's time zone."""
    return timezone.localdate(now, timezone.get_default_timezone())


def reserve(wanted: Sequence[Wanted], *, now: datetime) -> None:
    """Take coupons from the budgets of their templates and merchants, inside the caller's transaction.

    Raises BudgetSpent for the first that does not fit; the caller's transaction then takes nothing at all.
    """
    if not wanted:
        return
    templates = CouponTemplate.objects.in_bulk({w.template_id for w in wanted})
    budgets, day = _locked(templates.values(), now)
    reservations = []
    for one in wanted:
        template = templates[one.template_id]
        for budget in budgets:
            if _covers(budget, template):
                _take(budget, one)
        reservations.append(
            CouponReservation(
                key=one.key,
                merchant_id=template.merchant_id,
                template=template,
                currency=template.currency,
                amount=one.amount,
                on=day,
            )
        )
    CouponBudget.objects.bulk_update(budgets, COUNTERS)
    CouponReservation.objects.bulk_create(reservations)


def give_back(keys: Sequence[str], *, now: datetime) -> None:
    """Put coupons that ran out or were withdrawn back into their budgets; those given back before are left alone."""
    open_ones = CouponReservation.objects.filter(key__in=keys, released_at=None).select_related("template")
    ids = [reservation.template_id for reservation in open_ones]
    if not ids:
        return
    budgets, _day = _locked(CouponTemplate.objects.filter(pk__in=ids), now)
    reservations = list(open_ones.select_for_update(of=("self",)).order_by("pk"))
    for reservation in reservations:
        for budget in budgets:
            if _covers(budget, reservation.template):
                _put(budget, reservation)
    CouponBudget.objects.bulk_update(budgets, COUNTERS)
    CouponReservation.objects.filter(pk__in=[r.pk for r in reservations]).update(released_at=now)


def set_limits(
    *, merchant: Merchant, template: CouponTemplate | None, currency: str, limits: Limits, actor: "User", now: datetime
) -> CouponBudget:
    """Limit what may be given of a template, or by a merchant in a currency; below what was given: nothing more is.

    Raises PermissionDenied unless owner or manager.
    """
    member = actor.memberships.filter(merchant=merchant).first()
    if member is None or not member.may_publish:
        raise PermissionDenied(_("Only the shop's owner and managers can set budgets."))
    with transaction.atomic():
        ensure([template] if template else (), merchants=[(merchant.pk, currency)])
        mine = Q(template=template) if template else Q(template=None, merchant=merchant, currency=currency)
        budget = CouponBudget.objects.select_for_update().get(mine)
        for name in ("total_count", "total_amount", "day_count", "day_amount"):
            setattr(budget, name, getattr(limits, name))
        budget.save(update_fields=["total_count", "total_amount", "day_count", "day_amount"])
    return budget


def ensure(templates: Iterable[CouponTemplate], *, merchants: Iterable[tuple[int, str]] = ()) -> None:
    """Make the budgets that do not exist yet, without limits, counting what was reserved so far: nothing."""
    rows = [CouponBudget(merchant_id=t.merchant_id, template=t, currency=t.currency) for t in templates]
    rows += [CouponBudget(merchant_id=merchant_id, currency=currency) for merchant_id, currency in merchants]
    CouponBudget.objects.bulk_create(rows, ignore_conflicts=True)


def _locked(templates: Iterable[CouponTemplate], now: datetime) -> tuple[list[CouponBudget], date]:
    """Lock the budgets of templates and their merchants, in one order for everybody; return them and their day."""
    templates = list(templates)
    merchants = {(t.merchant_id, t.currency) for t in templates}
    found = _budgets(templates)
    if found.count() < len(templates) + len(merchants):
        ensure(sorted(templates, key=lambda t: t.pk), merchants=sorted(merchants))
    budgets = list(found.select_for_update().order_by("pk"))
    # The latest day that anybody counted: around midnight, clocks of two workers may disagree.
    day = max([day_of(now), *(budget.today for budget in budgets if budget.today)])
    for budget in budgets:
        if budget.today != day:
            budget.today, budget.today_count, budget.today_amount = day, 0, ZERO
    return budgets, day


def _budgets(templates: Sequence[CouponTemplate]) -> QuerySet[CouponBudget]:
    of_merchants = Q(pk__in=[])
    for merchant_id, currency in {(t.merchant_id, t.currency) for t in templates}:
        of_merchants |= Q(template=None, merchant=merchant_id, currency=currency)
    return CouponBudget.objects.filter(Q(template__in=templates) | of_merchants)


def _covers(budget: CouponBudget, template: CouponTemplate) -> bool:
    if budget.template_id is not None:
        return budget.template_id == template.pk
    return (budget.merchant_id, budget.currency) == (template.merchant_id, template.currency)


def _take(budget: CouponBudget, one: Wanted) -> None:
    budget.taken_count += 1
    budget.taken_amount += one.amount
    budget.today_count += 1
    budget.today_amount += one.amount
    for limit, taken in (
        (budget.total_count, budget.taken_count),
        (budget.total_amount, budget.taken_amount),
        (budget.day_count, budget.today_count),
        (budget.day_amount, budget.today_amount),
    ):
        if limit is not None and taken > limit:
            raise BudgetSpent(one.key)


def _put(budget: CouponBudget, reservation: CouponReservation) -> None:
    budget.taken_count -= 1
    budget.taken_amount -= reservation.amount
    if budget.today == reservation.on:
        budget.today_count -= 1
        budget.today_amount -= reservation.amount
