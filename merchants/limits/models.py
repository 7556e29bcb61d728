from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from merchants.plans.models import Plan
from portal.money import MoneyField


class Taken(models.TextChoices):
    """When an offer counts against the limits."""

    OFFERED = "offered", _("as soon as it is offered: the limit is never exceeded")
    ACCEPTED = "accepted", _("when the buyer chooses it: offers that stand are kept, also beyond the limit")


class PlanLimits(models.Model):
    """The most that a plan may give away, and how much of it is taken. No part of a version: changed at any time.

    Amounts are in the plan's currency, at the worth of the dearest option until the buyer has chosen one. Counters
    move only under the row's lock; `manage.py verify` counts the reservations again. Days and months are the site's.
    """

    plan = models.OneToOneField(Plan, on_delete=models.CASCADE, related_name="limits")
    taken = models.CharField(_("an offer counts"), max_length=8, choices=Taken.choices, default=Taken.OFFERED)
    # Empty means no limit.
    day_count = models.PositiveIntegerField(_("cases a day"), null=True, blank=True)
    day_amount = MoneyField(_("amount a day"), null=True, blank=True)
    month_count = models.PositiveIntegerField(_("cases a month"), null=True, blank=True)
    month_amount = MoneyField(_("amount a month"), null=True, blank=True)
    buyer_count = models.PositiveIntegerField(_("cases of one buyer in 30 days"), null=True, blank=True)
    buyer_amount = MoneyField(_("amount for one buyer in 30 days"), null=True, blank=True)
    today = models.DateField(null=True)
    today_count = models.PositiveIntegerField(default=0)
    today_amount = MoneyField(default=0)
    month = models.DateField(null=True)  # its first day
    this_month_count = models.PositiveIntegerField(default=0)
    this_month_amount = MoneyField(default=0)

    class Meta:
        verbose_name = _("limits of a plan")
        verbose_name_plural = _("limits of plans")
        constraints = [
            models.CheckConstraint(
                condition=Q(today_amount__gte=0, this_month_amount__gte=0), name="taken_not_negative"
            )
        ]

    def __str__(self) -> str:
        return str(self.plan_id)


class Reservation(models.Model):
    """What one case takes of its plan's limits, until it is given back; `spent` once the buyer has chosen."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="+", db_index=False)
    case = models.CharField(max_length=20, unique=True)
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    amount = MoneyField()
    on = models.DateField()  # the day that it counts to
    spent = models.BooleanField(default=False)
    released_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["plan", "on"], name="reserved_by_day", condition=Q(released_at=None)),
            models.Index(fields=["plan", "buyer", "on"], name="reserved_by_buyer", condition=Q(released_at=None)),
        ]

    def __str__(self) -> str:
        return self.case


class LimitsChange(models.Model):
    """Who changed a plan's limits; only ever appended."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="limit_changes")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    limits = models.JSONField()  # as they are from now on, amounts as plain strings

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.at}"
