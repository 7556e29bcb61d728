"""Deposits for finance: who has left how much, who is short, and what is required of whom, with the history."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from aftersales.disputes.pages.views import user_of
from aftersales.finance.pages import page
from merchants.deposits.errors import Refused
from merchants.deposits.levels import WHY_LENGTH, set_level
from merchants.deposits.models import Deposit, DepositLevel, Shortage
from merchants.models import Merchant
from portal.ui.forms import InstantField, NoteField

ROWS = 50


class LevelForm(forms.Form):
    """How much is required of a seller, from when and why."""

    merchant = forms.CharField(label=gettext_lazy("Seller's reference"), max_length=100)
    currency = forms.CharField(label=gettext_lazy("Currency"), min_length=3, max_length=3, initial="CNY")
    amount = forms.DecimalField(
        label=gettext_lazy("Required deposit"), min_value=0, max_digits=14, decimal_places=3, widget=forms.TextInput
    )
    effective_at = InstantField(
        label=gettext_lazy("From"), required=False, help_text=gettext_lazy("Empty means from now on.")
    )
    why = NoteField(label=gettext_lazy("Why? The seller reads it"), max_length=WHY_LENGTH, rows=3)

    def clean_merchant(self) -> Merchant:
        """Find the seller."""
        found = Merchant.objects.filter(ref=self.cleaned_data["merchant"].strip()).first()
        if found is None:
            raise forms.ValidationError(_("There is no such seller."))
        return found

    def clean_currency(self) -> str:
        """Write it as ISO 4217 does."""
        currency: str = self.cleaned_data["currency"].upper()
        return currency


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """List deposits, short ones first; POST requires one of a seller."""
    form = LevelForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (level := _set(request, form)):
        return redirect("finance:deposit", pk=level.deposit_id)
    found, short = Deposit.objects.with_held().select_related("merchant"), "short" in request.GET
    found = found.filter(shortages__in=Shortage.objects.filter(ended_at=None)) if short else found
    soonest = F("short_until").asc(nulls_last=True)
    rows = Paginator(found.order_by(soonest, "merchant__name", "currency", "pk"), ROWS)
    context = {"page": rows.get_page(request.GET.get("page")), "short": short, "form": form, "title": _("Deposits")}
    return page(request, "finance/deposits.html", {**context, "now": timezone.now()}, 422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def deposit(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a deposit with the history of its level and its movements; POST requires another amount."""
    found = get_object_or_404(Deposit.objects.with_held().select_related("merchant"), pk=pk)
    same = {"merchant": found.merchant.ref, "currency": found.currency}
    form = LevelForm({**request.POST.dict(), **same} if request.method == "POST" else None, initial=same)
    for name in same:
        form.fields[name].widget = forms.HiddenInput()
    if request.method == "POST" and form.is_valid() and _set(request, form):
        return redirect("finance:deposit", pk=pk)
    moves = Paginator(found.moves.all(), ROWS).get_page(request.GET.get("page"))
    levels = found.levels.select_related("set_by")
    context: dict[str, Any] = {"deposit": found, "levels": levels, "page": moves, "form": form, "now": timezone.now()}
    return page(request, "finance/deposit.html", {**context, "title": str(found.merchant)}, 422 if form.errors else 200)


def _set(request: HttpRequest, form: LevelForm) -> DepositLevel | None:
    """Set the level, or put on the form why not."""
    try:
        level = set_level(**form.cleaned_data, actor=user_of(request), now=timezone.now())
    except Refused as refused:
        form.add_error(refused.field, str(refused))
        return None
    messages.success(request, _("Noted. The seller is told."))
    return level
