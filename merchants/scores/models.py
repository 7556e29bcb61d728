from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersales.policies.codes import MerchantBand
from merchants.models import Merchant


class MerchantStanding(models.Model):
    """A seller's band with the facts it was computed from; sellers without a row are standard."""

    merchant = models.OneToOneField(Merchant, on_delete=models.CASCADE, related_name="standing")
    band = models.CharField(_("band"), max_length=9, choices=MerchantBand.choices, default=MerchantBand.STANDARD)
    facts = models.JSONField(default=dict)  # see scores.bands.Facts
    computed_at = models.DateTimeField(_("computed"), null=True)
    since = models.DateTimeField(_("in this band since"), null=True)

    class Meta:
        verbose_name = _("seller's band")
        verbose_name_plural = _("sellers' bands")

    def __str__(self) -> str:
        return f"{self.merchant_id}: {self.band}"
