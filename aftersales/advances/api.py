"""Advance compensation over REST: a seller's people read what they owe and object."""

from collections.abc import Sequence
from typing import Any, cast

from django.core.exceptions import PermissionDenied
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

from aftersales.advances import services
from aftersales.advances.coverage import Standing, standings
from aftersales.advances.models import Advance, AdvanceQuerySet, AdvanceState, Ground
from portal.accounts.models import User
from portal.rest.fields import AmountField, amount, instant, public_id
from portal.rest.forms import validated
from portal.rest.idempotency import idempotent
from portal.rest.pagination import OpaqueCursor
from portal.rest.problems import Problem


class AdvanceBody(serializers.Serializer[Any]):
    """What the platform paid a buyer first, and what the seller owes for it."""

    id = serializers.CharField()
    case = serializers.CharField()
    merchant = serializers.CharField()
    ground = serializers.CharField(help_text=", ".join(Ground.values))
    rule = serializers.CharField()
    state = serializers.CharField(help_text=", ".join(AdvanceState.values))
    amount = AmountField()
    owed = AmountField()
    recovered = AmountField(help_text="Paid by the seller's own money")
    open = AmountField(help_text="Owed and not covered")
    borne = AmountField(help_text="Borne by the platform; recovered + open + borne = amount")
    currency = serializers.CharField()
    paid_at = serializers.DateTimeField()
    object_until = serializers.DateTimeField()
    objection = serializers.CharField()
    answer = serializers.CharField()
    correction = serializers.CharField(help_text="Why the answer was turned round, if it was")
    ended_at = serializers.DateTimeField(allow_null=True)
    recovered_at = serializers.DateTimeField(allow_null=True, help_text="When the seller's money covered it in full")


class AdvanceObjection(serializers.Serializer[Any]):
    """Why it is not owed."""

    text = serializers.CharField(max_length=services.TEXT_LENGTH)


_STATE = OpenApiParameter("state", OpenApiTypes.STR, enum=AdvanceState.values)


class AdvanceViewSet(GenericViewSet[Advance]):
    """Advances that the caller may see: a seller's own, all for the platform."""

    scopes = {"GET": "disputes:read", "POST": "disputes:write"}
    lookup_field = "pk"
    lookup_url_kwarg = "ref"
    lookup_value_regex = "advance_[0-9]+"
    serializer_class = AdvanceBody
    pagination_class = OpaqueCursor
    queryset = Advance.objects.none()

    @extend_schema(responses=AdvanceBody(many=True), parameters=[_STATE])
    def list(self, request: Request) -> Response:
        """List advances, newest first."""
        found = _visible(request)
        if state := request.query_params.get("state", ""):
            if state not in AdvanceState.values:
                text = _("`state` is one of %(states)s.") % {"states": ", ".join(AdvanceState.values)}
                raise Problem(400, "bad_parameter", text, errors={"state": [text]})
            found = found.filter(state=state)
        rows = self.paginate_queryset(found.order_by("-id"))
        return self.get_paginated_response(_bodies(rows or []))

    @extend_schema(responses=AdvanceBody)
    def retrieve(self, request: Request, ref: str) -> Response:
        """Return one by its id."""
        return Response(_bodies([_one(request, ref)])[0])

    @extend_schema(request=AdvanceObjection, responses=AdvanceBody)
    @action(detail=True, methods=["post"], url_path="object")
    @idempotent
    def object_to(self, request: Request, ref: str) -> Response:
        """Object; the platform's staff answers with reasons, and nothing is taken until then."""
        found, sent = _one(request, ref), validated(AdvanceObjection, request.data)
        try:
            services.object_to(advance=found, actor=cast(User, request.user), now=timezone.now(), text=sent["text"])
        except services.NotForYou as not_yours:
            raise PermissionDenied(str(not_yours)) from not_yours
        except services.WordsMissing as wrong:
            raise Problem(422, "words_missing", str(wrong), errors={"text": [str(wrong)]}) from wrong
        except services.NotOpen as late:
            raise Problem(409, "not_open", str(late)) from late
        return Response(_bodies([_one(request, ref)])[0])


def _visible(request: Request) -> AdvanceQuerySet:
    return Advance.objects.visible_to(cast(User, request.user)).select_related("merchant")


def _one(request: Request, ref: str) -> Advance:
    return get_object_or_404(_visible(request), pk=int(ref.removeprefix("advance_")))


def _bodies(advances: Sequence[Advance]) -> list[dict[str, Any]]:
    shares = standings(advances)
    return [_body(advance, shares[advance.pk]) for advance in advances]


def _body(advance: Advance, shares: Standing) -> dict[str, Any]:
    return {
        "id": public_id("advance", advance.pk),
        "case": advance.case,
        "merchant": advance.merchant.ref,
        "ground": advance.ground,
        "rule": advance.rule,
        "state": advance.state,
        "amount": amount(advance.amount, advance.currency),
        "owed": amount(advance.owed, advance.currency),
        **{name: amount(getattr(shares, name), advance.currency) for name in ("recovered", "open", "borne")},
        "currency": advance.currency,
        "paid_at": instant(advance.paid_at),
        "object_until": instant(advance.object_until),
        "objection": advance.objection,
        "answer": advance.answer,
        "correction": advance.correction,
        "ended_at": instant(advance.ended_at),
        "recovered_at": instant(advance.recovered_at),
    }
