from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from merchants.coupons.models import CouponTemplate
from merchants.models import Merchant
from merchants.plans import services
from merchants.plans.api import serializers as shapes
from merchants.plans.api.body import plan_body, simulation_body
from merchants.plans.content import PlanContent, content_of
from merchants.plans.models import Plan, PlanOption
from merchants.plans.services import PlanMoved, PlanRefused
from portal.accounts.models import User
from portal.rest.fields import number_of
from portal.rest.idempotency import idempotent
from portal.rest.pagination import OpaqueCursor
from portal.rest.problems import Problem

IF_MATCH = OpenApiParameter("If-Match", str, "header", description="Only this draft: its fingerprint, as in the ETag")
ID = OpenApiParameter("id", str, "path", description="The plan's `id`, like `plan_42`")


class PlanViewSet(GenericViewSet[Plan]):
    """The negotiation plans of the caller's shops; for the platform, of all shops."""

    scopes = {"GET": "plans:read", "POST": "plans:write", "PATCH": "plans:write"}
    lookup_field = "id"
    lookup_value_regex = "[A-Za-z0-9_]+"
    pagination_class = OpaqueCursor
    serializer_class = shapes.PlanBody
    queryset = Plan.objects.none()

    @extend_schema(responses=shapes.PlanBody(many=True))
    def list(self, request: Request) -> Response:
        """List plans, newest first."""
        plans = self.paginate_queryset(_loaded(request).order_by("-id")) or []
        return self.get_paginated_response([plan_body(plan) for plan in plans])

    @extend_schema(parameters=[ID])
    def retrieve(self, request: Request, id: str) -> Response:
        """Return a plan. The ETag is its draft's fingerprint, for If-Match of a change or of publishing."""
        return _answer(_plan(request, id))

    @extend_schema(request=shapes.NewPlan, responses={201: shapes.PlanBody})
    @idempotent
    def create(self, request: Request) -> Response:
        """Start a plan as a draft. It answers no cases until it is published."""
        sent = _read(shapes.NewPlan, request)
        merchant = _merchant(request, sent.get("merchant", ""))
        content = shapes.content_from(sent, PlanContent(), _coupons(merchant))
        with answering():
            plan = services.create_plan(
                merchant=merchant, name=sent["name"], content=content, actor=_user(request), now=timezone.now()
            )
        return _answer(_again(request, plan), status=201)

    @extend_schema(parameters=[ID, IF_MATCH], request=shapes.PlanChange(partial=True))
    def partial_update(self, request: Request, id: str) -> Response:
        """Change the draft, beginning one from the live version if there is none; what is live stays as it is."""
        plan, sent = _plan(request, id), _read(shapes.PlanChange, request, partial=True)
        actor, now = _user(request), timezone.now()
        with answering(), transaction.atomic():
            draft = services.start_draft(plan=plan, actor=actor, now=now)
            content = shapes.content_from(sent, content_of(draft), _coupons(plan.merchant))
            name = sent.get("name", "")
            services.save_draft(plan=plan, content=content, actor=actor, now=now, seen=_seen(request), name=name)
        return _answer(_again(request, plan))

    @extend_schema(parameters=[ID, IF_MATCH], request=None)
    @action(detail=True, methods=["post"])
    @idempotent
    def publish(self, request: Request, id: str) -> Response:
        """Make the draft final: it answers every new case that fits from now on. Owners and managers only."""
        plan = _plan(request, id)
        with answering():
            services.publish(plan=plan, actor=_user(request), now=timezone.now(), seen=_seen(request))
        return _answer(_again(request, plan))

    @extend_schema(parameters=[ID], request=None)
    @action(detail=True, methods=["post"])
    @idempotent
    def pause(self, request: Request, id: str) -> Response:
        """Let the plan answer no new cases until it is resumed."""
        plan = _plan(request, id)
        with answering():
            services.pause(plan=plan, actor=_user(request), now=timezone.now())
        return _answer(_again(request, plan))

    @extend_schema(parameters=[ID], request=None)
    @action(detail=True, methods=["post"])
    @idempotent
    def resume(self, request: Request, id: str) -> Response:
        """Let a paused plan answer new cases again."""
        plan = _plan(request, id)
        with answering():
            services.resume(plan=plan, actor=_user(request), now=timezone.now())
        return _answer(_again(request, plan))

    @extend_schema(parameters=[ID], request=shapes.SampleCase, responses=shapes.Simulation)
    @action(detail=True, methods=["post"])
    def simulate(self, request: Request, id: str) -> Response:
        """Hold one sample case against the shop's live plans: which would answer, why, with which offers.

        Nothing is stored and no past cases are replayed.
        """
        plan, case = _plan(request, id), _read(shapes.SampleCase, request)
        case["stage"] = case.pop("order_stage")
        found = services.match(merchant_id=plan.merchant_id, **case)
        return Response(simulation_body(plan, found, case["value"], case["currency"]))


def _loaded(request: Request) -> QuerySet[Plan]:
    options = PlanOption.objects.select_related("coupon").order_by("position")
    plans = Plan.objects.visible_to(_user(request)).select_related("merchant", "live", "draft")
    return plans.prefetch_related(Prefetch("live__options", options), Prefetch("draft__options", options))


def _plan(request: Request, public: str) -> Plan:
    plan = _loaded(request).filter(pk=number_of("plan", public) or 0).first()
    if plan is None:
        raise Http404
    return plan


def _again(request: Request, plan: Plan) -> Plan:
    return _loaded(request).get(pk=plan.pk)


def _answer(plan: Plan, status: int = 200) -> Response:
    body = plan_body(plan)
    headers = {"ETag": f'"{body["draft"]["fingerprint"]}"'} if body["draft"] else {}
    if status == 201:
        headers["Location"] = f"/api/v1/plans/{body['id']}/"
    return Response(body, status=status, headers=headers)


def _merchant(request: Request, ref: str) -> Merchant:
    mine = Merchant.objects.filter(members__user=_user(request))
    found = list((mine.filter(ref=ref) if ref else mine)[:2])
    if len(found) != 1:
        text = _("Name one of your shops by its reference.")
        raise Problem(422, "unknown_merchant", text, errors={"merchant": [text]})
    return found[0]


def _coupons(merchant: Merchant) -> dict[int, CouponTemplate]:
    return {coupon.pk: coupon for coupon in CouponTemplate.objects.filter(merchant=merchant)}


def _read(shape: type[shapes.Shape], request: Request, *, partial: bool = False) -> dict[str, Any]:
    form = shape(data=request.data, partial=partial)
    form.is_valid(raise_exception=True)
    return cast("dict[str, Any]", form.validated_data)


def _seen(request: Request) -> str:
    given = request.headers.get("If-Match", "").strip()
    return "" if given == "*" else given.removeprefix("W/").strip('"')


def _user(request: Request) -> User:
    return cast("User", request.user)


@contextmanager
def answering() -> Iterator[None]:
    """Say in the words of HTTP what speaks against it. Raises Problem."""
    try:
        yield
    except PlanRefused as refused:
        errors: dict[str, list[str]] = {}
        for problem in refused.problems:
            where = f"options.{problem.option - 1}.{problem.field}" if problem.option else problem.field
            errors.setdefault(where, []).append(problem.message)
        raise Problem(422, refused.problems[0].code, str(refused), errors=errors) from refused
    except PlanMoved as moved:
        raise Problem(409, "plan_moved", str(moved)) from moved
