"""Plans: the list, a new one, one plan with its history, and its switches."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Case, Prefetch, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftersales.disputes.pages.views import user_of
from aftersales.results.scenes import gaps_of
from merchants.coupons.models import CouponTemplate
from merchants.dashboard.findings import judged
from merchants.dashboard.preview import previews, sample_paid
from merchants.dashboard.shop import shop_of, shop_with
from merchants.plans import sentences
from merchants.plans.content import PlanContent, content_of
from merchants.plans.lint import SceneCount
from merchants.plans.models import Plan, PlanOption, PlanState, PlanVersion
from merchants.plans.services import (
    PlanMoved,
    create_plan,
    delete_draft,
    pause,
    resume,
    start_draft,
)
from merchants.plans.starters import BY_SLUG, SCENES, TRADES, Starter

PAGE = 30
GAPS = 5  # how many scenes without a plan the list names
_LIVE_FIRST = Case(When(state=PlanState.LIVE, then=0), When(state=PlanState.DRAFT, then=1), default=2)
OPTIONS = Prefetch("options", PlanOption.objects.select_related("coupon").order_by("position"))


def with_contents(plans: Any) -> Any:
    """Load what plans say with them: a constant number of queries for any number of plans."""
    options = PlanOption.objects.select_related("coupon").order_by("position")
    return plans.select_related("merchant", "live", "draft").prefetch_related(
        Prefetch("live__options", options), Prefetch("draft__options", options)
    )


def plan_or_404(request: HttpRequest, pk: int) -> Plan:
    """Load a plan as its shop's people see it. Raises Http404 for outsiders."""
    plan: Plan = get_object_or_404(with_contents(Plan.objects.visible_to(user_of(request))), pk=pk)
    return plan


@require_safe
@login_required
def plans(request: HttpRequest) -> HttpResponse:
    """List the shop's plans: live ones first, as they are asked."""
    shop = shop_of(request)
    mine = Plan.objects.visible_to(user_of(request)).filter(merchant=shop.merchant)
    page = Paginator(with_contents(mine.order_by(_LIVE_FIRST, "name", "pk")), PAGE).get_page(request.GET.get("page"))
    context = {
        "shop": shop,
        "rows": [_row(plan) for plan in page],
        "page": page,
        "gaps": [_gap(gap) for gap in gaps_of(shop.merchant, timezone.now())[:GAPS]],
    }
    return render(request, "merchants/plans/list.html", context)


def _gap(gap: SceneCount) -> dict[str, Any]:
    scene = PlanContent(types=(gap.type,), stages=(gap.stage,), currency=gap.currency)
    return {"scene": sentences.scene(scene), "currency": gap.currency, "cases": gap.cases}


def _row(plan: Plan) -> dict[str, Any]:
    version = plan.live or plan.draft
    said = content_of(version) if version else PlanContent()
    return {
        "plan": plan,
        "scene": sentences.scene(said),
        "options": sentences.options(said),
    }


@require_http_methods(["GET", "POST"])
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Offer plans to begin with; the chosen one becomes a draft, straight in the editor."""
    shop = shop_of(request)
    if request.method == "POST":
        return _begin(request)
    coupon = _coupon(shop.merchant.pk)
    groups = [(_("By what happened"), SCENES), (_("By trade"), TRADES)]
    starters = [(title, [_starter(one, coupon) for one in some]) for title, some in groups]
    context = {"shop": shop, "groups": starters, "coupon": coupon}
    return render(request, "merchants/plans/new.html", context)


def _starter(starter: Starter, coupon: CouponTemplate | None) -> dict[str, Any]:
    return {"it": starter, "options": sentences.options(starter.content_for(coupon, "CNY"))}


def _begin(request: HttpRequest) -> HttpResponse:
    shop = shop_of(request)
    starter = BY_SLUG.get(request.POST.get("starter", ""))
    coupon = _coupon(shop.merchant.pk)
    currency = coupon.currency if coupon else "CNY"
    plan = create_plan(
        merchant=shop.merchant,
        name=str(starter.name) if starter else _("New plan"),
        content=starter.content_for(coupon, currency) if starter else PlanContent(),
        actor=user_of(request),
        now=timezone.now(),
    )
    return redirect("dashboard:plan_edit", pk=plan.pk)


def _coupon(merchant_id: int) -> CouponTemplate | None:
    return CouponTemplate.objects.filter(merchant=merchant_id, active=True).order_by("-pk").first()


@require_safe
@login_required
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a plan: what it does now, what is being written, what it did before, and which plans it meets."""
    found = plan_or_404(request, pk)
    shown = found.live or found.draft
    if shown is None:
        raise Http404
    content = content_of(shown)
    paid = sample_paid(request.GET, content)
    context = {
        "shop": shop_with(request, found.merchant),
        "plan": found,
        "shown": shown,
        "content": content,
        "conditions": sentences.conditions(content),
        "options": sentences.options(content),
        "previews": previews(content, found.merchant, paid),
        "paid": paid,
        **judged(found, content),
        "versions": list(found.versions.exclude(published_at=None).order_by("-number")),
        "language": get_language(),
        "experiments": found.experiments.order_by("-started_at")[:5],
    }
    return render(request, "merchants/plans/plan.html", context)


@require_POST
@login_required
def switch(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Pause, resume, begin a draft (of the live version or of `version`), or discard the draft."""
    found = plan_or_404(request, pk)
    actor, now = user_of(request), timezone.now()
    try:
        if verb == "edit":
            start_draft(plan=found, actor=actor, now=now, source=_source(request, found))
            return redirect("dashboard:plan_edit", pk=pk)
        if verb == "discard":
            left = delete_draft(plan=found, actor=actor, now=now)
            messages.success(request, _("The draft was discarded."))
            return redirect("dashboard:plan", pk=pk) if left else redirect("dashboard:plans")
        verbs = {"pause": pause, "resume": resume}
        verbs[verb](plan=found, actor=actor, now=now)
    except PlanMoved as moved:
        messages.warning(request, str(moved))
    else:
        said = {"pause": _("Paused. New cases wait for your answer."), "resume": _("The plan answers new cases again.")}
        messages.success(request, said[verb])
    return redirect("dashboard:plan", pk=pk)


def _source(request: HttpRequest, plan: Plan) -> PlanVersion | None:
    number = request.POST.get("version", "")
    if not number:
        return None
    if not number.isdigit() or len(number) > 6:
        raise Http404
    return get_object_or_404(plan.versions.exclude(published_at=None).prefetch_related(OPTIONS), number=int(number))
