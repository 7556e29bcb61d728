from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aftersales.disputes.codes import Role
from aftersales.disputes.models.case import Dispute
from aftersales.policies.codes import RemedyKind
from merchants.coupons.models import CouponTemplate, Funder
from merchants.plans.models import PlanVersion
from portal.money import ZERO, MoneyField


class OfferState(models.TextChoices):
    """What became of a proposal."""

    PROPOSED = "proposed", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Expired")
    SUPERSEDED = "superseded", _("Replaced by a newer one")


class Offer(models.Model):
    """A proposal of either side; append-only. The buyer's request at filing is the first one."""

    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="offers")
    by_role = models.CharField(max_length=12, choices=Role.choices)  # buyer, merchant or arbitrator
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    plan_version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, null=True, related_name="+")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    position = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(max_length=24, choices=RemedyKind.choices)
    cash = MoneyField(default=0)  # in the dispute's currency
    compensation = MoneyField(default=ZERO, db_default=0)  # beyond what was paid
    coupon_amount = MoneyField(default=0)
    coupon_minimum = MoneyField(default=0)
    coupon_days = models.PositiveSmallIntegerField(default=0)
    coupon_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)  # then the amount is the most
    coupon_template = models.ForeignKey(
        CouponTemplate, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    coupon_payer = models.CharField(max_length=8, choices=Funder.choices, blank=True, default="", db_default="")
    note = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=OfferState.choices, default=OfferState.PROPOSED)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(cash__gte=0, coupon_amount__gte=0, compensation__gte=0), name="offer_not_negative"
            ),
            # The first one the other side accepts wins: the database knows it, too.
            models.UniqueConstraint(fields=["dispute"], condition=Q(state="accepted"), name="one_accepted_offer"),
        ]

    def __str__(self) -> str:
        return f"{self.dispute_id}: {self.kind}"

    @property
    def money(self) -> Decimal:
        """All that is paid, in the dispute's currency: refund and compensation."""
        return self.cash + self.compensation
