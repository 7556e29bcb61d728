"""What a plan may give away: its limits, how much of them is taken, and how fast."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from aftersales.disputes.pages.views import user_of
from merchants.dashboard.plan_pages import plan_or_404
from merchants.dashboard.shop import shop_with
from merchants.limits.burn import DAYS, burn
from merchants.limits.models import PlanLimits, Taken
from merchants.limits.services import Limits, day_of, set_limits
from portal.money import is_exact
from portal.ui.forms import MoneyInput, amount_keys

AMOUNTS = ("day_amount", "month_amount", "buyer_amount")
_MOST = 10_000_000


def _count(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=_MOST)


def _amount(label: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=False, min_value=0, max_digits=15, decimal_places=3, widget=MoneyInput
    )


class LimitsForm(forms.Form):
    """The limits; an empty field limits nothing."""

    day_count = _count(gettext_lazy("Cases a day"))
    day_amount = _amount(gettext_lazy("Amount a day"))
    month_count = _count(gettext_lazy("Cases a month"))
    month_amount = _amount(gettext_lazy("Amount a month"))
    buyer_count = _count(gettext_lazy("Cases of one buyer in 30 days"))
    buyer_amount = _amount(gettext_lazy("Amount for one buyer in 30 days"))
    taken = forms.ChoiceField(
        label=gettext_lazy("An offer counts"), choices=Taken.choices, widget=forms.RadioSelect, initial=Taken.OFFERED
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        for name in AMOUNTS:
            self.fields[name].widget.currency = currency
            self.fields[name].widget.attrs |= amount_keys(currency)

    def clean(self) -> dict[str, Any]:
        """Refuse amounts finer than the currency."""
        given: dict[str, Any] = super().clean() or {}
        for name in AMOUNTS:
            if given.get(name) is not None and not is_exact(given[name], self.currency):
                self.add_error(name, _("This currency has no such small amounts."))
        return given


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def limits(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a plan's limits and what is taken of them; POST changes them from now on."""
    plan = plan_or_404(request, pk)
    shop, version, now = shop_with(request, plan.merchant), plan.live or plan.draft, timezone.now()
    if version is None:
        raise Http404
    known = PlanLimits.objects.filter(plan=plan).first()
    given = request.POST if request.method == "POST" else None
    form = LimitsForm(given, initial=_initial(known), currency=version.currency)
    if request.method == "POST":
        if not shop.may_publish:
            raise PermissionDenied(_("Only the shop's owner and managers can set limits."))
        if form.is_valid():
            set_limits(plan=plan, limits=Limits(**form.cleaned_data), actor=user_of(request), now=now)
            messages.success(request, _("Saved. The limits hold from now on; offers that were made still stand."))
            return redirect("dashboard:plan_limits", pk=pk)
    context = {"plan": plan, "shop": shop, "form": form, "currency": version.currency, "limits": known}
    if known is not None:
        today = day_of(now)
        context |= {"burn": burn(known, now=now), "days": DAYS}
        context |= {"is_today": known.today == today, "is_month": known.month == today.replace(day=1)}
    context["changes"] = plan.limit_changes.select_related("by")[:10]
    return render(request, "merchants/plans/limits.html", context, status=422 if form.errors else 200)


def _initial(known: PlanLimits | None) -> dict[str, Any]:
    if known is None:
        return {}
    initial = {name: getattr(known, name) for name in LimitsForm.base_fields}
    return initial | {n: f"{initial[n].normalize():f}" for n in AMOUNTS if initial[n] is not None}
