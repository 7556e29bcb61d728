from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import Order
from merchants.members import memberships_of
from merchants.models import Merchant
from portal.accounts.models import Duty
from portal.money import ZERO, MoneyField

if TYPE_CHECKING:
    from portal.accounts.models import User


class SettlementQuerySet(models.QuerySet["Settlement"]):
    """Queries on settlements."""

    def visible_to(self, user: "User") -> "SettlementQuerySet":
        """A seller's own for its people, all for the platform's staff and the marketplace."""
        if user.duty in {Duty.PLATFORM, Duty.MARKETPLACE}:
            return self
        return self.filter(merchant__in=memberships_of(user))


class Settlement(models.Model):
    """An order's money released to its seller: `gross` is what buyers paid for pieces that no open case claims.

    Of it the marketplace keeps `fee`, `netted` pays what the seller owed, `to_deposit` fills up a deposit that has been
    too low for too long, and `paid_out` may be handed to the seller.
    """

    reference = models.CharField(_("reference"), max_length=120, unique=True)  # the marketplace's: settled once
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="settlements")
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="settlements")
    currency = models.CharField(_("currency"), max_length=3)
    gross = MoneyField(_("released"))
    fee = MoneyField(_("fee"))
    netted = MoneyField(_("kept for what was owed"))  # below zero: what the seller was owed, paid out along with it
    to_deposit = MoneyField(_("put into the deposit"), default=ZERO)
    paid_out = MoneyField(_("paid out"))
    held = MoneyField(_("held for open cases"))  # of the same order, when this was settled
    lines = models.JSONField(default=list)  # [{"line": order line id, "amount": "12.00"}], sums to gross
    settled_at = models.DateTimeField(_("settled"))

    objects = SettlementQuerySet.as_manager()

    class Meta:
        verbose_name = _("settlement")
        verbose_name_plural = _("settlements")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(gross=F("fee") + F("netted") + F("to_deposit") + F("paid_out")), name="settlement_adds_up"
            ),
            models.CheckConstraint(
                condition=Q(gross__gt=0, fee__gte=0, to_deposit__gte=0, paid_out__gte=0, held__gte=0),
                name="settlement_not_negative",
            ),
        ]
        indexes = [models.Index(fields=["merchant", "-id"], name="settlement_by_merchant")]

    def __str__(self) -> str:
        return self.reference
