"""What an order looks like over REST, coming in and going out."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from aftersales.orders.models import OrderStage, OrderStatus
from aftersales.orders.promotions import PromotionKind
from portal.rest.fields import AmountField

MOST_LINES = 500
_NEEDS = {PromotionKind.BUNDLE: {"pieces", "free"}, PromotionKind.GIFT: {"gift", "value"}}


class MerchantGiven(serializers.Serializer[Any]):
    """The shop; made where the reference is new."""

    ref = serializers.CharField(max_length=100)
    name = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


class BuyerGiven(serializers.Serializer[Any]):
    """The buyer; made where the reference is new."""

    ref = serializers.CharField(max_length=100)
    name = serializers.CharField(max_length=150, required=False, default="", allow_blank=True)
    email = serializers.EmailField(required=False, default="", allow_blank=True)


class LineGiven(serializers.Serializer[Any]):
    """One order line. What is left out or null never erases what is known."""

    line = serializers.CharField(max_length=60)
    sku = serializers.CharField(max_length=100)
    category = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)
    title = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    quantity = serializers.IntegerField(min_value=1, max_value=1_000_000)
    unit_price = AmountField()
    discount = AmountField(required=False, allow_null=True)
    freight = AmountField(required=False, allow_null=True)
    status = serializers.CharField(max_length=20, help_text=", ".join(OrderStatus.values))
    no_reason_waived = serializers.BooleanField(
        required=False,
        default=False,
        help_text="The buyer confirmed when buying that a return without reason is excluded.",
    )
    ship_by = serializers.DateTimeField(required=False, allow_null=True)
    shipped_at = serializers.DateTimeField(required=False, allow_null=True)
    promised_by = serializers.DateTimeField(required=False, allow_null=True)
    delivered_at = serializers.DateTimeField(required=False, allow_null=True)
    received_at = serializers.DateTimeField(required=False, allow_null=True)
    review_score = serializers.IntegerField(min_value=1, max_value=5, required=False, allow_null=True)
    review_text = serializers.CharField(max_length=10_000, required=False, default="", allow_blank=True)
    review_at = serializers.DateTimeField(required=False, allow_null=True)


class PaymentGiven(serializers.Serializer[Any]):
    """What one channel was paid. Without amounts the total is shared out equally, and marked as estimated."""

    channel = serializers.CharField(max_length=40)
    ref = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)
    amount = AmountField(required=False, allow_null=True)


class PromotionGiven(serializers.Serializer[Any]):
    """What made the order cheaper, and its condition; the lines' discounts already contain what it took off."""

    kind = serializers.ChoiceField(PromotionKind.choices)
    lines = serializers.ListField(
        child=serializers.CharField(max_length=60),
        required=False,
        max_length=MOST_LINES,
        help_text="The lines that it counts; left out, all of them.",
    )
    threshold = AmountField(required=False, help_text="From which total of unit prices on.")
    off = AmountField(required=False, help_text="What is taken off the goods, or the freight that is not charged.")
    pieces = serializers.IntegerField(
        min_value=2, max_value=1000, required=False, help_text="bundle: of so many pieces ..."
    )
    free = serializers.IntegerField(
        min_value=1, max_value=1000, required=False, help_text="bundle: ... so many cheapest ones cost nothing."
    )

    gift = serializers.CharField(
        max_length=60, required=False, help_text="gift: the line, at no price, that was given with the goods."
    )
    value = AmountField(required=False, help_text="gift: what one piece of it is worth, deducted where it is kept.")

    def validate(self, told: dict[str, Any]) -> dict[str, Any]:
        """Have what the kind needs, and nothing else."""
        needs = _NEEDS.get(told["kind"], {"threshold", "off"})
        given = told.keys() - {"kind", "lines"}
        if told["kind"] == PromotionKind.GIFT:
            given -= {"threshold"}
        if given != needs:
            raise serializers.ValidationError(
                _("%(kind)s needs %(fields)s.") % {"kind": told["kind"], "fields": ", ".join(sorted(needs))}
            )
        if told.get("free", 0) >= told.get("pieces", 1):
            raise serializers.ValidationError(_("Fewer pieces can be free than are counted."))
        return told


class OrderGiven(serializers.Serializer[Any]):
    """What one buyer bought from one merchant. Send the same `ref` again for each further merchant of a purchase."""

    ref = serializers.CharField(max_length=100)
    merchant = MerchantGiven()
    buyer = BuyerGiven()
    currency = serializers.CharField(min_length=3, max_length=3)
    market = serializers.CharField(
        max_length=8,
        required=False,
        default="",
        allow_blank=True,
        help_text="Whose rules apply, such as cn or eu; left out, the currency decides.",
    )
    paid_at = serializers.DateTimeField(required=False, allow_null=True)
    lines = LineGiven(many=True, allow_empty=False, max_length=MOST_LINES)  # type: ignore[call-arg]  # of the list
    payments = PaymentGiven(many=True, required=False, max_length=20)  # type: ignore[call-arg]  # of the list
    promotions = PromotionGiven(many=True, required=False, max_length=10)  # type: ignore[call-arg]  # of the list

    def validate_lines(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Have each line once."""
        if len({line["line"] for line in lines}) < len(lines):
            raise serializers.ValidationError(_("The same line is there twice."))
        return lines


class PartyBody(serializers.Serializer[Any]):
    """A merchant."""

    ref = serializers.CharField()
    name = serializers.CharField()


class LineBody(serializers.Serializer[Any]):
    """An order line; amounts in the order's currency."""

    line = serializers.CharField()
    sku = serializers.CharField()
    category = serializers.CharField()
    title = serializers.CharField()
    quantity = serializers.IntegerField()
    disputed_quantity = serializers.IntegerField()
    unit_price = AmountField()
    discount = AmountField()
    freight = AmountField()
    paid_amount = AmountField()
    refunded_amount = AmountField()
    status = serializers.CharField(help_text=", ".join(OrderStatus.values))
    stage = serializers.CharField(help_text=", ".join(OrderStage.values))
    no_reason_waived = serializers.BooleanField()
    ship_by = serializers.DateTimeField(allow_null=True)
    shipped_at = serializers.DateTimeField(allow_null=True)
    promised_by = serializers.DateTimeField(allow_null=True)
    delivered_at = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField(allow_null=True)
    review_score = serializers.IntegerField(allow_null=True)
    review_text = serializers.CharField()
    review_at = serializers.DateTimeField(allow_null=True)


class PaymentBody(serializers.Serializer[Any]):
    """A payment; `estimated` where the split over channels is ours."""

    channel = serializers.CharField()
    ref = serializers.CharField()
    amount = AmountField()
    refunded_amount = AmountField()
    estimated = serializers.BooleanField()


class OrderBody(serializers.Serializer[Any]):
    """An order: one merchant's share of a purchase; `parts` are the numbers of all shares that the caller may see."""

    number = serializers.CharField()
    ref = serializers.CharField()
    parts = serializers.ListField(child=serializers.CharField())
    merchant = PartyBody()
    buyer = serializers.CharField(allow_null=True)
    currency = serializers.CharField()
    market = serializers.CharField(help_text="Empty where the currency decides.")
    status = serializers.CharField(help_text=", ".join(OrderStatus.values))
    paid_at = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField()
    total = AmountField()
    lines = LineBody(many=True)
    promotions = PromotionGiven(many=True)
    payments = PaymentBody(many=True)
