from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from merchants.coupons.codes import readable
from merchants.members import concerning
from merchants.models import Merchant
from portal.money import MoneyField

if TYPE_CHECKING:
    from portal.accounts.models import User


class Funder(models.TextChoices):
    """Whose money a coupon is."""

    MERCHANT = "merchant", _("Seller")
    PLATFORM = "platform", _("Platform fund")


class CouponTerms(models.Model):
    """What a coupon is good for. `amount` is its worth, or with `percent` the most that it can be worth."""

    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    amount = MoneyField(_("amount"))
    percent = models.DecimalField(_("percent of the order"), max_digits=5, decimal_places=2, null=True, blank=True)
    minimum_spend = MoneyField(_("minimum spend"), default=0)
    # Which goods; both empty means all of the seller's.
    categories = ArrayField(models.CharField(max_length=100), default=list, blank=True, verbose_name=_("categories"))
    skus = ArrayField(models.CharField(max_length=100), default=list, blank=True, verbose_name=_("items"))
    stackable = models.BooleanField(_("can be used with other coupons"), default=False)

    class Meta:
        abstract = True

    @property
    def scoped(self) -> bool:
        """Whether it is for some goods only."""
        return bool(self.categories or self.skus)


class CouponTemplate(CouponTerms):
    """What a merchant's coupons are worth and for how long. Final once promised or given: a new version follows it."""

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="coupon_templates")
    name = models.CharField(_("name"), max_length=100)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    previous = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="following")
    # For so many days after it is issued, or between two dates (of the site's time zone), both included.
    valid_days = models.PositiveSmallIntegerField(_("valid for (days)"), default=90)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    funded_by = models.CharField(_("paid by"), max_length=8, choices=Funder.choices, default=Funder.MERCHANT)
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("coupon template")
        verbose_name_plural = _("coupon templates")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="coupon_template_amount_positive"),
            models.CheckConstraint(condition=Q(minimum_spend__gte=0), name="coupon_template_minimum_not_negative"),
            models.CheckConstraint(
                condition=Q(percent__isnull=True) | Q(percent__gt=0, percent__lte=100),
                name="coupon_template_percent_in_range",
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="coupon_template_dates_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.name if self.version == 1 else f"{self.name} ({self.version})"

    def period(self, now: datetime) -> tuple[datetime | None, datetime]:
        """Return from when and until when a coupon issued now is good; always for a day at least."""
        if self.valid_until is None:
            return None, now + timedelta(days=self.valid_days)
        ends_at = max(_midnight(self.valid_until + timedelta(days=1)), now + timedelta(days=1))
        begins_at = _midnight(self.valid_from) if self.valid_from else None
        return (begins_at if begins_at and begins_at > now else None), ends_at

    def days(self, now: datetime) -> int:
        """How many days a coupon issued now is good, counted up."""
        return -((now - self.period(now)[1]) // timedelta(days=1))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()), timezone.get_default_timezone())


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


class Coupon(CouponTerms):
    """A coupon of one buyer at one merchant. The code cannot be guessed (80 random bits and a check sign)."""

    code = models.CharField(_("code"), max_length=24, unique=True)
    # The durable key of what granted it: issuing twice gives the same coupon.
    key = models.CharField(max_length=120, unique=True)
    case = models.CharField(_("case"), max_length=20, blank=True)
    template = models.ForeignKey(CouponTemplate, on_delete=models.PROTECT, null=True, related_name="coupons")
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="coupons")
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="coupons")
    # Who pays for it; empty for coupons that no decision promised: the ledger knows nothing of those.
    payer = models.CharField(_("paid by"), max_length=8, choices=Funder.choices, blank=True)
    currency = models.CharField(max_length=3)
    state = models.CharField(_("state"), max_length=8, choices=CouponState.choices, default=CouponState.ISSUED)
    moves = models.PositiveSmallIntegerField(default=0)  # how many `CouponMove`s it has
    issued_at = models.DateTimeField(_("issued at"))
    starts_at = models.DateTimeField(_("valid from"), null=True)
    expires_at = models.DateTimeField(_("expires at"))
    redeemed_at = models.DateTimeField(_("used at"), null=True)
    redeemed_order = models.CharField(_("used for order"), max_length=100, blank=True)
    redeemed_amount = MoneyField(_("used amount"), default=0)
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
            models.CheckConstraint(
                condition=Q(redeemed_amount__gte=0, redeemed_amount__lte=F("amount")), name="coupon_used_within_worth"
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "-issued_at"], name="coupon_by_merchant"),
            models.Index(fields=["buyer", "-issued_at"], name="coupon_by_buyer"),
            models.Index(fields=["expires_at"], name="coupon_expiring", condition=Q(state="issued")),
            models.Index(fields=["merchant", "redeemed_order"], name="coupon_by_order", condition=Q(state="redeemed")),
        ]

    def __str__(self) -> str:
        return self.readable_code

    @property
    def readable_code(self) -> str:
        """The code in groups of four, as people read and type it."""
        return readable(self.code)


class MoveKind(models.TextChoices):
    """What happened to a coupon."""

    ISSUED = "issued", _("Issued")
    USED = "used", _("Used")
    RELEASED = "released", _("Given back")
    EXPIRED = "expired", _("Expired")
    REVERSED = "reversed", _("Withdrawn")


class CouponMove(models.Model):
    """One step in a coupon's life, with its money; only ever appended. Statements are sums of these rows."""

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="history")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(_("what happened"), max_length=8, choices=MoveKind.choices)
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="+")
    template = models.ForeignKey(CouponTemplate, on_delete=models.PROTECT, null=True, related_name="+")
    currency = models.CharField(max_length=3)
    amount = MoneyField(_("amount"))  # by how much the open coupons grew or shrank; always positive
    used = MoneyField(_("used amount"), default=0)  # of it, what the goods cost less
    order_ref = models.CharField(_("order"), max_length=100, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("coupon movement")
        verbose_name_plural = _("coupon movements")
        constraints = [models.UniqueConstraint(fields=["coupon", "number"], name="coupon_moves_are_numbered")]
        indexes = [models.Index(fields=["merchant", "-at", "-id"], name="coupon_moves_by_merchant")]

    def __str__(self) -> str:
        return f"{self.coupon_id}:{self.number} {self.kind}"


class CouponBudget(models.Model):
    """How many coupons, worth how much, may be given: of one template, or (without one) of a merchant in a currency.

    Counters move only under the row's lock; `manage.py verify` counts the reservations again.
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="coupon_budgets")
    template = models.OneToOneField(CouponTemplate, on_delete=models.CASCADE, null=True, related_name="budget")
    currency = models.CharField(max_length=3)
    # Empty means no limit.
    total_count = models.PositiveIntegerField(_("coupons in all"), null=True, blank=True)
    total_amount = MoneyField(_("worth in all"), null=True, blank=True)
    day_count = models.PositiveIntegerField(_("coupons a day"), null=True, blank=True)
    day_amount = MoneyField(_("worth a day"), null=True, blank=True)
    taken_count = models.PositiveIntegerField(default=0)
    taken_amount = MoneyField(default=0)
    today = models.DateField(null=True)  # of the site's time zone; the two below are this day's
    today_count = models.PositiveIntegerField(default=0)
    today_amount = MoneyField(default=0)

    class Meta:
        verbose_name = _("coupon budget")
        verbose_name_plural = _("coupon budgets")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "currency"], condition=Q(template__isnull=True), name="one_budget_per_merchant"
            ),
            models.CheckConstraint(
                condition=Q(taken_amount__gte=0, today_amount__gte=0), name="coupon_budget_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template_id or self.merchant_id}: {self.taken_count}"


class CouponReservation(models.Model):
    """What one granted coupon takes of the budgets, until it is given back."""

    key = models.CharField(max_length=120, unique=True)  # of the grant
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+")
    template = models.ForeignKey(CouponTemplate, on_delete=models.PROTECT, related_name="reservations")
    currency = models.CharField(max_length=3)
    amount = MoneyField()
    on = models.DateField()
    released_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["merchant", "on"], name="coupon_reserved_by_day")]

    def __str__(self) -> str:
        return self.key
