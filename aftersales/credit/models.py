from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersales.policies.codes import BuyerTier


class BuyerCredit(models.Model):
    """A buyer's tier with the facts it was computed from; without a row a buyer is new. It never takes a right."""

    buyer = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="credit")
    tier = models.CharField(_("tier"), max_length=8, choices=BuyerTier.choices, default=BuyerTier.NEW)
    facts = models.JSONField(default=dict)  # see credit.tiers.Facts
    computed_at = models.DateTimeField(_("computed"), null=True)
    since = models.DateTimeField(_("in this tier since"), null=True)
    # An objection was right: findings from before this instant no longer count.
    forgiven_at = models.DateTimeField(_("findings count from"), null=True)

    class Meta:
        verbose_name = _("buyer's tier")
        verbose_name_plural = _("buyers' tiers")

    def __str__(self) -> str:
        return f"{self.buyer_id}: {self.tier}"


class ObjectionResult(models.TextChoices):
    """What became of an objection."""

    UPHELD = "upheld", _("Right: the findings no longer count")
    DISMISSED = "dismissed", _("The tier stays")


class Objection(models.Model):
    """What a buyer has to say against the tier, and what the platform answers."""

    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="objections")
    tier = models.CharField(_("tier"), max_length=8, choices=BuyerTier.choices)  # as it stood
    facts = models.JSONField(default=dict)
    text = models.TextField(_("objection"))
    made_at = models.DateTimeField(_("made"))
    result = models.CharField(_("result"), max_length=9, choices=ObjectionResult.choices, blank=True)
    answer = models.TextField(_("answer"), blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-made_at", "-id"]
        verbose_name = _("objection to a tier")
        verbose_name_plural = _("objections to tiers")
        constraints = [
            models.UniqueConstraint(fields=["buyer"], condition=models.Q(answered_at=None), name="one_open_objection")
        ]

    def __str__(self) -> str:
        return f"{self.buyer_id} {self.made_at}"
