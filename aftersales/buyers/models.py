from django.conf import settings
from django.db import models

from aftersales.orders.models import Order


class Draft(models.Model):
    """What a buyer has answered so far on the way to a case; kept for seven days after the last answer."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="+")
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    answers = models.JSONField(default=dict)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "buyer"], name="one_draft_per_order")]

    def __str__(self) -> str:
        return f"{self.order_id} by {self.buyer_id}"
