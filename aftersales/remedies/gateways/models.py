"""What gateways told us by themselves, and how they fare."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import OrderPayment
from portal.money import MoneyField

if TYPE_CHECKING:
    from portal.accounts.models import User


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


class PayoutAccount(models.Model):
    """The bank account that a buyer wants refunds by transfer to go to."""

    buyer = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="payout_account")
    holder = models.CharField(_("account holder"), max_length=70)
    iban = models.CharField(_("IBAN"), max_length=34)
    bic = models.CharField(_("BIC"), max_length=11, blank=True)
    updated_at = models.DateTimeField(_("changed at"))

    class Meta:
        verbose_name = _("bank account for refunds")
        verbose_name_plural = _("bank accounts for refunds")

    def __str__(self) -> str:
        return f"…{self.iban[-4:]}"


class BankFile(models.Model):
    """A payment file (ISO 20022 pain.001) for the bank; made once, downloaded as often as needed."""

    message_id = models.CharField(_("message"), max_length=35, unique=True)
    content = models.TextField()
    count = models.PositiveIntegerField(_("transfers"))
    total = MoneyField(_("total"))
    currency = models.CharField(_("currency"), max_length=3)
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("payment file for the bank")
        verbose_name_plural = _("payment files for the bank")

    def __str__(self) -> str:
        return self.message_id


class TransferState(models.TextChoices):
    """How far a transfer got."""

    WAITING = "waiting", _("Waits for the next file")
    SENT = "sent", _("In a file")
    PAID = "paid", _("Paid")
    RETURNED = "returned", _("Came back")


class BankTransfer(models.Model):
    """One transfer to a buyer: one attempt's key, one end-to-end id, one file."""

    key = models.CharField(max_length=140, unique=True)
    end_to_end_id = models.CharField(_("end-to-end id"), max_length=35, unique=True)
    holder = models.CharField(_("account holder"), max_length=70)
    iban = models.CharField(_("IBAN"), max_length=34)
    bic = models.CharField(_("BIC"), max_length=11, blank=True)
    amount = MoneyField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    state = models.CharField(_("state"), max_length=8, choices=TransferState.choices, default=TransferState.WAITING)
    reason = models.TextField(_("reason"), blank=True)
    file = models.ForeignKey(BankFile, on_delete=models.PROTECT, null=True, related_name="transfers")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting", file=None) | (~Q(state="waiting") & Q(file__isnull=False)),
                name="transfer_sent_in_a_file",
            )
        ]

    def __str__(self) -> str:
        return self.end_to_end_id


class LineOutcome(models.TextChoices):
    """What a line of a bank statement turned out to be."""

    MATCHED = "matched", _("Matched")
    PARTIAL = "partial", _("Another amount")
    UNKNOWN = "unknown", _("Unknown reference")
    FOREIGN = "foreign", _("Not a refund")


class StatementLine(models.Model):
    """A line of a bank statement; read again it changes nothing."""

    statement = models.CharField(_("statement"), max_length=80)
    line = models.CharField(_("line"), max_length=80)
    end_to_end_id = models.CharField(_("end-to-end id"), max_length=80, blank=True)
    amount = MoneyField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    returned = models.BooleanField(_("came back"), default=False)
    reason = models.TextField(_("reason"), blank=True)
    outcome = models.CharField(_("outcome"), max_length=7, choices=LineOutcome.choices)
    read_at = models.DateTimeField(_("read at"))

    class Meta:
        verbose_name = _("line of a bank statement")
        verbose_name_plural = _("lines of bank statements")
        constraints = [models.UniqueConstraint(fields=["statement", "line"], name="statement_line_once")]

    def __str__(self) -> str:
        return f"{self.statement} {self.line}"


class InKindState(models.TextChoices):
    """What the marketplace did about points or a coupon that it was asked to give back."""

    WAITING = "waiting", _("Waits for the marketplace")
    CONFIRMED = "confirmed", _("Given back")
    REFUSED = "refused", _("Cannot be given back")
    LAPSED = "lapsed", _("Not answered in time")


class InKindRefusal(models.TextChoices):
    """Why points or a coupon cannot be given back."""

    SPENT = "spent", _("Spent already")
    EXPIRED = "expired", _("Expired")
    UNKNOWN = "unknown", _("Not known to the marketplace")
    OTHER = "other", _("Another reason")


class InKindRefundQuerySet(models.QuerySet["InKindRefund"]):
    """Which of them."""

    def visible_to(self, user: "User") -> "InKindRefundQuerySet":
        """A buyer's own, all for the platform's people and the marketplace."""
        return self if user.duty else self.filter(buyer=user)


class InKindRefund(models.Model):
    """Points or a coupon worth `amount` that the marketplace, which keeps them, is asked to give back: one attempt."""

    key = models.CharField(max_length=140, unique=True)  # the attempt's
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=10)  # a kind of settings.IN_KIND
    channel = models.CharField(_("channel"), max_length=40)
    payment_ref = models.CharField(_("reference of the payment"), max_length=100, blank=True)
    order = models.CharField(_("order"), max_length=120, blank=True)
    case = models.CharField(_("case"), max_length=20, blank=True)
    amount = MoneyField(_("worth"))  # the money value that was paid with it
    currency = models.CharField(_("currency"), max_length=3)
    state = models.CharField(_("state"), max_length=9, choices=InKindState.choices, default=InKindState.WAITING)
    reference = models.CharField(_("marketplace reference"), max_length=100, blank=True)
    refusal = models.CharField(_("why not"), max_length=7, choices=InKindRefusal.choices, blank=True)
    reason = models.TextField(_("in the marketplace's words"), blank=True)
    asked_at = models.DateTimeField(_("asked at"))
    answered_at = models.DateTimeField(_("answered at"), null=True)

    objects = InKindRefundQuerySet.as_manager()

    class Meta:
        verbose_name = _("refund in kind")
        verbose_name_plural = _("refunds in kind")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="in_kind_refund_positive"),
            models.CheckConstraint(
                condition=Q(state="waiting", answered_at=None) | (~Q(state="waiting") & Q(answered_at__isnull=False)),
                name="in_kind_refund_answered",
            ),
        ]
        indexes = [models.Index(fields=["buyer"], name="in_kind_by_buyer")]

    def __str__(self) -> str:
        return self.key
