"""Findings about plans over REST: the same that the pages show, from the same facts."""

from typing import Any, cast

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aftersales.results.scenes import around, gaps_of
from merchants.models import Merchant
from merchants.plans.content import PlanContent, content_of
from merchants.plans.lint import Cost, Finding, Level, cost_of, lint
from merchants.plans.models import Plan
from portal.accounts.models import User
from portal.rest.fields import AmountField, amount, number_of, public_id


class FindingBody(serializers.Serializer[Any]):
    """One thing found: `error` keeps the plan from being published, `warning` and `note` do not."""

    code = serializers.CharField()
    level = serializers.ChoiceField(choices=Level.choices)
    field = serializers.CharField(help_text="As in the errors of a refused change: `options.0.percent`, `script.zh`")
    message = serializers.CharField()
    mend = serializers.CharField(help_text="How to mend it")
    plan = serializers.CharField(allow_null=True, help_text="Another plan that it is about")


class WorstCase(serializers.Serializer[Any]):
    """The most that the plan can cost, goods not counted; null where no amounts are known."""

    currency = serializers.CharField()
    per_case = AmountField(allow_null=True)
    per_month = AmountField(allow_null=True, help_text="At last month's number of cases")
    cases = serializers.IntegerField(help_text="Cases of the last 30 days that fit")


class FindingsBody(serializers.Serializer[Any]):
    """What is found about a plan's draft, or its live version where it has none."""

    version = serializers.IntegerField()
    findings = FindingBody(many=True)
    worst_case = WorstCase()


class GapBody(serializers.Serializer[Any]):
    """A kind of case that no live plan fits, though it was opened often in the last 90 days."""

    merchant = serializers.CharField()
    type = serializers.CharField()
    order_stage = serializers.CharField()
    currency = serializers.CharField()
    cases = serializers.IntegerField()


class PlanFindingsView(APIView):
    """What is doubtful about a plan."""

    scopes = {"GET": "plans:read"}

    @extend_schema(operation_id="plans_findings", responses=FindingsBody)
    def get(self, request: Request, id: str) -> Response:
        """List what is found about the draft (the live version where there is none), the worst first."""
        mine = Plan.objects.visible_to(cast("User", request.user)).select_related("merchant", "draft", "live")
        plan = mine.filter(pk=number_of("plan", id) or 0).first()
        version = (plan.draft or plan.live) if plan else None
        if plan is None or version is None:
            raise Http404
        content = content_of(version)
        stands = around(merchant=plan.merchant, content=content, now=timezone.now(), plan_id=plan.pk)
        found = lint(content, stands, merchant_id=plan.merchant_id)
        body = {"version": version.number, "findings": [_finding(f) for f in found]}
        return Response(body | {"worst_case": _cost(cost_of(content, stands), content)})


class PlanGapsView(APIView):
    """Cases that no plan answers."""

    scopes = {"GET": "plans:read"}

    @extend_schema(
        operation_id="plans_gaps",
        parameters=[
            OpenApiParameter("merchant", str, description="The merchant's reference; else all of the caller's")
        ],
        responses=GapBody(many=True),
    )
    def get(self, request: Request) -> Response:
        """List the kinds of case that the caller's shops answer by hand, the most frequent first."""
        shops = Merchant.objects.filter(members__user=cast("User", request.user)).order_by("pk")
        if ref := request.query_params.get("merchant"):
            shops = shops.filter(ref=ref)
        now = timezone.now()
        return Response(
            [
                {
                    "merchant": shop.ref,
                    "type": gap.type,
                    "order_stage": gap.stage,
                    "currency": gap.currency,
                    "cases": gap.cases,
                }
                for shop in shops
                for gap in gaps_of(shop, now)
            ]
        )


def _finding(found: Finding) -> dict[str, Any]:
    field = found.field.replace("script_", "script.")
    return {
        "code": found.code,
        "level": found.level,
        "field": f"options.{found.option - 1}.{field}" if found.option else field,
        "message": found.message,
        "mend": found.mend,
        "plan": public_id("plan", found.plan_id) if found.plan_id else None,
    }


def _cost(cost: Cost, content: PlanContent) -> dict[str, Any]:
    def written(value: Any) -> str | None:
        return None if value is None else amount(value, content.currency)

    return {
        "currency": content.currency,
        "per_case": written(cost.per_case),
        "per_month": written(cost.per_month),
        "cases": cost.cases,
    }
