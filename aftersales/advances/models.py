from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from merchants.members import memberships_of
from merchants.models import Merchant
from portal.accounts.models import Duty
from portal.money import ZERO, MoneyField

if TYPE_CHECKING:
    from datetime import datetime

    from portal.accounts.models import User


class Ground(models.TextChoices):
    """Why the platform paid before the seller did."""

    STATUTORY_DELAY = "statutory_delay", _("A return was not refunded in time")
    RULING_NOT_EXECUTED = "ruling_not_executed", _("The decision was not carried out in time")
    PROMISE = "promise", _("A promise of the seller was not kept in time")


class AdvanceState(models.TextChoices):
    """Where a debt to the platform's fund stands."""

    OPEN = "open", _("Can be objected to")
    OBJECTED = "objected", _("Objected to")
    FINAL = "final", _("Owed by the seller")
    BORNE = "borne", _("Borne by the platform")


class AdvanceQuerySet(models.QuerySet["Advance"]):
    """Queries on advances."""

    def visible_to(self, user: "User") -> "AdvanceQuerySet":
        """A seller's own for its people, all for the platform's staff."""
        return self if user.duty == Duty.PLATFORM else self.filter(merchant__in=memberships_of(user))

    def due(self, now: "datetime") -> "AdvanceQuerySet":
        """Those whose time to object is over, in silence."""
        return self.filter(state=AdvanceState.OPEN, object_until__lte=now)

    def to_remind(self, now: "datetime") -> "AdvanceQuerySet":
        """Those whose seller should hear once more that the time to object runs out."""
        return self.filter(state=AdvanceState.OPEN, remind_at__lte=now, object_until__gt=now)


class Advance(models.Model):
    """Money that a buyer got from the platform's fund because the seller was late; the seller owes it to the fund."""

    key = models.CharField(max_length=60, unique=True)  # the deciding event's: paid in advance once
    case = models.CharField(_("case"), max_length=20)
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="advances")
    ground = models.CharField(_("ground"), max_length=24, choices=Ground.choices)
    rule = models.CharField(_("rule"), max_length=120)  # of which rule pack, at filing
    currency = models.CharField(_("currency"), max_length=3)
    amount = MoneyField(_("paid"))
    owed = MoneyField(_("owed by the seller"))  # less than the amount where an appeal found less due
    returned = MoneyField(_("given back on appeal"), default=ZERO)  # of what is owed, after it was taken
    state = models.CharField(_("state"), max_length=10, choices=AdvanceState.choices, default=AdvanceState.OPEN)
    paid_at = models.DateTimeField(_("paid"))
    object_until = models.DateTimeField(_("can be objected to until"))
    objection = models.TextField(_("objection"), blank=True)
    objected_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    objected_at = models.DateTimeField(null=True)
    answer = models.TextField(_("answer"), blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    # The answer turned round, once, by somebody else.
    correction = models.TextField(_("correction"), blank=True)
    corrected_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    corrected_at = models.DateTimeField(null=True)
    remind_at = models.DateTimeField(null=True)  # empty once the seller was reminded
    recovered_at = models.DateTimeField(_("covered"), null=True)  # when the seller's money covered it in full

    objects = AdvanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("advance")
        verbose_name_plural = _("advances")
        ordering = ["-paid_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="advance_moves_something"),
            models.CheckConstraint(condition=Q(owed__gte=ZERO, owed__lte=F("amount")), name="advance_owed_within_paid"),
            models.CheckConstraint(
                condition=Q(state__in=["open", "objected"], ended_at=None)
                | Q(state__in=["final", "borne"], ended_at__isnull=False),
                name="advance_ends_once",
            ),
            models.CheckConstraint(
                condition=Q(returned=0) | Q(returned__gt=0, returned__lte=F("owed"), state="final"),
                name="advance_gives_back_what_was_taken",
            ),
            models.CheckConstraint(
                condition=Q(corrected_by=None)
                | Q(decided_by__isnull=False, corrected_at__isnull=False)
                & ~Q(corrected_by=F("decided_by"))
                & ~Q(correction=""),
                name="advance_corrected_by_another",
            ),
            models.CheckConstraint(
                condition=Q(recovered_at=None) | Q(state="final"), name="advance_covers_what_is_owed"
            ),
            models.CheckConstraint(
                condition=Q(state="open", objection="", objected_by=None)
                | ~Q(state__in=["open", "objected"])
                | Q(state="objected", objected_by__isnull=False) & ~Q(objection=""),
                name="advance_objection_has_words",
            ),
        ]
        indexes = [
            models.Index(fields=["object_until"], name="advance_due", condition=Q(state="open")),
            models.Index(fields=["merchant", "-paid_at"], name="advance_by_merchant"),
            models.Index(fields=["case"], name="advance_by_case"),
            models.Index(fields=["remind_at"], name="advance_to_remind", condition=Q(remind_at__isnull=False)),
            models.Index(fields=["id"], name="advance_uncovered", condition=Q(state="final", recovered_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.case}: {self.amount} {self.currency}"
