"""Store balances over REST: read by the buyer, drawn on by the marketplace."""

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aftersales.remedies import balances
from portal.accounts.models import Duty, User
from portal.rest.fields import AmountField, amount
from portal.rest.forms import validated
from portal.rest.idempotency import idempotent
from portal.rest.problems import Problem


class BalanceBody(serializers.Serializer[Any]):
    """What a buyer's account holds in one currency."""

    currency = serializers.CharField()
    amount = AmountField()


class DrawGiven(serializers.Serializer[Any]):
    """Spend balance on an order; `reference` is the marketplace's own, and makes it count once."""

    buyer = serializers.CharField(max_length=100)
    amount = AmountField()
    currency = serializers.CharField(min_length=3, max_length=3)
    reference = serializers.CharField(max_length=120)


class DrawBody(serializers.Serializer[Any]):
    """A draw, and what is left."""

    reference = serializers.CharField()
    amount = AmountField()
    currency = serializers.CharField()
    left = AmountField()


class BalancesView(APIView):
    """Store balances."""

    scopes = {"GET": "orders:read"}

    @extend_schema(
        operation_id="balances_list",
        parameters=[OpenApiParameter("buyer", str, description="Whose; for the marketplace's keys")],
        responses=BalanceBody(many=True),
    )
    def get(self, request: Request) -> Response:
        """List the caller's balances by currency, or for the marketplace's keys those of `buyer`."""
        whose = cast(User, request.user)
        if given := request.query_params.get("buyer", ""):
            whose = _buyer(request, given)
        return Response([{"currency": c, "amount": amount(sum_, c)} for c, sum_ in balances.balances_of(whose)])


class DrawsView(APIView):
    """Draws on store balances."""

    scopes = {"POST": "orders:write"}

    @extend_schema(operation_id="balances_draw", request=DrawGiven, responses={200: DrawBody, 201: DrawBody})
    @idempotent
    def post(self, request: Request) -> Response:
        """Spend a buyer's balance on an order. For the marketplace's keys.

        The same reference again changes nothing and is answered 200.
        """
        sent = validated(DrawGiven, request.data)
        buyer = _buyer(request, sent.pop("buyer"))
        try:
            drawn = balances.draw(buyer=buyer, now=timezone.now(), **sent)
        except ValueError as wrong:
            raise Problem(422, "draw_refused", str(wrong), errors={"amount": [str(wrong)]}) from wrong
        except balances.NotEnough as short:
            raise Problem(422, "balance_too_low", str(short), available=_left(short)) from short
        except balances.DrawnOtherwise as differs:
            raise Problem(409, "draw_differs", str(differs), final=True) from differs
        body = {
            "reference": drawn.reference,
            "amount": amount(drawn.amount, drawn.currency),
            "currency": drawn.currency,
            "left": amount(drawn.left, drawn.currency),
        }
        return Response(body, status=201 if drawn.is_new else 200)


def _buyer(request: Request, ref: str) -> User:
    """Find a buyer for the marketplace. Raises PermissionDenied for anybody else, Http404."""
    if getattr(request.user, "duty", "") not in {Duty.PLATFORM, Duty.MARKETPLACE}:
        raise PermissionDenied(_("Only the marketplace's keys may ask for another's balance."))
    return get_object_or_404(User, buyer_ref=ref)


def _left(short: balances.NotEnough) -> dict[str, str]:
    return {"amount": amount(short.available, short.currency), "currency": short.currency}
