"""What gateways told us by themselves, and how they fare."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import OrderPayment
from portal.money import MoneyField


class EventState(models.TextChoices):
    """What became of a gateway's event."""

    RECEIVED = "received", _("Received")
    DONE = "done", _("Dealt with")
    ODD = "odd", _("Needs a person")


class GatewayEvent(models.Model):
    """Something a gateway told by itself: a webhook, or a finding of the reconciler. Told again changes nothing."""

    gateway = models.CharField(_("gateway"), max_length=20)
    event_id = models.CharField(_("event"), max_length=160)
    seen = models.JSONField(_("told"), null=True)  # gateways.Seen.dump(); null: nothing about refunds
    state = models.CharField(_("state"), max_length=8, choices=EventState.choices, default=EventState.RECEIVED)
    note = models.TextField(_("note"), blank=True)
    received_at = models.DateTimeField(_("received at"))
    handled_at = models.DateTimeField(_("dealt with at"), null=True)
    next_at = models.DateTimeField(null=True)  # when a worker should look at it (again)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("event at a gateway")
        verbose_name_plural = _("events at the gateways")
        constraints = [models.UniqueConstraint(fields=["gateway", "event_id"], name="gateway_event_once")]
        indexes = [models.Index(fields=["next_at", "id"], name="gateway_event_due", condition=Q(state="received"))]

    def __str__(self) -> str:
        return f"{self.gateway} {self.event_id}"


class OutsideRefund(models.Model):
    """Money that reached a buyer without us: a chargeback, or a refund somebody made at the gateway itself.

    `netted` came off refunds that were still to be paid, `booked` is a refund of its own, `excess` was paid on top
    of what is owed: a person contests it. The three sum to the amount once the payment is known.
    """

    gateway = models.CharField(_("gateway"), max_length=20)
    reference = models.CharField(_("reference"), max_length=120)
    chargeback = models.BooleanField(_("chargeback"), default=False)
    payment = models.ForeignKey(OrderPayment, on_delete=models.PROTECT, null=True, related_name="outside_refunds")
    case = models.CharField(_("case"), max_length=20, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    amount = MoneyField(_("amount"))
    netted = MoneyField(_("taken off refunds on their way"), default=0)
    booked = MoneyField(_("booked as a refund"), default=0)
    excess = MoneyField(_("paid too much"), default=0)
    reason = models.TextField(_("reason"), blank=True)
    note = models.TextField(_("note"), blank=True)
    seen_at = models.DateTimeField(_("seen at"))

    class Meta:
        verbose_name = _("refund made elsewhere")
        verbose_name_plural = _("refunds made elsewhere")
        constraints = [
            models.UniqueConstraint(fields=["gateway", "reference"], name="outside_refund_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="outside_refund_positive"),
        ]
        indexes = [models.Index(fields=["payment"], name="outside_excess", condition=Q(excess__gt=0))]

    def __str__(self) -> str:
        return f"{self.gateway} {self.reference}"


class GatewayHealth(models.Model):
    """How a gateway answered when it was last asked, and until when its refunds were compared with ours."""

    gateway = models.CharField(_("gateway"), max_length=20, unique=True)
    problem = models.TextField(_("problem"), blank=True)
    checked_at = models.DateTimeField(_("checked at"), null=True)
    reconciled_until = models.DateTimeField(_("compared until"), null=True)

    class Meta:
        verbose_name = _("gateway")
        verbose_name_plural = _("gateways")

    def __str__(self) -> str:
        return self.gateway
