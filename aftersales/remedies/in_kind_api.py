"""Points and coupons to be given back, over REST: read and answered by the marketplace, which keeps them."""

from collections.abc import Callable
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from aftersales.remedies.gateways import in_kind
from aftersales.remedies.gateways.models import InKindRefund, InKindRefusal, InKindState
from portal.accounts.models import Duty, User
from portal.rest.fields import AmountField, amount, instant
from portal.rest.forms import validated
from portal.rest.idempotency import idempotent
from portal.rest.pagination import OpaqueCursor
from portal.rest.problems import Problem


class InKindRefundBody(serializers.Serializer[Any]):
    """Points or a coupon to be given back to a buyer; `amount` is the money value that was paid with it."""

    key = serializers.CharField()
    kind = serializers.CharField(help_text="points, coupon")
    state = serializers.CharField(help_text=", ".join(InKindState.values))
    buyer = serializers.CharField(allow_null=True)
    order = serializers.CharField()
    case = serializers.CharField(allow_null=True)
    channel = serializers.CharField()
    payment = serializers.CharField(help_text="The marketplace's reference of the payment.")
    amount = AmountField()
    currency = serializers.CharField()
    reference = serializers.CharField()
    refusal = serializers.CharField(help_text=", ".join(InKindRefusal.values))
    reason = serializers.CharField()
    asked_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)


class InKindGiven(serializers.Serializer[Any]):
    """It was given back: the amount that was asked for, and the marketplace's own reference."""

    amount = AmountField()
    currency = serializers.CharField(min_length=3, max_length=3)
    reference = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")


class InKindRefused(serializers.Serializer[Any]):
    """It cannot be given back; a person then decides what the buyer gets instead."""

    refusal = serializers.ChoiceField(InKindRefusal.choices)
    reason = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


_STATE = OpenApiParameter("state", OpenApiTypes.STR, enum=InKindState.values)


class InKindRefundViewSet(GenericViewSet[InKindRefund]):
    """Refunds in points and coupons: a buyer's own, all for the marketplace."""

    scopes = {"GET": "orders:read", "POST": "orders:write"}
    lookup_field = "key"
    lookup_url_kwarg = "ref"
    lookup_value_regex = "[^/]+"
    serializer_class = InKindRefundBody
    pagination_class = OpaqueCursor
    queryset = InKindRefund.objects.none()

    @extend_schema(responses=InKindRefundBody(many=True), parameters=[_STATE])
    def list(self, request: Request) -> Response:
        """List what is to be given back, oldest first; `state=waiting` is what the marketplace has not answered."""
        found = _visible(request)
        if state := request.query_params.get("state", ""):
            if state not in InKindState.values:
                text = _("`state` is one of %(states)s.") % {"states": ", ".join(InKindState.values)}
                raise Problem(400, "bad_parameter", text, errors={"state": [text]})
            found = found.filter(state=state)
        rows = self.paginate_queryset(found.order_by("id"))
        return self.get_paginated_response([_body(asked) for asked in rows or []])

    @extend_schema(responses=InKindRefundBody)
    def retrieve(self, request: Request, ref: str) -> Response:
        """Return one by its key."""
        return Response(_body(get_object_or_404(_visible(request), key=ref)))

    @extend_schema(request=InKindGiven, responses=InKindRefundBody)
    @action(detail=True, methods=["post"])
    @idempotent
    def confirm(self, request: Request, ref: str) -> Response:
        """Say that it was given back; told again, nothing changes. For the marketplace's keys."""
        asked, sent = _for_marketplace(request, ref), validated(InKindGiven, request.data)
        return _answer(lambda: in_kind.confirm(asked=asked, now=timezone.now(), **sent))

    @extend_schema(request=InKindRefused, responses=InKindRefundBody)
    @action(detail=True, methods=["post"])
    @idempotent
    def refuse(self, request: Request, ref: str) -> Response:
        """Say that it cannot be given back, and why. For the marketplace's keys."""
        asked, sent = _for_marketplace(request, ref), validated(InKindRefused, request.data)
        return _answer(lambda: in_kind.refuse(asked=asked, now=timezone.now(), **sent))


def _visible(request: Request) -> QuerySet[InKindRefund]:
    return InKindRefund.objects.visible_to(cast(User, request.user)).select_related("buyer")


def _for_marketplace(request: Request, ref: str) -> InKindRefund:
    """Find one for whoever may answer. Raises Http404, PermissionDenied for those who may only look."""
    asked = get_object_or_404(_visible(request), key=ref)
    if cast(User, request.user).duty not in {Duty.PLATFORM, Duty.MARKETPLACE}:
        raise PermissionDenied(_("Only the marketplace's keys may answer for points and coupons."))
    return asked


def _answer(verb: Callable[[], InKindRefund]) -> Response:
    try:
        return Response(_body(verb()))
    except in_kind.WrongAmount as wrong:
        raise Problem(422, "wrong_amount", str(wrong), errors={"amount": [str(wrong)]}) from wrong
    except in_kind.NoLongerAsked as late:
        raise Problem(409, "no_longer_asked", str(late)) from late


def _body(asked: InKindRefund) -> dict[str, Any]:
    return {
        "key": asked.key,
        "kind": asked.kind,
        "state": asked.state,
        "buyer": asked.buyer.buyer_ref,
        "order": asked.order,
        "case": asked.case or None,
        "channel": asked.channel,
        "payment": asked.payment_ref,
        "amount": amount(asked.amount, asked.currency),
        "currency": asked.currency,
        "reference": asked.reference,
        "refusal": asked.refusal,
        "reason": asked.reason,
        "asked_at": instant(asked.asked_at),
        "answered_at": instant(asked.answered_at),
    }
