from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from merchants.plans.models import Plan, PlanVersion

if TYPE_CHECKING:
    from portal.accounts.models import User


class ExperimentState(models.TextChoices):
    """Whether buyers are being shared out."""

    RUNNING = "running", _("Running")
    STOPPED = "stopped", _("Stopped")
    PROMOTED = "promoted", _("Winner taken over")


class ExperimentQuerySet(models.QuerySet["Experiment"]):
    """Which experiments."""

    def visible_to(self, user: "User") -> "ExperimentQuerySet":
        """Those of the user's merchants; all for the platform's people."""
        return self if user.duty else self.filter(plan__merchant__in=user.memberships.values("merchant"))


class Experiment(models.Model):
    """Several versions of a plan tried side by side, on buyers shared out among them and a holdout.

    A buyer's place is a number from 0 to 9,999, the first 32 bits of MD5(seed:buyer) modulo 10,000; arms take the
    places in their order, each as many as its share. Anybody can recompute it; `Assignment` makes it stick.
    """

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="experiments")
    name = models.CharField(_("name"), max_length=100)
    state = models.CharField(_("state"), max_length=8, choices=ExperimentState.choices, default=ExperimentState.RUNNING)
    seed = models.CharField(max_length=16)
    # Shares follow what works better, by themselves, every day.
    automatic = models.BooleanField(_("share buyers out by what works better"), default=False)
    least_share = models.PositiveSmallIntegerField(_("least share of an arm (%)"), default=10)
    # An arm stops by itself once it is surely worse than the holdout by more than this; empty: not watched.
    guard_escalated = models.PositiveSmallIntegerField(_("more cases brought to the platform (points)"), null=True)
    guard_again = models.PositiveSmallIntegerField(_("more repeat cases (points)"), null=True)
    guard_reviews = models.PositiveSmallIntegerField(_("more bad reviews (points)"), null=True)
    guard_cost = models.DecimalField(
        _("more cost per case (% of what was paid)"), max_digits=5, decimal_places=2, null=True
    )
    started_at = models.DateTimeField(_("started"))
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects = ExperimentQuerySet.as_manager()

    class Meta:
        verbose_name = _("experiment")
        verbose_name_plural = _("experiments")
        constraints = [
            models.UniqueConstraint(fields=["plan"], condition=Q(state="running"), name="one_experiment_per_plan"),
            models.CheckConstraint(
                condition=Q(state="running", ended_at=None) | (~Q(state="running") & Q(ended_at__isnull=False)),
                name="experiment_ends_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Arm(models.Model):
    """What a share of the buyers is shown: a version of the plan, or in the holdout nothing but the ordinary way."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="arms")
    position = models.PositiveSmallIntegerField()
    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, null=True, related_name="+")
    share = models.PositiveSmallIntegerField(_("share of buyers (%)"))  # in force now; its history: `Allocation`
    stopped_at = models.DateTimeField(null=True)
    stopped_why = models.CharField(max_length=20, blank=True)  # the guard that stopped it

    class Meta:
        ordering = ["position"]
        verbose_name = _("arm")
        verbose_name_plural = _("arms")
        constraints = [
            models.UniqueConstraint(fields=["experiment", "position"], name="arms_are_ordered"),
            models.UniqueConstraint(
                fields=["experiment"], condition=Q(version__isnull=True), name="one_holdout_per_experiment"
            ),
            models.CheckConstraint(condition=Q(share__lte=100), name="arm_share_in_range"),
            models.CheckConstraint(condition=Q(stopped_at__isnull=True) | Q(share=0), name="stopped_arm_takes_nobody"),
        ]

    def __str__(self) -> str:
        return f"{self.experiment_id}:{self.position}"

    @property
    def is_holdout(self) -> bool:
        """Whether its buyers get the ordinary process."""
        return self.version_id is None


class Allocation(models.Model):
    """The shares in force from an instant on; only ever appended, so that every assignment can be recomputed."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="allocations")
    at = models.DateTimeField()
    shares = models.JSONField()  # [[arm id, percent], ...] in the arms' order; sums to 100
    why = models.CharField(max_length=20)  # start, guard, automatic

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.experiment_id}: {self.shares}"


class Assignment(models.Model):
    """A buyer's arm, for as long as the experiment runs."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="assignments")
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    arm = models.ForeignKey(Arm, on_delete=models.CASCADE, related_name="assignments")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["experiment", "buyer"], name="one_arm_per_buyer")]

    def __str__(self) -> str:
        return f"{self.experiment_id}: {self.buyer_id} in {self.arm_id}"
