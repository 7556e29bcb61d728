from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from merchants.models import Merchant


class PromiseVersion(models.Model):
    """What a merchant promises above the rule packs, from an instant on; signed by an owner, never changed.

    A promise binds for what was bought while it stood; taking it back is a version that promises less.
    """

    # Indexed by the constraint below, which begins with it.
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="promises", db_index=False)
    number = models.PositiveIntegerField(_("version"))
    effective_at = models.DateTimeField(_("in force from"))
    rules = models.JSONField(_("promises"))  # a layer of merchants.promises.terms
    signed_at = models.DateTimeField(_("signed at"))
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("signed by")
    )

    class Meta:
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        constraints = [models.UniqueConstraint(fields=["merchant", "number"], name="one_row_per_promise_version")]

    def __str__(self) -> str:
        return f"{self.merchant_id} v{self.number}"
