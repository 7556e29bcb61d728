from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from merchants.members import concerning
from merchants.models import Merchant
from portal.money import MoneyField

if TYPE_CHECKING:
    from portal.accounts.models import User


class OrderStatus(models.TextChoices):
    """How far an order (or a line of it) got, as the marketplace says."""

    PLACED = "placed", _("Placed")
    PAID = "paid", _("Paid")
    PROCESSING = "processing", _("Being prepared")
    SHIPPED = "shipped", _("Shipped")
    DELIVERED = "delivered", _("Delivered")
    CANCELLED = "cancelled", _("Cancelled")


class OrderStage(models.TextChoices):
    """The stage of a purchase that after-sales rules ask for."""

    UNSHIPPED = "unshipped", _("Not shipped yet")
    IN_TRANSIT = "in_transit", _("On the way")
    RECEIVED = "received", _("Received")


class OrderQuerySet(models.QuerySet["Order"]):
    """Which orders."""

    def visible_to(self, user: "User") -> "OrderQuerySet":
        """A buyer's own, a merchant's for its members, all for the platform's people."""
        return self if user.duty else self.filter(concerning(user))


class Order(models.Model):
    """What one buyer bought from ONE merchant: a mirror of the marketplace's order, read-mostly.

    A marketplace order with several merchants becomes several of these, so that a dispute concerns one merchant.
    """

    # Public, unique: the marketplace's reference, with "-2", "-3" ... for the further merchants of one purchase.
    number = models.CharField(_("number"), max_length=120)
    ref = models.CharField(_("marketplace reference"), max_length=100)
    # No index of their own: those below begin with them.
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="orders", db_index=False)
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders", db_index=False)
    currency = models.CharField(_("currency"), max_length=3)
    # Whose rules apply (a rule pack's market), as the marketplace says; empty: the currency decides.
    market = models.CharField(_("market"), max_length=8, blank=True, default="", db_default="")
    # What its discounts depended on, as promotions.Promotion reads them; the marketplace says so.
    promotions = models.JSONField(
        _("promotions"), default=list, db_default=Value([], models.JSONField()), blank=True, editable=False
    )
    status = models.CharField(_("status"), max_length=10, choices=OrderStatus.choices)
    paid_at = models.DateTimeField(_("paid at"), null=True)
    # Set once a dispute's remedies start: terms and money of the mirror are then never overwritten by an import.
    updated_at = models.DateTimeField(auto_now=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            models.UniqueConstraint(fields=["number"], name="one_order_per_number"),  # `unique=True` makes two indexes
            models.UniqueConstraint(fields=["ref", "merchant"], name="one_part_per_merchant"),
        ]
        indexes = [
            models.Index(fields=["buyer", "-paid_at", "-id"], name="order_by_buyer"),
            models.Index(fields=["merchant", "-paid_at", "-id"], name="order_by_merchant"),
        ]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """One product of an order: what was paid, how it travelled, how much was given back."""

    # Indexed by the constraint below, which begins with it.
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", db_index=False)
    # The order's, copied: shard key, as on every large table. Nobody looks lines up by it.
    merchant = models.ForeignKey(
        Merchant, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    line_ref = models.CharField(_("line"), max_length=60)
    sku = models.CharField(_("SKU"), max_length=100)
    category = models.CharField(_("category"), max_length=100, blank=True)
    title = models.CharField(_("title"), max_length=300, blank=True)
    title_zh = models.CharField(_("title (Chinese)"), max_length=300, blank=True)
    image = models.CharField(max_length=200, blank=True)  # a static path; the marketplace's catalogue keeps the picture
    quantity = models.PositiveIntegerField(_("quantity"))
    unit_price = MoneyField(_("unit price"))
    discount = MoneyField(_("discount"), default=0)
    freight = MoneyField(_("freight"), default=0)
    status = models.CharField(_("status"), max_length=10, choices=OrderStatus.choices)
    ship_by = models.DateTimeField(_("ship by"), null=True)
    shipped_at = models.DateTimeField(_("shipped at"), null=True)
    # The buyer confirmed when buying that a return without reason is excluded (SAMR order 31 art. 7); as the
    # marketplace says.
    no_reason_waived = models.BooleanField(_("return without reason excluded"), default=False, db_default=False)
    promised_by = models.DateTimeField(_("promised by"), null=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True)
    received_at = models.DateTimeField(_("receipt confirmed at"), null=True)
    review_score = models.PositiveSmallIntegerField(_("review score"), null=True)
    review_text = models.TextField(_("review"), blank=True)
    review_at = models.DateTimeField(_("reviewed at"), null=True)
    # Kept by this portal, never by an import: what is claimed in open disputes and what was granted back.
    disputed_quantity = models.PositiveIntegerField(default=0)
    dispute_count = models.PositiveSmallIntegerField(default=0)
    refunded_amount = MoneyField(_("refunded"), default=0)
    settled_amount = MoneyField(_("settled"), default=0, db_default=0)  # released to the seller

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints = [
            models.UniqueConstraint(fields=["order", "line_ref"], name="one_row_per_line"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="line_quantity_positive"),
            models.CheckConstraint(
                condition=Q(unit_price__gte=0, discount__gte=0, freight__gte=0), name="line_amounts_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(disputed_quantity__lte=F("quantity")), name="line_disputed_within_quantity"
            ),
            models.CheckConstraint(
                condition=Q(refunded_amount__gte=0)
                & Q(refunded_amount__lte=F("unit_price") * F("quantity") - F("discount") + F("freight")),
                name="line_refunded_within_paid",
            ),
            models.CheckConstraint(
                condition=Q(settled_amount__gte=0)
                & Q(settled_amount__lte=F("unit_price") * F("quantity") - F("discount") + F("freight")),
                name="line_settled_within_paid",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_ref}: {self.sku}"

    @property
    def paid_amount(self) -> Decimal:
        """What was actually paid for the line, freight included, in the order's currency."""
        return self.unit_price * self.quantity - self.discount + self.freight

    @property
    def refundable_amount(self) -> Decimal:
        """What can still be given back of the line."""
        return self.paid_amount - self.refunded_amount

    @property
    def free_quantity(self) -> int:
        """How many pieces are not under an open dispute."""
        return self.quantity - self.disputed_quantity

    @property
    def arrived_at(self) -> datetime | None:
        """When the buyer had the goods: confirmed receipt, else the carrier's delivery."""
        return self.received_at or self.delivered_at

    @property
    def stage(self) -> OrderStage:
        """The stage that after-sales rules ask for."""
        if self.arrived_at:
            return OrderStage.RECEIVED
        return OrderStage.IN_TRANSIT if self.shipped_at else OrderStage.UNSHIPPED


class OrderPayment(models.Model):
    """What was paid through one channel for an order; a refund never exceeds it and goes back the same way."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="payments", db_index=False)
    channel = models.CharField(_("channel"), max_length=40)
    ref = models.CharField(_("reference"), max_length=100, blank=True)
    amount = MoneyField(_("amount"))
    # The CSV names the channels but not how much went through each: then the split is ours, and said to be.
    estimated = models.BooleanField(_("split estimated"), default=False)
    refunded_amount = MoneyField(_("refunded"), default=0)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.UniqueConstraint(fields=["order", "channel", "ref"], name="one_payment_per_channel"),
            models.CheckConstraint(
                condition=Q(refunded_amount__gte=0, refunded_amount__lte=F("amount")),
                name="payment_refunded_within_paid",
            ),
        ]
        # What a gateway tells of by its own reference.
        indexes = [models.Index(fields=["ref"], name="payment_by_ref", condition=~Q(ref=""))]

    def __str__(self) -> str:
        return f"{self.channel} {self.amount}"
