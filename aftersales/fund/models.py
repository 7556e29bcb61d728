from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from portal.money import MoneyField


class BookingState(models.TextChoices):
    """Where a movement between the platform's bank account and its fund stands."""

    PROPOSED = "proposed", _("Waits for a second person")
    BOOKED = "booked", _("Booked")
    REFUSED = "refused", _("Refused")


class FundBooking(models.Model):
    """Money that finance puts into the compensation fund (above zero), or takes out of it (below zero)."""

    reference = models.CharField(_("the bank's reference"), max_length=80, unique=True)  # booked twice is booked once
    currency = models.CharField(_("currency"), max_length=3)
    amount = MoneyField(_("amount"))
    why = models.TextField(_("why"))
    state = models.CharField(_("state"), max_length=8, choices=BookingState.choices)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("entered"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.TextField(_("answer"), blank=True)

    class Meta:
        verbose_name = _("booking of the fund")
        verbose_name_plural = _("bookings of the fund")
        ordering = ["-proposed_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="fund_booking_moves_something"),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_by=None, decided_at=None)
                | Q(state__in=["booked", "refused"], decided_at__isnull=False),
                name="fund_booking_is_decided_once",
            ),
            # Two people for what leaves the fund; what comes in, the bank has shown already.
            models.CheckConstraint(
                condition=~Q(state="booked")
                | Q(amount__gt=0, decided_by=None)
                | Q(decided_by__isnull=False) & ~Q(decided_by=F("proposed_by")),
                name="fund_payout_has_two_people",
            ),
        ]
        indexes = [
            models.Index(fields=["proposed_at"], name="fund_waiting", condition=Q(state="proposed")),
            models.Index(fields=["-proposed_at", "-id"], name="fund_bookings_newest"),
        ]

    def __str__(self) -> str:
        return self.reference
