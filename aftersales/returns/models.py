from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import Order
from merchants.models import Merchant
from portal.money import MoneyField


class Condition(models.TextChoices):
    """What the merchant found on opening the parcel."""

    INTACT = "intact", _("Complete and unharmed")
    USED = "used", _("Used")
    DAMAGED = "damaged", _("Damaged")
    WRONG = "wrong", _("Another item")
    EMPTY = "empty", _("Empty parcel")
    MISSING_PARTS = "missing_parts", _("Parts missing")


# Who bears the postage of the way back: for a freight-free return, the cost centre of its label.
FREIGHT = [
    ("buyer", _("Postage paid by the buyer")),
    ("merchant", _("Postage paid by the seller")),
    ("platform", _("Postage paid by the platform")),
]

# What makes the goods worth less. Another item or an empty parcel is no case for a deduction, but for contesting.
DEDUCTIBLE = (Condition.USED, Condition.DAMAGED, Condition.MISSING_PARTS)


class ReturnShipment(models.Model):
    """Goods on their way back to the merchant: where to, by whom, since when, and how they arrived."""

    case = models.CharField(_("case"), max_length=20, unique=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="returns")
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="returns")
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="returns")
    # Frozen when the return is agreed: a merchant who moves house does not lose a parcel.
    to_name = models.CharField(max_length=200, blank=True)
    to_phone = models.CharField(max_length=40, blank=True)
    to_address = models.TextField(blank=True)
    freight_payer = models.CharField(max_length=8, choices=FREIGHT)
    carrier = models.CharField(_("carrier"), max_length=60, blank=True)
    tracking = models.CharField(_("tracking number"), max_length=60, blank=True)
    agreed_at = models.DateTimeField()
    shipped_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    inspected_at = models.DateTimeField(null=True)
    condition = models.CharField(_("condition"), max_length=13, choices=Condition.choices, blank=True)
    note = models.TextField(blank=True)
    # What the merchant proposes to take off the refund, in the order's currency; none where nothing is proposed.
    deduction = MoneyField(_("deduction"), null=True)
    # What the buyer paid for the way back without having to, by the receipt; in the order's currency.
    freight_paid = MoneyField(_("postage paid by the buyer"), null=True)

    class Meta:
        indexes = [models.Index(fields=["tracking"], name="return_by_tracking", condition=~models.Q(tracking=""))]

    def __str__(self) -> str:
        return f"{self.case} {self.tracking}"

    @property
    def to_line(self) -> str:
        """Name, phone and address in one line, as carriers' forms take them in one paste."""
        parts = (self.to_name, self.to_phone, " ".join(self.to_address.split()))
        return " ".join(part for part in parts if part)


class Interception(models.Model):
    """A parcel that its carrier is to stop on the way to the buyer; empty until the carrier was asked."""

    case = models.CharField(_("case"), max_length=20, unique=True)
    carrier = models.CharField(_("carrier"), max_length=60, blank=True)
    tracking = models.CharField(_("tracking number"), max_length=60, blank=True)
    agreed_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["tracking"], name="stopped_by_tracking", condition=~models.Q(tracking=""))]

    def __str__(self) -> str:
        return f"{self.case} {self.tracking}"


class CarrierNews(models.TextChoices):
    """What a carrier says of a parcel."""

    PICKED_UP = "picked_up", _("Picked up")
    IN_TRANSIT = "in_transit", _("On its way")
    DELIVERED = "delivered", _("Delivered")
    EXCEPTION = "exception", _("Held up")
    LOST = "lost", _("Lost")
    RETURNED = "returned_to_sender", _("Returned to the sender")
    INTERCEPTED = "intercepted", _("Stopped on its way")
    BILLED = "billed", _("Postage billed")


class CarrierEvent(models.Model):
    """One event of a parcel as its carrier told it, kept once; `case` stays empty while no case knows the parcel."""

    carrier = models.CharField(_("carrier"), max_length=60)
    tracking = models.CharField(_("tracking number"), max_length=60)
    event = models.CharField(max_length=100)  # the carrier's own id
    kind = models.CharField(_("event"), max_length=18, choices=CarrierNews.choices)
    at = models.DateTimeField(_("when"))
    place = models.CharField(_("place"), max_length=200, blank=True)
    case = models.CharField(_("case"), max_length=20, blank=True, db_index=True)
    # What the carrier bills for the parcel, and whose cost centre it was posted to; of `billed` only.
    amount = MoneyField(_("amount"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    booked_to = models.CharField(_("booked to"), max_length=8, choices=FREIGHT, blank=True)
    recorded_at = models.DateTimeField(_("recorded"))

    class Meta:
        verbose_name = _("carrier's event")
        verbose_name_plural = _("carriers' events")
        constraints = [models.UniqueConstraint(fields=["carrier", "tracking", "event"], name="carrier_event_once")]

    def __str__(self) -> str:
        return f"{self.carrier} {self.tracking} {self.kind}"
