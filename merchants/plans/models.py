from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from aftersales.policies.codes import RemedyKind
from merchants.coupons.models import CouponTemplate
from merchants.models import Merchant
from portal.money import MoneyField

if TYPE_CHECKING:
    from portal.accounts.models import User


class PlanState(models.TextChoices):
    """Whether a plan answers new cases."""

    DRAFT = "draft", _("Draft")
    LIVE = "live", _("Live")
    PAUSED = "paused", _("Paused")


class PlanQuerySet(models.QuerySet["Plan"]):
    """Which plans."""

    def visible_to(self, user: "User") -> "PlanQuerySet":
        """Those of the user's merchants; all for the platform's people."""
        if user.duty:
            return self
        return self.filter(merchant__in=user.memberships.values("merchant"))


class Plan(models.Model):
    """A merchant's answer to one kind of after-sales problem; its content stands in versions."""

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="plans")
    name = models.CharField(_("name"), max_length=100)
    state = models.CharField(_("state"), max_length=6, choices=PlanState.choices, default=PlanState.DRAFT)
    # At most one of each: the version that answers new cases, and the one being written.
    live = models.OneToOneField("PlanVersion", on_delete=models.PROTECT, null=True, related_name="live_in")
    draft = models.OneToOneField("PlanVersion", on_delete=models.SET_NULL, null=True, related_name="draft_of")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("negotiation plan")
        verbose_name_plural = _("negotiation plans")
        constraints = [
            models.CheckConstraint(condition=Q(state="draft") | Q(live__isnull=False), name="live_plan_has_version"),
        ]
        indexes = [models.Index(fields=["merchant"], name="plan_live_by_merchant", condition=Q(state="live"))]

    def __str__(self) -> str:
        return self.name


class PlanVersion(models.Model):
    """When a plan applies and what it says. Never changed once published (the database refuses)."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    published_at = models.DateTimeField(null=True)
    # The scene. An empty list or bound means "any".
    types = ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name=_("dispute types"))
    reasons = ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name=_("reasons"))
    stages = ArrayField(models.CharField(max_length=12), default=list, blank=True, verbose_name=_("order stages"))
    categories = ArrayField(models.CharField(max_length=100), default=list, blank=True, verbose_name=_("categories"))
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    value_from = MoneyField(_("value from"), null=True, blank=True)
    value_to = MoneyField(_("value up to"), null=True, blank=True)
    days_from = models.PositiveSmallIntegerField(_("days since delivery from"), null=True, blank=True)
    days_to = models.PositiveSmallIntegerField(_("days since delivery up to"), null=True, blank=True)
    # What is said and how long the options stand.
    script_en = models.TextField(_("message (English)"), blank=True)
    script_zh = models.TextField(_("message (Chinese)"), blank=True)
    expires_hours = models.PositiveSmallIntegerField(_("options stand for (hours)"), default=24)
    # A ladder: after so long, or when the buyer turns down what is offered, the options of the next step come on top.
    step_hours = models.PositiveSmallIntegerField(_("hours until the next step"), default=24, db_default=24)

    class Meta:
        verbose_name = _("plan version")
        verbose_name_plural = _("plan versions")
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="plan_versions_are_numbered"),
            models.CheckConstraint(
                condition=Q(value_from__isnull=True) | Q(value_to__isnull=True) | Q(value_to__gte=F("value_from")),
                name="plan_value_band_in_order",
            ),
            models.CheckConstraint(
                condition=Q(days_from__isnull=True) | Q(days_to__isnull=True) | Q(days_to__gte=F("days_from")),
                name="plan_days_band_in_order",
            ),
            # No party's deadline is shorter than a day (WCAG 2.2.1 exempts limits over 20 hours).
            models.CheckConstraint(condition=Q(expires_hours__gte=24), name="plan_options_stand_a_day"),
            models.CheckConstraint(condition=Q(step_hours__gte=1), name="plan_steps_take_time"),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} v{self.number}"


class PlanOption(models.Model):
    """One thing the buyer may choose: at once (step 1), or when earlier steps were not taken (2 to 4).

    Steps of a version follow each other by its `step_hours`; what an earlier step offered stands on beside the next.
    """

    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="options")
    position = models.PositiveSmallIntegerField()
    step = models.PositiveSmallIntegerField(_("step"), default=1, db_default=1)
    kind = models.CharField(_("option"), max_length=24, choices=RemedyKind.choices)
    percent = models.DecimalField(_("percent of what was paid"), max_digits=5, decimal_places=2, null=True, blank=True)
    amount = MoneyField(_("fixed amount"), null=True, blank=True)
    coupon = models.ForeignKey(
        CouponTemplate, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("coupon")
    )

    class Meta:
        ordering = ["position"]
        verbose_name = _("plan option")
        verbose_name_plural = _("plan options")
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="plan_options_are_ordered"),
            models.CheckConstraint(condition=Q(position__gte=1, position__lte=5), name="plan_five_options_at_most"),
            models.CheckConstraint(condition=Q(step__gte=1, step__lte=4), name="plan_four_steps_at_most"),
            models.CheckConstraint(
                condition=Q(percent__isnull=True) | Q(percent__gt=0, percent__lte=100), name="plan_percent_in_range"
            ),
            models.CheckConstraint(condition=Q(amount__isnull=True) | Q(amount__gt=0), name="plan_amount_positive"),
            models.CheckConstraint(
                condition=~Q(kind__in=["partial_refund_keep", "cash_and_coupon"])
                | Q(percent__isnull=False, amount__isnull=True)
                | Q(percent__isnull=True, amount__isnull=False),
                name="plan_part_refund_says_how_much",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["coupon", "cash_and_coupon"]) | Q(coupon__isnull=False),
                name="plan_coupon_option_names_coupon",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.kind}"


class LiveScene(models.Model):
    """When each live plan applies, one narrow row to match against; the database keeps it in step with `Plan`.

    Never written by code. Reading 500 versions with their scripts took three times as long as matching may take.
    """

    plan = models.OneToOneField(Plan, on_delete=models.CASCADE, primary_key=True, related_name="+")
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+")
    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="+", db_index=False)
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=100)
    conditions = models.PositiveSmallIntegerField()
    currency = models.CharField(max_length=3)
    types = ArrayField(models.CharField(max_length=40))
    reasons = ArrayField(models.CharField(max_length=40))
    stages = ArrayField(models.CharField(max_length=12))
    categories = ArrayField(models.CharField(max_length=100))
    value_from = MoneyField(null=True)
    value_to = MoneyField(null=True)
    days_from = models.PositiveSmallIntegerField(null=True)
    days_to = models.PositiveSmallIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.plan_id} v{self.number}"


class ChangeKind(models.TextChoices):
    """What somebody did to a plan, as far as new cases notice it."""

    PUBLISHED = "published", _("Published")
    PAUSED = "paused", _("Paused")
    RESUMED = "resumed", _("Resumed")


class PlanChange(models.Model):
    """From `at` on, `version` answered new cases (None: nothing did); only ever appended, so that the past can be
    replayed.
    """

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="changes", db_index=False)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(_("what happened"), max_length=9, choices=ChangeKind.choices)
    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["at", "id"]
        verbose_name = _("plan change")
        verbose_name_plural = _("plan changes")
        indexes = [models.Index(fields=["merchant", "at", "id"], name="plan_changes_by_merchant")]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.kind}"
