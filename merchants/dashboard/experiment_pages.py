"""Experiments: begin one, see what it shows, stop it, take the winner over."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftersales.disputes.pages.views import user_of
from aftersales.results.arms import ArmResult, baseline_of, results
from aftersales.results.statistics import FEWEST, Difference
from merchants.dashboard.experiment_forms import ExperimentForm
from merchants.dashboard.plan_pages import OPTIONS, plan_or_404
from merchants.dashboard.shop import shop_with
from merchants.experiments import services
from merchants.experiments.models import Experiment, ExperimentState
from merchants.plans import sentences
from merchants.plans.content import content_of
from merchants.plans.models import Plan, PlanVersion

OFFERED = 6  # how many versions the form offers, the newest first
_MEASURED = ("kept", "kept_amount", "cost", "escalated", "again", "reviews")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask what to try; POST begins."""
    plan = plan_or_404(request, pk)
    shop = shop_with(request, plan.merchant)
    if not shop.may_publish:
        raise PermissionDenied(_("Only the shop's owner and managers run experiments."))
    given = request.POST if request.method == "POST" else None
    form = ExperimentForm(given, versions=_versions(plan), live=plan.live_id)
    if request.method == "POST" and form.is_valid():
        try:
            experiment = services.start(plan=plan, design=form.design(), actor=user_of(request), now=timezone.now())
        except services.ExperimentRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            messages.success(request, _("The experiment runs. New cases are shared out from now on."))
            return redirect("dashboard:experiment", pk=experiment.pk)
    context = {"plan": plan, "shop": shop, "form": form, "versions": [_said(v) for v in _versions(plan)]}
    return render(request, "merchants/experiments/new.html", context, status=422 if form.errors else 200)


@require_safe
@login_required
def experiment(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what an experiment has shown so far."""
    found = _experiment_or_404(request, pk)
    measured = results(found, now=timezone.now())
    baseline = baseline_of([one.arm for one in measured])
    context = {
        "experiment": found,
        "plan": found.plan,
        "shop": shop_with(request, found.plan.merchant),
        "arms": [_shown(one) for one in measured],
        "baseline": baseline,
        "currency": found.plan.live.currency if found.plan.live else "",
        "running": found.state == ExperimentState.RUNNING,
        "fewest": FEWEST,
        "allocations": found.allocations.order_by("-at", "-id")[:10],
        "others": found.plan.experiments.exclude(pk=found.pk).order_by("-started_at")[:10],
    }
    return render(request, "merchants/experiments/experiment.html", context)


@require_POST
@login_required
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """End an experiment at once; the live version answers everybody."""
    found = _experiment_or_404(request, pk)
    try:
        services.stop(experiment=found, actor=user_of(request), now=timezone.now())
    except services.ExperimentMoved as moved:
        messages.warning(request, str(moved))
    else:
        messages.success(request, _("Stopped. The live version answers every new case from now on."))
    return redirect("dashboard:experiment", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def promote(request: HttpRequest, pk: int, position: int) -> HttpResponse:
    """Say what taking an arm over will do; POST does it."""
    found = _experiment_or_404(request, pk)
    arm = get_object_or_404(found.arms.select_related("version"), position=position)
    arm.experiment = found
    if request.method == "POST":
        try:
            services.promote(arm=arm, actor=user_of(request), now=timezone.now())
        except services.ExperimentMoved as moved:
            messages.warning(request, str(moved))
        else:
            paused, live = _("The plan is paused."), _("This version answers every new case from now on.")
            messages.success(request, paused if arm.is_holdout else live)
        return redirect("dashboard:plan", pk=found.plan_id)
    shop = shop_with(request, found.plan.merchant)
    if not shop.may_publish:
        raise PermissionDenied(_("Only the shop's owner and managers run experiments."))
    context = {"experiment": found, "plan": found.plan, "shop": shop, "arm": arm}
    context["version"] = _said(arm.version) if arm.version else None
    return render(request, "merchants/experiments/promote.html", context)


def _experiment_or_404(request: HttpRequest, pk: int) -> Experiment:
    visible = Experiment.objects.visible_to(user_of(request)).select_related("plan__merchant", "plan__live")
    found: Experiment = get_object_or_404(visible, pk=pk)
    return found


def _versions(plan: Plan) -> list[PlanVersion]:
    """The live version first, then the draft, then older ones."""
    if plan.live_id is None:
        raise Http404
    others = plan.versions.exclude(pk=plan.live_id).order_by("-number").prefetch_related(OPTIONS)[: OFFERED - 1]
    live = plan.versions.prefetch_related(OPTIONS).get(pk=plan.live_id)
    return [live, *others]


def _said(version: PlanVersion) -> dict[str, Any]:
    content = content_of(version)
    options = [sentences.option(option, content.currency) for option in content.options]
    return {"it": version, "options": options, "scene": sentences.scene(content)}


def _shown(one: ArmResult) -> dict[str, Any]:
    """An arm with each measure as (share, difference, low, high) in points; None where it is too early."""
    measures = {name: _points(one.sums[name].mean, one.against.get(name)) for name in _MEASURED}
    more = one.more_kept
    return {"it": one, "more": None if more is None else [round(number) for number in more], **measures}


def _points(mean: float | None, found: Difference | None) -> dict[str, float | None]:
    def points(number: float | None) -> float | None:
        return None if number is None else round(100 * number, 1)

    if found is None:
        return {"mean": points(mean), "value": None, "low": None, "high": None}
    return {"mean": points(mean), "value": points(found.value), "low": points(found.low), "high": points(found.high)}
