"""The way back of a case's goods over REST: where to, by whom, how it came, and what the postage came to."""

from datetime import UTC
from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aftersales.disputes.api.acting import case_of, user_of
from aftersales.disputes.models import Dispute
from aftersales.disputes.pages.postage import cap_of
from aftersales.returns.freight import Postage, postage_of
from aftersales.returns.models import CarrierEvent, Condition, ReturnShipment
from portal.rest.fields import AmountField, amount, instant

Answer = serializers.Serializer[Any]


class BillBody(Answer):
    """What a carrier billed for the way back."""

    amount = AmountField()
    currency = serializers.CharField()


class PostageBody(Answer):
    """Who bears the postage; `receipt` as the buyer gave it and what of it counts, in the case's currency."""

    payer = serializers.CharField(help_text="buyer, merchant, platform")
    bills = BillBody(many=True)
    receipt = AmountField(allow_null=True)
    counts = AmountField()
    cap = AmountField(allow_null=True)


class ReturnBody(Answer):
    """Goods on their way back to the seller; `deduction` in the case's currency."""

    to_name = serializers.CharField()
    to_phone = serializers.CharField()
    to_address = serializers.CharField()
    carrier = serializers.CharField(allow_null=True)
    tracking = serializers.CharField(allow_null=True)
    agreed_at = serializers.DateTimeField()
    shipped_at = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField(allow_null=True)
    inspected_at = serializers.DateTimeField(allow_null=True)
    condition = serializers.ChoiceField(choices=Condition.choices, allow_null=True)
    note = serializers.CharField()
    deduction = AmountField(allow_null=True)
    postage = PostageBody()


class ReturnView(APIView):
    """The return of a case."""

    scopes = {"GET": "disputes:read"}

    @extend_schema(operation_id="disputes_return", responses=ReturnBody)
    def get(self, request: Request, number: str) -> Response:
        """Show the way back of a case's goods and its postage; 404 where nothing goes back."""
        case = case_of(Dispute.objects.visible_to(user_of(request)), number)
        shipment = ReturnShipment.objects.filter(case=case.number).first()
        if shipment is None:
            raise Http404
        events = list(CarrierEvent.objects.filter(case=case.number, kind="billed").order_by("id"))
        return Response(_body(shipment, postage_of(shipment, events, cap_of(case)), case.currency))


def _body(shipment: ReturnShipment, postage: Postage, currency: str) -> dict[str, Any]:
    times = {name: getattr(shipment, name) for name in ("agreed_at", "shipped_at", "received_at", "inspected_at")}
    return {
        **{name: getattr(shipment, name) for name in ("to_name", "to_phone", "to_address", "note")},
        **{name: getattr(shipment, name) or None for name in ("carrier", "tracking", "condition")},
        **{name: instant(at.astimezone(UTC)) if at else None for name, at in times.items()},
        "deduction": amount(shipment.deduction, currency) if shipment.deduction is not None else None,
        "postage": {
            "payer": postage.payer,
            "bills": [{"amount": amount(sum_, code), "currency": code} for sum_, code in postage.bills],
            "receipt": amount(postage.receipt, currency) if postage.receipt else None,
            "counts": amount(postage.reimbursable, currency),
            "cap": amount(postage.cap, currency) if postage.cap is not None else None,
        },
    }
