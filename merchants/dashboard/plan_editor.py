"""Writing a plan: the editor, its preview, and publishing."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from aftersales.disputes.pages.views import user_of
from aftersales.rehearsal.services import latest
from merchants.dashboard.findings import judged
from merchants.dashboard.plan_pages import plan_or_404
from merchants.dashboard.preview import previews, sample_paid
from merchants.dashboard.shop import shop_with
from merchants.dashboard.simulation_pages import simulated
from merchants.plans import sentences
from merchants.plans.content import PlanContent, content_of
from merchants.plans.forms import PlanForm, rearranged
from merchants.plans.guard import Problem
from merchants.plans.models import Plan, PlanVersion
from merchants.plans.scripts import VARIABLES
from merchants.plans.services import PlanMoved, PlanRefused, publish, save_draft


@require_http_methods(["GET", "POST"])
@login_required
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Edit a draft. Each button saves; what cannot be saved stays on the page as typed."""
    plan = plan_or_404(request, pk)
    if not shop_with(request, plan.merchant).may_act:
        raise PermissionDenied(_("Only the shop's owner, managers and agents can edit plans."))
    if plan.draft is None:
        return _gone(request, plan)
    before = content_of(plan.draft)
    if request.method != "POST":
        form = PlanForm(merchant=plan.merchant, name=plan.name, content=before)
        return _page(request, plan, form, before)
    do = request.POST.get("do", "save")
    data = rearranged(request.POST, do) if "-" in do or do == "add" else request.POST
    form = PlanForm(data, merchant=plan.merchant, content=before)
    if not form.is_valid():
        return _page(request, plan, form, before, status=422)
    if do == "preview":
        return _page(request, plan, form, form.picked())
    return _save(request, plan, form, do)


_THEN = {"publish": "dashboard:plan_publish", "simulate": "dashboard:plan_simulate"}


def _save(request: HttpRequest, plan: Plan, form: PlanForm, do: str) -> HttpResponse:
    actor, now = user_of(request), timezone.now()
    content = form.picked()
    try:
        name, seen = form.cleaned_data["name"], form.cleaned_data["seen"]
        save_draft(plan=plan, content=content, actor=actor, now=now, seen=seen, name=name)
    except PlanRefused as refused:
        form.show_problems(refused.problems)
        return _page(request, plan, form, content, status=422)
    except PlanMoved as moved:
        return _moved(request, plan, form, moved)
    if do in _THEN:
        return redirect(_THEN[do], pk=plan.pk)
    messages.success(request, _("Draft saved. It answers no cases until it is published."))
    here = redirect("dashboard:plan_edit", pk=plan.pk)
    if do != "save":
        here["Location"] += "#then"
    return here


def _moved(request: HttpRequest, plan: Plan, form: PlanForm, moved: PlanMoved) -> HttpResponse:
    """Keep what was typed; saving again, knowingly, replaces what the other person saved."""
    now_there = plan_or_404(request, plan.pk)
    if now_there.draft is None:
        return _gone(request, now_there)
    data = QueryDict(mutable=True)
    data.update(form.data)
    data["seen"] = content_of(now_there.draft).fingerprint
    again = PlanForm(data, merchant=plan.merchant, content=form.picked())
    again.add_error(None, _("%(what)s What you typed is still here; saving again replaces it.") % {"what": moved})
    return _page(request, now_there, again, form.picked(), status=409)


def _gone(request: HttpRequest, plan: Plan) -> HttpResponse:
    messages.warning(request, _("This plan has no draft now. Begin one to change it."))
    return redirect("dashboard:plan", pk=plan.pk)


def _page(request: HttpRequest, plan: Plan, form: PlanForm, content: PlanContent, status: int = 200) -> HttpResponse:
    paid = sample_paid(request.POST, content)
    form.call_needed()
    context: dict[str, Any] = {
        "plan": plan,
        "shop": shop_with(request, plan.merchant),
        "form": form,
        "previews": previews(content, plan.merchant, paid),
        "paid": paid,
        "currency": content.currency,
        "variables": VARIABLES.items(),
        **judged(plan, content),
        "boxes": [_box(form, field) for field in ("types", "reasons", "stages")],
        "coupons": form.coupons.exists(),
    }
    return render(request, "merchants/plans/edit.html", context, status=status)


def _box(form: PlanForm, name: str) -> dict[str, Any]:
    """A group of boxes; folded where nothing is chosen, so that the sentence stays short."""
    field = form[name]
    count = len(field.value() or ())
    chosen = ngettext("%(n)s chosen", "%(n)s chosen", count) % {"n": count} if count else _("any")
    return {"it": field, "chosen": chosen, "open": bool(field.errors)}


@require_POST
@login_required
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what the buyer would see of what is typed, without saving anything; 204 while it makes no sense."""
    plan = plan_or_404(request, pk)
    form = PlanForm(request.POST, merchant=plan.merchant, content=PlanContent())
    if not form.is_valid():
        return HttpResponse(status=204)
    content = form.picked()
    paid = sample_paid(request.POST, content)
    context = {
        "previews": previews(content, plan.merchant, paid),
        "paid": paid,
        "currency": content.currency,
        **judged(plan, content),
    }
    return render(request, "merchants/plans/_preview.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what publishing will do from now on, then publish exactly what was shown."""
    plan = plan_or_404(request, pk)
    draft = plan.draft
    if draft is None:
        return _gone(request, plan)
    content = content_of(draft)
    problems: list[Problem] = []
    status = 200
    if request.method == "POST":
        try:
            seen = request.POST.get("seen", "")
            version = publish(plan=plan, actor=user_of(request), now=timezone.now(), seen=seen)
        except PlanRefused as refused:
            problems, status = refused.problems, 422
        except PlanMoved as moved:
            messages.warning(request, str(moved))
            return redirect("dashboard:plan", pk=pk)
        else:
            return _published(request, plan, version)
    return render(
        request, "merchants/plans/publish.html", _confirmation(request, plan, content, problems), status=status
    )


def _published(request: HttpRequest, plan: Plan, version: PlanVersion) -> HttpResponse:
    said = _("Version %(number)s is live. It answers every new case that fits, at once.")
    messages.success(request, said % {"number": version.number})
    return redirect("dashboard:plan", pk=plan.pk)


def _confirmation(request: HttpRequest, plan: Plan, content: PlanContent, problems: list[Problem]) -> dict[str, Any]:
    paid = sample_paid(request.GET, content)
    return {
        "plan": plan,
        "draft": plan.draft,
        "shop": shop_with(request, plan.merchant),
        "content": content,
        "conditions": sentences.conditions(content),
        "options": sentences.options(content),
        **judged(plan, content, problems),
        **simulated(plan, latest(plan)),
        "previews": previews(content, plan.merchant, paid),
        "paid": paid,
    }
