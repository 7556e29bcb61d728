"""What carriers say of parcels, sent by the marketplace."""

from datetime import UTC
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.services.parcels import News, take_news
from aftersales.returns.models import CarrierEvent, CarrierNews
from portal.accounts.models import Duty
from portal.money import plain
from portal.rest.fields import AmountField, instant
from portal.rest.forms import validated
from portal.rest.problems import Problem


class CarrierEventGiven(serializers.Serializer[Any]):
    """One event of a parcel; `event` is the carrier's own id of it, `at` when it happened."""

    carrier = serializers.CharField(max_length=60)
    tracking = serializers.CharField(max_length=60)
    event = serializers.CharField(max_length=100)
    kind = serializers.ChoiceField(choices=CarrierNews.choices)
    at = serializers.DateTimeField()
    place = serializers.CharField(max_length=200, allow_blank=True, default="")
    amount = AmountField(required=False, allow_null=True, default=None, help_text="what is billed; of `billed` only")
    currency = serializers.CharField(max_length=3, allow_blank=True, default="")


class CarrierEventBody(serializers.Serializer[Any]):
    """An event as it is kept; `case` is null while no case knows the parcel."""

    carrier = serializers.CharField()
    tracking = serializers.CharField()
    event = serializers.CharField()
    kind = serializers.CharField()
    at = serializers.DateTimeField()
    place = serializers.CharField()
    amount = AmountField(allow_null=True)
    currency = serializers.CharField(allow_null=True)
    case = serializers.CharField(allow_null=True)


class CarrierEventsView(APIView):
    """Events of parcels."""

    scopes = {"POST": "orders:write"}

    @extend_schema(
        operation_id="carrier_events_create",
        request=CarrierEventGiven,
        responses={200: CarrierEventBody, 201: CarrierEventBody},
    )
    def post(self, request: Request) -> Response:
        """Keep an event of a parcel and move the case it concerns. For the marketplace's keys.

        The same carrier, tracking number and event id again change nothing and are answered 200.
        """
        if getattr(request.user, "duty", "") not in {Duty.PLATFORM, Duty.MARKETPLACE}:
            raise PermissionDenied(_("Only the marketplace's keys may send carriers' events."))
        sent = validated(CarrierEventGiven, request.data)
        try:
            event, is_new = take_news(news=News(**sent), now=timezone.now())
        except RuleBroken as broken:
            errors = {broken.field: [broken.message]} if broken.field else {}
            raise Problem(422, broken.code, broken.message, errors=errors) from broken
        return Response(_body(event), status=201 if is_new else 200)


def _body(event: CarrierEvent) -> dict[str, Any]:
    return {
        "carrier": event.carrier,
        "tracking": event.tracking,
        "event": event.event,
        "kind": event.kind,
        "at": instant(event.at.astimezone(UTC)),
        "place": event.place,
        "amount": plain(event.amount, event.currency) if event.amount is not None else None,
        "currency": event.currency or None,
        "case": event.case or None,
    }
