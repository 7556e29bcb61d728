"""Settlements over REST: the marketplace asks before it pays a seller; sellers read what was paid and kept."""

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from aftersales.orders.models import Order
from aftersales.settlements import services
from aftersales.settlements.models import Settlement
from portal.accounts.models import Duty, User
from portal.rest.fields import AmountField, amount, instant
from portal.rest.forms import validated
from portal.rest.idempotency import idempotent
from portal.rest.pagination import OpaqueCursor
from portal.rest.problems import Problem


class SettlementGiven(serializers.Serializer[Any]):
    """An order whose money is to be paid to its seller; `reference` is the marketplace's own: it counts once."""

    reference = serializers.CharField(max_length=120)
    order = serializers.CharField(max_length=120)
    currency = serializers.CharField(min_length=3, max_length=3)
    fee = AmountField(default="0", help_text="What the marketplace keeps.")


class SettlementBody(serializers.Serializer[Any]):
    """What may be paid to the seller, and what was kept; gross = fee + netted + to_deposit + paid_out."""

    reference = serializers.CharField()
    order = serializers.CharField()
    merchant = serializers.CharField()
    currency = serializers.CharField()
    gross = AmountField()
    fee = AmountField()
    netted = AmountField(min_value=None, help_text="Kept for what the seller owed; below zero, paid out along with it.")
    to_deposit = AmountField(help_text="Put into the seller's deposit, which had been too low for too long.")
    paid_out = AmountField(help_text="What the marketplace may hand to the seller.")
    held = AmountField(help_text="Held for open cases; settle again, under another reference, when they are closed.")
    settled_at = serializers.DateTimeField()


class SettlementViewSet(GenericViewSet[Settlement]):
    """Settlements: a seller's own, all for the marketplace."""

    scopes = {"GET": "orders:read", "POST": "orders:write"}
    lookup_field = "reference"
    lookup_url_kwarg = "ref"
    lookup_value_regex = "[^/]+"
    serializer_class = SettlementBody
    pagination_class = OpaqueCursor
    queryset = Settlement.objects.none()

    @extend_schema(responses=SettlementBody(many=True))
    def list(self, request: Request) -> Response:
        """List settlements, newest first."""
        rows = self.paginate_queryset(_visible(request).order_by("-id"))
        return self.get_paginated_response([_body(settlement) for settlement in rows or []])

    @extend_schema(responses=SettlementBody)
    def retrieve(self, request: Request, ref: str) -> Response:
        """Return one by its reference."""
        return Response(_body(get_object_or_404(_visible(request), reference=ref)))

    @extend_schema(request=SettlementGiven, responses={200: SettlementBody, 201: SettlementBody})
    @idempotent
    def create(self, request: Request) -> Response:
        """Ask what of an order may be paid to the seller now, and book it. For the marketplace's keys.

        What open cases claim is held. The same reference again changes nothing and is answered 200.
        """
        if cast(User, request.user).duty not in {Duty.PLATFORM, Duty.MARKETPLACE}:
            raise PermissionDenied(_("Only the marketplace's keys may settle orders."))
        sent = validated(SettlementGiven, request.data)
        order = Order.objects.filter(number=sent["order"]).first()
        if order is None:
            raise _wrong("order", _("There is no such order."))
        if sent["currency"] != order.currency:
            raise _wrong("currency", _("The order was paid in %(currency)s.") % {"currency": order.currency})
        try:
            done = services.settle(reference=sent["reference"], order=order, fee=sent["fee"], now=timezone.now())
        except services.Refused as refused:
            raise _wrong(refused.field, str(refused)) from refused
        except services.NothingToRelease as nothing:
            raise Problem(
                409, "nothing_to_settle", str(nothing), held=amount(nothing.held, order.currency), final=True
            ) from nothing
        except services.SettledOtherwise as differs:
            raise Problem(409, "settlement_differs", str(differs), final=True) from differs
        found = _visible(request).get(pk=done.settlement.pk)
        return Response(_body(found), status=201 if done.is_new else 200)


def _visible(request: Request) -> Any:
    return Settlement.objects.visible_to(cast(User, request.user)).select_related("order", "merchant")


def _wrong(field: str, words: str) -> Problem:
    return Problem(422, "settlement_refused", words, errors={field: [words]})


def _body(settlement: Settlement) -> dict[str, Any]:
    figures = ("gross", "fee", "netted", "to_deposit", "paid_out", "held")
    return {
        "reference": settlement.reference,
        "order": settlement.order.number,
        "merchant": settlement.merchant.ref,
        "currency": settlement.currency,
        **{name: amount(getattr(settlement, name), settlement.currency) for name in figures},
        "settled_at": instant(settlement.settled_at),
    }
