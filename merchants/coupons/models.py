from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from merchants.coupons.codes import readable
from merchants.members import concerning
from merchants.models import Merchant
from portal.money import MoneyField

if TYPE_CHECKING:
    from portal.accounts.models import User


class CouponTemplate(models.Model):
    """What a merchant's coupons are worth and for how long; changes concern only coupons issued afterwards."""

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="coupon_templates")
    name = models.CharField(_("name"), max_length=100)
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    amount = MoneyField(_("amount"))
    minimum_spend = MoneyField(_("minimum spend"), default=0)
    valid_days = models.PositiveSmallIntegerField(_("valid for (days)"), default=90)
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("coupon template")
        verbose_name_plural = _("coupon templates")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="coupon_template_amount_positive"),
            models.CheckConstraint(condition=Q(minimum_spend__gte=0), name="coupon_template_minimum_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name


class CouponState(models.TextChoices):
    """Where a coupon is in its life."""

    ISSUED = "issued", _("Issued")
    REDEEMED = "redeemed", _("Used")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Withdrawn")


class CouponQuerySet(models.QuerySet["Coupon"]):
    """Which coupons."""

    def visible_to(self, user: "User") -> "CouponQuerySet":
        """A buyer's own, a merchant's for its members, all for the platform's people."""
        return self if user.duty else self.filter(concerning(user))


class Coupon(models.Model):
    """A coupon of one buyer at one merchant. The code cannot be guessed (80 random bits and a check sign)."""

    code = models.CharField(_("code"), max_length=24, unique=True)
    # The durable key of what granted it: issuing twice gives the same coupon.
    key = models.CharField(max_length=120, unique=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="coupons")
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="coupons")
    currency = models.CharField(max_length=3)
    amount = MoneyField(_("amount"))
    minimum_spend = MoneyField(_("minimum spend"), default=0)
    state = models.CharField(_("state"), max_length=8, choices=CouponState.choices, default=CouponState.ISSUED)
    issued_at = models.DateTimeField(_("issued at"))
    expires_at = models.DateTimeField(_("expires at"))
    redeemed_at = models.DateTimeField(_("used at"), null=True)
    redeemed_order = models.CharField(_("used for order"), max_length=100, blank=True)
    redeemed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("entered by")
    )

    objects = CouponQuerySet.as_manager()

    class Meta:
        verbose_name = _("coupon")
        verbose_name_plural = _("coupons")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="coupon_amount_positive"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("issued_at")), name="coupon_expires_after_issue"),
        ]
        indexes = [
            models.Index(fields=["merchant", "-issued_at"], name="coupon_by_merchant"),
            models.Index(fields=["buyer", "-issued_at"], name="coupon_by_buyer"),
            models.Index(fields=["expires_at"], name="coupon_expiring", condition=Q(state="issued")),
        ]

    def __str__(self) -> str:
        return self.readable_code

    @property
    def readable_code(self) -> str:
        """The code in groups of four, as people read and type it."""
        return readable(self.code)
