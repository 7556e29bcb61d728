from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from merchants.plans.models import Plan, PlanVersion

if TYPE_CHECKING:
    from portal.accounts.models import User


class RehearsalQuerySet(models.QuerySet["Rehearsal"]):
    """Which simulations."""

    def visible_to(self, user: "User") -> "RehearsalQuerySet":
        """Those of the user's merchants; all for the platform's people."""
        return self if user.duty else self.filter(plan__merchant__in=user.memberships.values("merchant"))


class Source(models.TextChoices):
    """What is replayed."""

    CASES = "cases", _("Past cases")
    ORDERS = "orders", _("Orders whose buyers had a reason to write")


class Rehearsal(models.Model):
    """One replay of past cases, or of orders, under a version of a plan: its progress and what came out of it."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="rehearsals")
    # Gone once the draft was discarded; `fingerprint` says what it said.
    version = models.ForeignKey(PlanVersion, on_delete=models.SET_NULL, null=True, related_name="+")
    fingerprint = models.CharField(max_length=16)
    currency = models.CharField(max_length=3)
    source = models.CharField(max_length=6, choices=Source.choices, default=Source.CASES, db_default=Source.CASES)
    begin = models.DateTimeField(_("opened or paid from"))
    end = models.DateTimeField(_("opened or paid before"))
    asked_at = models.DateTimeField(_("asked"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    total = models.PositiveIntegerField(_("cases or orders"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    result = models.JSONField(default=dict)  # see `tally`
    finished_at = models.DateTimeField(_("finished"), null=True)
    moved = models.BooleanField(default=False)  # the draft was changed or discarded before the end: no result

    objects = RehearsalQuerySet.as_manager()

    class Meta:
        verbose_name = _("simulation")
        verbose_name_plural = _("simulations")
        indexes = [models.Index(fields=["plan", "-asked_at"], name="rehearsal_by_plan")]

    def __str__(self) -> str:
        return f"{self.plan_id} #{self.pk}"
