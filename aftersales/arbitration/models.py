from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aftersales.disputes.codes import Role
from aftersales.disputes.models import Dispute
from aftersales.policies.codes import RemedyKind
from aftersales.remedies.models import Payer
from portal.money import ZERO, MoneyField


class AppealGround(models.TextChoices):
    """On what an appeal rests."""

    NEW_EVIDENCE = "new_evidence", _("New evidence")
    FACT_WRONG = "fact_wrong", _("A fact is wrong")
    RULE_MISAPPLIED = "rule_misapplied", _("A rule was misapplied")


class AppealResult(models.TextChoices):
    """What became of the first decision."""

    UPHELD = "upheld", _("Upheld")
    VARIED = "varied", _("Varied")
    OVERTURNED = "overturned", _("Overturned")


class Appeal(models.Model):
    """A party's objection to a ruling; decided by somebody other than who ruled."""

    ruling = models.OneToOneField("Ruling", on_delete=models.PROTECT, related_name="appeal")
    by_role = models.CharField(max_length=12, choices=Role.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ground = models.CharField(_("ground"), max_length=16, choices=AppealGround.choices)
    text = models.TextField(_("what is wrong with the decision"))
    made_at = models.DateTimeField()
    result = models.CharField(_("result"), max_length=10, choices=AppealResult.choices, blank=True)
    decided_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.ruling_id}: {self.ground}"


class Ruling(models.Model):
    """A reasoned decision of an arbitrator. Published means served on both parties; it is never edited."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="rulings")
    # 2 where the goods of the first decision were never sent or failed, and the case had to be decided again.
    round = models.PositiveSmallIntegerField(default=1, db_default=1)
    level = models.PositiveSmallIntegerField()  # 1 first instance, 2 appeal (final)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="rulings")
    kind = models.CharField(_("remedy"), max_length=24, choices=RemedyKind.choices)
    payer = models.CharField(_("paid by"), max_length=8, choices=Payer.choices, default=Payer.MERCHANT)
    cash = MoneyField(_("refund"), default=0)
    compensation = MoneyField(_("beyond the refund"), default=ZERO, db_default=0)
    lines = models.JSONField(default=list)  # [{"line": order line id, "amount": "12.00"}], sums to cash
    merchant_fault = models.PositiveSmallIntegerField(_("seller's share of fault (%)"))
    facts = models.TextField(_("facts found"))
    evidence = models.TextField(_("evidence relied on"))
    rule = models.TextField(_("rule applied"))
    language = models.CharField(_("language of the reasons"), max_length=10, default="zh-hans")
    money = models.JSONField()  # the effect that was previewed and posted: [[account, amount], ...]
    ruled_at = models.DateTimeField()
    appeal_until = models.DateTimeField()

    class Meta:
        ordering = ["round", "level"]
        verbose_name = _("ruling")
        verbose_name_plural = _("rulings")
        constraints = [
            models.UniqueConstraint(fields=["dispute", "round", "level"], name="one_ruling_per_round_and_level"),
            models.CheckConstraint(condition=Q(merchant_fault__lte=100), name="fault_is_a_share"),
            models.CheckConstraint(
                condition=~Q(facts="") & ~Q(evidence="") & ~Q(rule=""), name="ruling_gives_its_reasons"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dispute_id} round {self.round} level {self.level}: {self.kind}"

    @property
    def total(self) -> Decimal:
        """Refund and compensation, in the dispute's currency."""
        return self.cash + self.compensation


def last_ruling(case: Dispute) -> Ruling:
    """Return the latest decision of first instance: what an appeal is or can be about. Raises Ruling.DoesNotExist."""
    return case.rulings.filter(level=1).latest("round")
