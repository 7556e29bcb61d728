from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from merchants.models import Merchant


class ReturnAddress(models.Model):
    """One place to which a merchant takes goods back; a return goes to the default one.

    Cases keep a copy of what was agreed, so that rows here may change and go.
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="return_addresses")
    label_en = models.CharField(_("name in English"), max_length=60)
    label_zh = models.CharField(_("name in Chinese"), max_length=60, blank=True)
    recipient = models.CharField(_("recipient"), max_length=200)
    phone = models.CharField(_("phone"), max_length=40)
    address = models.TextField(_("address"), max_length=500)
    is_default = models.BooleanField(_("default"), default=False)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("address for returns")
        verbose_name_plural = _("addresses for returns")
        constraints = [
            models.UniqueConstraint(fields=["merchant"], condition=Q(is_default=True), name="one_default_address")
        ]

    def __str__(self) -> str:
        return f"{self.label_en} ({self.merchant_id})"

    @property
    def label(self) -> str:
        """The place's name in the reader's language."""
        return (self.label_zh if get_language() == "zh-hans" else "") or self.label_en
