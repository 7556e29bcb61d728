from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from aftersales.disputes.api import answers, body, examples, filters, records
from aftersales.disputes.api import serializers as given
from aftersales.disputes.api.acting import answering, case_of, user_of
from aftersales.disputes.api.parts import case_for
from aftersales.disputes.clock_ledger import turns
from aftersales.disputes.evidence.inspection import LIMITS
from aftersales.disputes.evidence.services import add_evidence
from aftersales.disputes.evidence.views import served
from aftersales.disputes.models import Dispute
from aftersales.disputes.permissions import role_of
from aftersales.disputes.services.claims import open_claim
from aftersales.disputes.services.filing import open_dispute
from aftersales.disputes.services.messages import post_message, readable_messages
from aftersales.orders.models import Order
from aftersales.orders.reading import order_for
from aftersales.policies.claims import CLAIMS
from portal.rest.fields import number_of
from portal.rest.forms import validated
from portal.rest.idempotency import idempotent
from portal.rest.pagination import OpaqueCursor
from portal.rest.parsers import UploadParser
from portal.rest.problems import Problem
from portal.rest.versions import etag

SCOPES = {"GET": "disputes:read", "POST": "disputes:write"}


class EvidenceParser(UploadParser):
    """Uploads up to the largest file that evidence may be, and the form around it."""

    most = max(LIMITS.values()) + 1024 * 1024


class DisputeViewSet(GenericViewSet[Dispute]):
    """Cases: those of the caller as buyer, those of the caller's shop, all for the platform."""

    scopes = SCOPES
    lookup_field = "number"
    lookup_value_regex = "[A-Za-z0-9-]+"
    pagination_class = OpaqueCursor
    serializer_class = answers.CaseBody
    queryset = Dispute.objects.none()

    @extend_schema(parameters=filters.PARAMETERS, responses=answers.CaseSummary(many=True))
    def list(self, request: Request) -> Response:
        """List cases, newest first unless a filter says otherwise."""
        cases = filters.filtered(Dispute.objects.visible_to(user_of(request)), request.query_params)
        return self._page(cases.values(*body.COLUMNS), body.summary)

    def retrieve(self, request: Request, number: str) -> Response:
        """Return one case, with what the caller may do on it. Its ETag goes into If-Match of an action."""
        user = user_of(request)
        case = case_for(user, number)
        return Response(body.body(case, user, now=timezone.now()), headers={"ETag": etag(case.version)})

    @extend_schema(request=given.Opening, responses={201: answers.CaseBody}, examples=examples.OPENING)
    @idempotent
    def create(self, request: Request) -> Response:
        """Open a case; where a plan of the merchant answers, its offers are already in the answer.

        Buyers open their own; marketplace keys open on behalf of the order's buyer. A seller's key opens what sellers
        open against buyers: `returned_goods_dispute` (`about`: the case with the return) and `buyer_abuse_report`.
        """
        sent, user, now = validated(given.Opening, request.data), user_of(request), timezone.now()
        order = _order(request, sent["order"])
        with answering(request):
            if sent["type"] in CLAIMS and order.buyer_id != user.pk:
                case = open_claim(order=order, actor=user, now=now, **given.claim_arguments(sent))
            else:
                case = open_dispute(order=order, actor=user, now=now, **given.opening_arguments(sent))
        case.merchant, case.buyer = order.merchant, order.buyer
        headers = {"ETag": etag(case.version), "Location": f"/api/v1/disputes/{case.number}/"}
        return Response(body.new_body(case, user, now=now), status=201, headers=headers)

    @extend_schema(responses=answers.TimelineEntry(many=True))
    @action(detail=True)
    def timeline(self, request: Request, number: str) -> Response:
        """List what happened, oldest first, each entry chained to the one before by hash."""
        case = case_of(Dispute.objects.visible_to(user_of(request)), number)
        return self._page(case.events.order_by("seq"), records.event)

    @extend_schema(responses=answers.TurnBody(many=True))
    @action(detail=True, pagination_class=None)
    def clocks(self, request: Request, number: str) -> Response:
        """List every clock of the case as it ran: with the rule pack anybody can recompute each deadline."""
        case = case_of(Dispute.objects.visible_to(user_of(request)), number)
        return Response([records.turn(ran) for ran in turns(case.events.order_by("seq"))])

    @extend_schema(responses=answers.MessageBody(many=True))
    @action(detail=True)
    def messages(self, request: Request, number: str) -> Response:
        """List the messages that are for the caller, oldest first."""
        case = case_of(Dispute.objects.visible_to(user_of(request)), number)
        return self._page(readable_messages(case, role_of(user_of(request), case)), records.message)

    @extend_schema(request=given.Saying, responses={201: answers.MessageBody})
    @messages.mapping.post
    @idempotent
    def say(self, request: Request, number: str) -> Response:
        """Write a message to the other side, to the platform, or as an internal note of one's own side."""
        case = case_of(Dispute.objects.visible_to(user_of(request)), number)
        sent = validated(given.Saying, request.data)
        with answering(request, case):
            said = post_message(dispute=case, actor=user_of(request), now=timezone.now(), **sent)
        return Response(records.message(said), status=201)

    @extend_schema(responses=answers.EvidenceBody(many=True))
    @action(detail=True, parser_classes=[EvidenceParser])
    def evidence(self, request: Request, number: str) -> Response:
        """List what was shown by either side, oldest first."""
        case = case_of(Dispute.objects.visible_to(user_of(request)), number)
        return self._page(case.evidence.order_by("at", "id"), lambda one: records.exhibit(one, case))

    @extend_schema(request={"multipart/form-data": given.Showing}, responses={201: answers.EvidenceBody})
    @evidence.mapping.post
    @idempotent
    def show(self, request: Request, number: str) -> Response:
        """Add a file: picture, PDF or MP4. While a ruling is prepared the other side gets its time to answer."""
        case = case_of(Dispute.objects.visible_to(user_of(request)), number)
        form = given.Showing(data=request.data)
        form.is_valid(raise_exception=True)
        sent = {**form.validated_data}
        with answering(request, case):
            upload = sent.pop("file")
            shown = add_evidence(dispute=case, actor=user_of(request), now=timezone.now(), upload=upload, **sent)
        return Response(records.exhibit(shown, case), status=201)

    def _page(self, rows: QuerySet[Any, Any], write: Callable[[Any], dict[str, Any]]) -> Response:
        return self.get_paginated_response([write(row) for row in self.paginate_queryset(rows) or []])


class EvidenceFile(APIView):
    """A file of evidence."""

    scopes = SCOPES

    @extend_schema(
        parameters=[OpenApiParameter("pk", str, "path", description="The evidence's `id`")],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, number: str, pk: str) -> FileResponse:
        """Download a file as it was stored: pictures without the place where they were taken."""
        case = case_of(Dispute.objects.visible_to(user_of(request)), number)
        found = case.evidence.filter(pk=number_of("evidence", pk) or 0).first()
        if found is None:
            raise Http404
        return served(found, case)


def _order(request: Request, number: str) -> Order:
    """Return an order that the caller may see, with what opening a case reads of it. Raises Problem."""
    order = order_for(user_of(request), number)
    if order is None:
        text = _("There is no order %(number)s, or it is not yours.") % {"number": number}
        raise Problem(404, "unknown_order", text, errors={"order": [text]})
    return order
