from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from aftersales.disputes.api import body as bodies
from aftersales.disputes.api import schema
from aftersales.disputes.api.inputs import INPUTS, Opening
from aftersales.disputes.codes import Audience, Status
from aftersales.disputes.errors import DisputeMoved, NotAllowed, RuleBroken
from aftersales.disputes.evidence.services import add_evidence
from aftersales.disputes.models import Dispute
from aftersales.disputes.permissions import role_of
from aftersales.disputes.services.filing import open_dispute
from aftersales.disputes.services.messages import post_message, readable_messages
from aftersales.disputes.workflow import ACTIONS, STAGES
from aftersales.orders.models import Order
from portal.accounts.models import User
from portal.rest.idempotency import idempotent
from portal.rest.pagination import OpaqueCursor
from portal.rest.problems import Problem


class ByUpdate(OpaqueCursor):
    """Newest change first: what a synchronising client wants."""

    ordering = ("-updated_at", "-id")  # type: ignore[assignment]


class Saying(serializers.Serializer[Any]):
    """A message."""

    body = serializers.CharField(max_length=2000)
    audience = serializers.ChoiceField(choices=Audience.choices, default=Audience.PARTIES)


class Showing(serializers.Serializer[Any]):
    """A file of evidence."""

    file = serializers.FileField()
    slot = serializers.CharField(max_length=40, allow_blank=True, default="")
    caption = serializers.CharField(max_length=200, allow_blank=True, default="")


class DisputeViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Dispute]):
    """Cases: those of the caller, as buyer, as merchant or for the platform."""

    scopes = {"GET": "disputes:read", "POST": "disputes:write"}
    lookup_field = "number"
    lookup_value_regex = "[A-Za-z0-9-]+"
    pagination_class = ByUpdate
    serializer_class = schema.Case
    queryset = Dispute.objects.none()

    @property
    def user(self) -> User:
        """Who calls."""
        assert isinstance(self.request.user, User)  # noqa: S101 - HasScope lets only keys in
        return self.request.user

    def handle_exception(self, exc: Exception) -> Response:
        """Tell what the case's rules say in the words of HTTP."""
        if isinstance(exc, DisputeMoved):
            case = bodies.whole(self.user).get(pk=exc.dispute.pk)
            current = bodies.body(case, self.user, now=timezone.now())
            exc = Problem(409, "dispute_moved", str(exc), current=current, allowed_actions=current["allowed_actions"])
        elif isinstance(exc, RuleBroken):
            exc = Problem(422, exc.code, exc.message, errors={exc.field: [exc.message]} if exc.field else {})
        elif isinstance(exc, NotAllowed):
            exc = Problem(403, "not_allowed", str(exc), allowed_actions=self._still_allowed())
        return super().handle_exception(exc)

    @extend_schema(
        parameters=[
            OpenApiParameter("status", str, description="A status, or several with commas"),
            OpenApiParameter("stage", str, description="negotiation, return, intervention, fulfilment, paused, done"),
            OpenApiParameter("awaiting", str, description="Whose turn it is"),
            OpenApiParameter("merchant", str, description="Merchant reference"),
            OpenApiParameter("due_before", OpenApiTypes.DATETIME),
            OpenApiParameter("updated_since", OpenApiTypes.DATETIME),
        ],
        responses=schema.CaseSummary(many=True),
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List cases, newest change first."""
        page = self.paginate_queryset(self._filtered(request.query_params))
        return self.get_paginated_response([bodies.summary(case) for case in page or []])

    @extend_schema(responses=schema.Case)
    def retrieve(self, request: Request, number: str) -> Response:
        """Return one case, with what the caller may do on it."""
        case = get_object_or_404(bodies.whole(self.user), number=number)
        etag = f'"{case.version}"'
        if request.headers.get("If-None-Match") == etag:
            return Response(status=304, headers={"ETag": etag})
        return self._answer(case)

    @extend_schema(request=Opening, responses={201: schema.Case}, parameters=[schema.IDEMPOTENCY])
    @idempotent
    def create(self, request: Request) -> Response:
        """Open a case; where a plan of the merchant matches, its offers are already in the answer."""
        form = Opening(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        case = open_dispute(
            order=self._order(given["order"], [line["line"] for line in given["lines"]]),
            actor=self.user,
            now=timezone.now(),
            lines=[(line["line"], line["quantity"]) for line in given["lines"]],
            type=given["type"],
            reason=given["reason"],
            wants=given["wants"]["remedy"],
            amount=given["wants"].get("amount"),
            statement=given["statement"],
        )
        return self._answer(case, status=201)

    @extend_schema(
        request=OpenApiTypes.OBJECT,
        responses={200: schema.Case, 409: OpenApiResponse(schema.Moved), 422: OpenApiResponse(schema.ProblemBody)},
        parameters=[
            OpenApiParameter("action", str, "path", enum=sorted(a.replace("_", "-") for a in ACTIONS)),
            OpenApiParameter("If-Match", str, "header", description="Act only on this version of the case (ETag)"),
            schema.IDEMPOTENCY,
        ],
    )
    @action(detail=True, methods=["post"], url_path="(?P<action>[a-z-]+)", url_name="act")
    @idempotent
    def act(self, request: Request, number: str, action: str) -> Response:
        """Take an action of the workflow; `allowed_actions` of the case says which, and what each takes."""
        case = get_object_or_404(Dispute.objects.visible_to(self.user), number=number)
        given = INPUTS.get(action.replace("-", "_"))
        if given is None:
            raise Http404
        form = given.serializer(data=request.data)
        form.is_valid(raise_exception=True)
        given.verb(
            dispute=case,
            actor=self.user,
            now=timezone.now(),
            expected_version=_expected_version(request),
            **form.validated_data,
        )
        return self._answer(bodies.whole(self.user).get(pk=case.pk))

    @extend_schema(responses=schema.TimelineEntry(many=True))
    @action(detail=True, methods=["get"], pagination_class=None)
    def timeline(self, request: Request, number: str) -> Response:
        """Return everything that happened, each entry chained to the one before by hash."""
        case = get_object_or_404(Dispute.objects.visible_to(self.user), number=number)
        return Response([bodies.event(entry) for entry in case.events.all()])

    @extend_schema(methods=["GET"], responses=schema.MessageBody(many=True))
    @extend_schema(
        methods=["POST"], request=Saying, responses={201: schema.MessageBody}, parameters=[schema.IDEMPOTENCY]
    )
    @action(detail=True, methods=["get", "post"], pagination_class=None)
    def messages(self, request: Request, number: str) -> Response:
        """Read the messages that are for the caller, or write one."""
        case = get_object_or_404(Dispute.objects.visible_to(self.user), number=number)
        if request.method == "GET":
            found = readable_messages(case, role_of(self.user, case))
            return Response([bodies.message(said) for said in found])
        return self._say(request, case)

    @idempotent
    def _say(self, request: Request, case: Dispute) -> Response:
        form = Saying(data=request.data)
        form.is_valid(raise_exception=True)
        said = post_message(dispute=case, actor=self.user, now=timezone.now(), **form.validated_data)
        return Response(bodies.message(said), status=201)

    @extend_schema(methods=["GET"], responses=schema.EvidenceBody(many=True))
    @extend_schema(
        methods=["POST"],
        request={"multipart/form-data": Showing},
        responses={201: schema.EvidenceBody},
        parameters=[schema.IDEMPOTENCY],
    )
    @action(detail=True, methods=["get", "post"], parser_classes=[MultiPartParser, JSONParser], pagination_class=None)
    def evidence(self, request: Request, number: str) -> Response:
        """List what was shown, or add a file: picture, PDF or MP4."""
        case = get_object_or_404(Dispute.objects.visible_to(self.user), number=number)
        if request.method == "GET":
            return Response([bodies.exhibit(e) for e in case.evidence.select_related("dispute")])
        return self._show(request, case)

    @idempotent
    def _show(self, request: Request, case: Dispute) -> Response:
        form = Showing(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        shown = add_evidence(
            dispute=case,
            actor=self.user,
            now=timezone.now(),
            upload=given["file"],
            slot=given["slot"],
            caption=given["caption"],
        )
        return Response(bodies.exhibit(shown), status=201)

    def _answer(self, case: Dispute, status: int = 200) -> Response:
        answer = bodies.body(case, self.user, now=timezone.now())
        return Response(answer, status=status, headers={"ETag": f'"{case.version}"'})

    def _still_allowed(self) -> Sequence[dict[str, Any]]:
        case = Dispute.objects.visible_to(self.user).filter(number=self.kwargs.get("number", "")).first()
        return bodies.actions(case, self.user, role_of(self.user, case), now=timezone.now()) if case else []

    def _order(self, ref: str, lines: Sequence[str]) -> Order:
        """Find the order by its number, or the part of a purchase that has the lines."""
        visible = Order.objects.visible_to(self.user).select_related("merchant", "buyer")
        found = visible.prefetch_related("lines", "payments")
        order = found.filter(number=ref).first()
        if order is not None and all(any(x.line_ref == name for x in order.lines.all()) for name in lines):
            return order
        for part in found.filter(ref=ref).exclude(number=ref):
            if all(any(x.line_ref == name for x in part.lines.all()) for name in lines):
                return part
        if order is None:
            raise Problem(404, "unknown_order", f"There is no order {ref} that you can see.")
        return order

    def _filtered(self, given: Mapping[str, str]) -> QuerySet[Dispute]:
        found = bodies.listed(self.user)
        if status := given.get("status"):
            found = found.filter(status__in=_known(status, Status.values, "status"))
        if stage := given.get("stage"):
            wanted = _known(stage, sorted(set(STAGES.values())), "stage")
            found = found.filter(status__in=[s for s, name in STAGES.items() if name in wanted])
        if awaiting := given.get("awaiting"):
            found = found.filter(awaiting=awaiting)
        if merchant := given.get("merchant"):
            found = found.filter(merchant__ref=merchant)
        if due_before := _instant(given, "due_before"):
            found = found.filter(due_at__lt=due_before)
        if updated_since := _instant(given, "updated_since"):
            found = found.filter(updated_at__gte=updated_since)
        return found


def _known(given: str, values: list[str], name: str) -> list[str]:
    wanted = given.split(",")
    if unknown := [w for w in wanted if w not in values]:
        raise Problem(400, "invalid", f"Unknown {name}: {unknown[0]}", errors={name: values})
    return wanted


def _instant(given: Mapping[str, str], name: str) -> Any:
    if name not in given:
        return None
    try:
        found = parse_datetime(given[name].replace(" ", "+"))
    except ValueError:
        found = None
    if found is None or timezone.is_naive(found):
        raise Problem(400, "invalid", f"{name}: write an instant like 2026-11-25T18:00:00Z.")
    return found


def _expected_version(request: Request) -> int | None:
    given = request.headers.get("If-Match", "").strip('W/"')
    if not given or given == "*":
        return None
    if not given.isdigit():
        raise Problem(400, "invalid", "If-Match: send the ETag of the case.")
    return int(given)
