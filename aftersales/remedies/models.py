from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import Order, OrderPayment
from aftersales.remedies.gateways.models import (
    BankFile,
    BankTransfer,
    GatewayEvent,
    GatewayHealth,
    InKindRefund,
    OutsideRefund,
    PayoutAccount,
    StatementLine,
)
from merchants.coupons.models import Coupon, CouponTemplate
from merchants.models import Merchant
from portal.money import ZERO, MoneyField

# Those whose home is with the gateways.
__all__ = [
    "BankFile",
    "BankTransfer",
    "GatewayEvent",
    "GatewayHealth",
    "InKindRefund",
    "OutsideRefund",
    "PayoutAccount",
    "StatementLine",
]


class Payer(models.TextChoices):
    """Whose money a remedy is."""

    MERCHANT = "merchant", _("Seller")
    PLATFORM = "platform", _("Platform fund")


class InstructionState(models.TextChoices):
    """Where a refund stands as a whole; its parts and attempts say why."""

    GRANTED = "granted", _("On its way")
    SUCCEEDED = "succeeded", _("Paid")
    FAILED = "failed", _("Needs a person")
    REVERSED = "reversed", _("Came back")


class RefundInstruction(models.Model):
    """The decision that money is owed: what, to whom, from whom. How it is paid stands in parts and attempts."""

    key = models.CharField(max_length=120, unique=True)  # durable, one per deciding event
    case = models.CharField(_("case"), max_length=20, db_index=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds")
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="refunds")
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="refunds")
    payer = models.CharField(_("paid by"), max_length=8, choices=Payer.choices, default=Payer.MERCHANT)
    currency = models.CharField(_("currency"), max_length=3)
    amount = MoneyField(_("amount"))
    compensation = MoneyField(_("of it beyond what was paid"), default=ZERO, db_default=0)
    # [{"line": order line id, "amount": "12.00"}], sums to the amount without compensation
    lines = models.JSONField(_("by line"))
    state = models.CharField(
        _("state"), max_length=9, choices=InstructionState.choices, default=InstructionState.GRANTED
    )
    granted_at = models.DateTimeField(_("granted at"))
    settled_at = models.DateTimeField(_("settled at"), null=True)
    # When the executor should look at it (again). Pushed forward by whoever claims it.
    next_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive"),
            models.CheckConstraint(
                condition=Q(compensation__gte=0, compensation__lte=F("amount")),
                name="refund_compensation_within_amount",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at", "id"], name="refund_due", condition=Q(state="granted")),
            models.Index(fields=["merchant", "-granted_at"], name="refund_by_merchant"),
            models.Index(
                fields=["granted_at", "id"], name="refund_waiting", condition=Q(state__in=["failed", "reversed"])
            ),
        ]

    def __str__(self) -> str:
        return self.key


class RefundPart(models.Model):
    """The share of a refund that goes back through one payment channel; without one, into the store balance."""

    instruction = models.ForeignKey(RefundInstruction, on_delete=models.PROTECT, related_name="parts")
    payment = models.ForeignKey(OrderPayment, on_delete=models.PROTECT, null=True, related_name="refund_parts")
    amount = MoneyField()
    # Pays through this channel instead of the payment's: where a person chose another way.
    channel = models.CharField(max_length=40, blank=True, default="", db_default="")
    # How much of the amount reached the buyer otherwise (a chargeback, a refund made at the gateway) and is not paid.
    netted = MoneyField(default=0, db_default=0)
    paid_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["instruction", "payment"], name="one_part_per_channel"),
            models.CheckConstraint(
                condition=Q(netted__gte=0, netted__lte=F("amount")), name="refund_part_netted_within_amount"
            ),
            models.UniqueConstraint(
                fields=["instruction"], condition=Q(payment__isnull=True), name="one_compensation_per_refund"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_part_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.instruction_id}: {self.amount}"

    @property
    def way(self) -> str:
        """The payment channel that it goes back through."""
        return self.channel or (self.payment.channel if self.payment else "")


class AttemptState(models.TextChoices):
    """What is known of one try at the gateway."""

    PENDING = "pending", _("Sent, no answer yet")
    SUCCEEDED = "succeeded", _("Paid")
    FAILED = "failed", _("Refused")
    UNKNOWN = "unknown", _("Outcome unknown")
    REVERSED = "reversed", _("Came back")


class RefundAttempt(models.Model):
    """One request to a gateway; written before it is sent, so that a killed worker leaves a trace to reconcile."""

    part = models.ForeignKey(RefundPart, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=140, unique=True)  # sent as the gateway's idempotency key
    gateway = models.CharField(max_length=20)
    state = models.CharField(max_length=9, choices=AttemptState.choices, default=AttemptState.PENDING)
    reference = models.CharField(max_length=120, blank=True)  # the gateway's
    error = models.TextField(blank=True)
    sent_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["part", "number"], name="attempts_are_numbered"),
            models.UniqueConstraint(
                fields=["part"], condition=Q(state__in=["pending", "unknown"]), name="one_open_attempt_per_part"
            ),
            models.UniqueConstraint(fields=["part"], condition=Q(state="succeeded"), name="paid_once_per_part"),
        ]
        # What gateways tell of by their own reference.
        indexes = [models.Index(fields=["reference"], name="attempt_by_reference", condition=~Q(reference=""))]

    def __str__(self) -> str:
        return self.key


class SimulatedMode(models.TextChoices):
    """What the simulated gateway can be told to do."""

    SUCCEED = "succeed", _("Pay at once")
    LATE = "late", _("Accept, and pay later")
    FAIL = "fail", _("Refuse for good")
    FAIL_FOR_A_WHILE = "fail_for_a_while", _("Refuse for the moment")
    PAID_NO_ANSWER = "paid_no_answer", _("Pay, but never answer")
    NOT_PAID_NO_ANSWER = "not_paid_no_answer", _("Neither pay nor answer")


class SimulatedBehaviour(models.Model):
    """An order to the simulated gateway: how to treat a payment, a channel, or everything. None means pay at once."""

    target = models.CharField(
        _("applies to"),
        max_length=140,
        unique=True,
        validators=[RegexValidator(r"^(all|channel:\S.*|payment:\S.*)$")],
        help_text=_(
            '"all", "channel:" and a channel, or "payment:" and the reference of a payment; the narrowest wins'
        ),
    )
    mode = models.CharField(_("behaviour"), max_length=20, choices=SimulatedMode.choices)
    times = models.PositiveSmallIntegerField(
        _("times"), null=True, blank=True, help_text=_("How often, before it pays again; empty: always")
    )
    seconds = models.PositiveIntegerField(
        _("seconds"), default=0, help_text=_("How much later it pays, or how long it keeps silent")
    )

    class Meta:
        verbose_name = _("behaviour of the simulated gateway")
        verbose_name_plural = _("behaviours of the simulated gateway")

    def __str__(self) -> str:
        return f"{self.target}: {self.mode}"


class SimulatedRefund(models.Model):
    """The books of the simulated gateway: what it did, kept apart from ours so that the two can be compared."""

    key = models.CharField(max_length=140, unique=True)
    reference = models.CharField(max_length=60, unique=True)
    amount = MoneyField()
    currency = models.CharField(max_length=3)
    settles_at = models.DateTimeField()
    reversed_at = models.DateTimeField(null=True)  # the money came back
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("refund in the simulated gateway's books")
        verbose_name_plural = _("refunds in the simulated gateway's books")

    def __str__(self) -> str:
        return self.reference


class GrantState(models.TextChoices):
    """Whether a promised coupon has been issued."""

    GRANTED = "granted", _("Being issued")
    ISSUED = "issued", _("Issued")
    CANCELLED = "cancelled", _("Withdrawn")


class CouponGrant(models.Model):
    """The decision that a coupon is owed; Celery issues it, once."""

    key = models.CharField(max_length=120, unique=True)
    case = models.CharField(max_length=20, db_index=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="+")
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    payer = models.CharField(max_length=8, choices=Payer.choices, default=Payer.MERCHANT)
    template = models.ForeignKey(CouponTemplate, on_delete=models.PROTECT, null=True, related_name="+")
    currency = models.CharField(max_length=3)
    amount = MoneyField()
    minimum_spend = MoneyField(default=0)
    valid_days = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=9, choices=GrantState.choices, default=GrantState.GRANTED)
    coupon = models.OneToOneField(Coupon, on_delete=models.PROTECT, null=True, related_name="grant")
    granted_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="coupon_grant_positive"),
            models.CheckConstraint(condition=Q(valid_days__gte=1), name="coupon_grant_valid_for_a_while"),
        ]
        indexes = [models.Index(fields=["next_at", "id"], name="coupon_grant_due", condition=Q(state="granted"))]

    def __str__(self) -> str:
        return self.key


class ReplacementState(models.TextChoices):
    """How far goods owed to a buyer got."""

    TO_SHIP = "to_ship", _("To be sent")
    SHIPPED = "shipped", _("Sent")
    ARRIVED = "arrived", _("Arrived")
    FAILED = "failed", _("Lost or wrong")
    CANCELLED = "cancelled", _("Cancelled")


class Replacement(models.Model):
    """The decision that goods are owed: a replacement, what was missing, a repair. One row for each time they are."""

    key = models.CharField(max_length=120, unique=True)
    case = models.CharField(max_length=20, db_index=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="replacements")
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="replacements")
    kind = models.CharField(max_length=24)  # a kind of remedy with goods
    lines = models.JSONField()  # [{"line": order line id, "quantity": 1}]
    state = models.CharField(max_length=9, choices=ReplacementState.choices, default=ReplacementState.TO_SHIP)
    carrier = models.CharField(_("carrier"), max_length=60, blank=True)
    tracking = models.CharField(_("tracking number"), max_length=60, blank=True)
    granted_at = models.DateTimeField()
    shipped_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # when they arrived, or failed to

    class Meta:
        indexes = [models.Index(fields=["tracking"], name="goods_by_tracking", condition=~Q(tracking=""))]

    def __str__(self) -> str:
        return self.key


class Approval(models.Model):
    """Somebody's word that an amount above the decider's limit may be paid. Append-only, each person once a subject."""

    subject = models.CharField(_("approved"), max_length=140)  # a hold of a case, or the key of an instruction
    case = models.CharField(_("case"), max_length=20, blank=True, db_index=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("approved by")
    )
    decided_as = models.CharField(_("decided as"), max_length=12)  # whose limit the amount passed
    decided_by = ArrayField(models.BigIntegerField(), default=list)  # who had a part in the decision
    limit = MoneyField(_("limit"))
    amount = MoneyField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    note = models.TextField(_("note"), blank=True)
    at = models.DateTimeField(_("approved at"))

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        constraints = [
            models.UniqueConstraint(fields=["subject", "by"], name="approved_once_per_person"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="approved_amount_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.subject}: {self.by_id}"


class Handled(models.TextChoices):
    """What a person can do about a refund that was not paid, or came back."""

    RETRY = "retry", _("Tried again")
    BALANCE = "balance", _("Paid as store balance")
    HAND = "hand", _("Paid by hand")


class RefundHandling(models.Model):
    """What a person did about a refund that waited for somebody: who, when, why. Append-only."""

    instruction = models.ForeignKey(RefundInstruction, on_delete=models.PROTECT, related_name="handlings")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    what = models.CharField(_("what"), max_length=8, choices=Handled.choices)
    reference = models.CharField(_("bank's reference"), max_length=120, blank=True)
    why = models.TextField(_("why"), blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("refund handled by a person")
        verbose_name_plural = _("refunds handled by a person")

    def __str__(self) -> str:
        return f"{self.instruction_id}: {self.what}"
