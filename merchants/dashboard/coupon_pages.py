"""Coupons: what plans can offer, and what was issued."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftersales.disputes.pages.views import user_of
from merchants.coupons.budgets import day_of
from merchants.coupons.models import Coupon, CouponState, CouponTemplate
from merchants.coupons.statements import given_lately
from merchants.coupons.templates import (
    AlreadyFollowed,
    WorthPromised,
    change_template,
    create_template,
    is_given,
    new_version,
    rename,
    set_active,
)
from merchants.dashboard.coupon_forms import CouponForm
from merchants.dashboard.shop import shop_of, shop_with
from merchants.deposits.errors import DepositShort
from merchants.models import Merchant
from merchants.plans.coupons import live_plans_by_coupon, promised

PAGE = 50
RATE_DAYS = 14  # the rate beside a budget looks back so far


@require_safe
@login_required
def coupons(request: HttpRequest) -> HttpResponse:
    """List the coupons that plans can offer, then those that were issued, newest first."""
    shop = shop_of(request)
    templates = CouponTemplate.objects.filter(merchant=shop.merchant).select_related("budget", "following")
    issued = Coupon.objects.visible_to(user_of(request)).filter(merchant=shop.merchant)
    state = request.GET.get("state", "")
    found = issued.filter(state=state) if state in CouponState.values else issued
    context = {
        "shop": shop,
        "rows": _rows(list(templates.order_by("-active", "name", "pk"))),
        "rate_days": RATE_DAYS,
        "states": _states(issued, state),
        "state": state,
        "page": Paginator(found.select_related("buyer").order_by("-issued_at", "-pk"), PAGE).get_page(
            request.GET.get("page")
        ),
    }
    return render(request, "merchants/coupons/list.html", context)


def _rows(templates: list[CouponTemplate]) -> list[dict[str, Any]]:
    """Put beside each template its plans and its budget; an old version that nobody offers any more is left out."""
    ids = [t.pk for t in templates]
    plans = live_plans_by_coupon(ids)
    lately = given_lately(ids, since=day_of(timezone.now()) - timedelta(days=RATE_DAYS - 1))
    return [
        {
            "it": template,
            "plans": plans.get(template.pk, []),
            "budget": getattr(template, "budget", None),
            "lately": lately.get(template.pk, 0),
            "following": getattr(template, "following", None),
        }
        for template in templates
        if not hasattr(template, "following") or template.pk in plans
    ]


def _states(issued: Any, chosen: str) -> list[dict[str, Any]]:
    """Count the issued coupons by state, with what they are worth."""
    counted = issued.order_by().values("state", "currency").annotate(n=Count("pk"), worth=Sum("amount"))
    by_state: dict[str, list[Any]] = {}
    for row in counted:
        by_state.setdefault(row["state"], []).append(row)
    rows = [(value, label, by_state.get(value, [])) for value, label in CouponState.choices]
    return [
        {"value": value, "label": label, "count": sum(r["n"] for r in sums), "sums": sums, "here": value == chosen}
        for value, label, sums in rows
    ]


def template_or_404(request: HttpRequest, pk: int) -> CouponTemplate:
    """Return a coupon of one of the person's shops. Raises Http404."""
    mine = Merchant.objects.visible_to(user_of(request))
    return get_object_or_404(CouponTemplate.objects.select_related("merchant"), pk=pk, merchant__in=mine)


@require_http_methods(["GET", "POST"])
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Make a coupon."""
    shop = shop_of(request)
    if not shop.may_act:
        raise PermissionDenied(_("Only the shop's owner, managers and agents can edit coupons."))
    form = CouponForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        who: dict[str, Any] = {"merchant": shop.merchant, "actor": user_of(request), "now": timezone.now()}
        try:
            create_template(name=given["name"], currency=given["currency"], worth=form.worth, **who)
        except DepositShort as short:
            form.add_error(None, str(short))
        else:
            messages.success(request, _("The coupon is there. Plans can offer it now."))
            return redirect("dashboard:coupons")
    context = {"shop": shop, "form": form, "template": None}
    return render(request, "merchants/coupons/edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@login_required
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a coupon; one that was promised or given keeps its terms, only its name can change."""
    template = template_or_404(request, pk)
    shop = shop_with(request, template.merchant)
    if not shop.may_act:
        raise PermissionDenied(_("Only the shop's owner, managers and agents can edit coupons."))
    final = bool(promised([pk])) or is_given(template)
    form = CouponForm(request.POST if request.method == "POST" else None, template=template, final=final)
    if request.method == "POST" and form.is_valid():
        who: dict[str, Any] = {"actor": user_of(request), "now": timezone.now()}
        try:
            if final:
                rename(template=template, name=form.cleaned_data["name"], **who)
            else:
                change_template(template=template, name=form.cleaned_data["name"], worth=form.worth, **who)
        except WorthPromised as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Saved. Coupons that were issued already stay as they are."))
            return redirect("dashboard:coupons")
    context = {
        "shop": shop,
        "form": form,
        "template": template,
        "final": final,
        "followed": hasattr(template, "following"),
        "plans": live_plans_by_coupon([pk]).get(pk, []),
    }
    return render(request, "merchants/coupons/edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@login_required
def version(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the next version of a coupon that was promised or given."""
    template = template_or_404(request, pk)
    shop = shop_with(request, template.merchant)
    if not shop.may_act:
        raise PermissionDenied(_("Only the shop's owner, managers and agents can edit coupons."))
    form = CouponForm(request.POST if request.method == "POST" else None, template=template)
    if request.method == "POST" and form.is_valid():
        name, actor = form.cleaned_data["name"], user_of(request)
        try:
            new_version(template=template, name=name, worth=form.worth, actor=actor, now=timezone.now())
        except (AlreadyFollowed, DepositShort) as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The new version is there. Edit the plans that should offer it."))
            return redirect("dashboard:coupons")
    plans = live_plans_by_coupon([pk]).get(pk, [])
    context = {"shop": shop, "form": form, "template": template, "next_version": template.version + 1, "plans": plans}
    return render(request, "merchants/coupons/edit.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop giving a coupon out."""
    set_active(template=template_or_404(request, pk), active=False, actor=user_of(request), now=timezone.now())
    messages.success(request, _("Stopped. It is offered to nobody from now on; coupons already issued stay good."))
    return redirect("dashboard:coupons")


@require_POST
@login_required
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a stopped coupon out again."""
    set_active(template=template_or_404(request, pk), active=True, actor=user_of(request), now=timezone.now())
    messages.success(request, _("Plans that name this coupon offer it again."))
    return redirect("dashboard:coupons")
