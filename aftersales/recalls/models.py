from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from aftersales.disputes.models import Dispute
from aftersales.orders.models import OrderLine
from merchants.models import Merchant


class Recall(models.Model):
    """Goods of a seller that are not safe: which ones, why, and on whose word. Never changed once opened."""

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="recalls", verbose_name=_("seller"))
    sku = models.CharField(_("SKU"), max_length=100)
    bought_from = models.DateField(_("bought from"))
    bought_to = models.DateField(_("bought to"))  # that day included
    notice_en = models.TextField(_("notice in English"))
    notice_zh = models.TextField(_("notice in Chinese"))
    # Whether the goods come back, at the seller's cost. Without that a refund needs the seller's consent or the order
    # of an authority: which one, in words.
    goods_back = models.BooleanField(_("goods are sent back"), default=True)
    basis = models.CharField(_("consent of the seller or order of an authority"), max_length=200, blank=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(_("opened"))
    served_at = models.DateTimeField(_("every buyer was told"), null=True)

    class Meta:
        ordering = ["-opened_at", "-id"]
        verbose_name = _("safety recall")
        verbose_name_plural = _("safety recalls")
        constraints = [
            models.CheckConstraint(condition=Q(bought_to__gte=F("bought_from")), name="recall_days_in_order"),
            models.CheckConstraint(condition=Q(goods_back=True) | ~Q(basis=""), name="recall_keeping_has_basis"),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.bought_from} – {self.bought_to}"

    @property
    def number(self) -> str:
        """How people call it."""
        return f"R-{self.pk}"

    @property
    def notice(self) -> str:
        """The notice in the reader's language."""
        return self.notice_zh if (get_language() or "").startswith("zh") else self.notice_en


class RecallCase(models.Model):
    """The case that a recall opened for one order line: each line gets one, however often the recall is run."""

    recall = models.ForeignKey(Recall, on_delete=models.PROTECT, related_name="cases", db_index=False)
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="+")
    dispute = models.OneToOneField(Dispute, on_delete=models.PROTECT, related_name="recalled")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recall", "order_line"], name="one_case_per_recalled_line")]

    def __str__(self) -> str:
        return f"{self.recall_id}: {self.order_line_id}"
