"""The compensation fund for finance: what it holds, how long that lasts, what it is owed, and whether it adds up."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from aftersales.advances.models import Advance, AdvanceState
from aftersales.disputes.pages.views import user_of
from aftersales.finance.pages import page
from aftersales.finance.reconciliation import reconcile
from aftersales.fund import services
from aftersales.fund.forecast import PERIOD, WARNED_BELOW, forecast
from aftersales.fund.models import BookingState, FundBooking
from portal.ui.forms import NoteField

ROWS = 50


class BookingForm(forms.Form):
    """A movement between the bank account and the fund."""

    direction = forms.ChoiceField(
        label=gettext_lazy("What happened?"),
        choices=[
            ("in", gettext_lazy("Money was paid into the fund")),
            ("out", gettext_lazy("Money is to be taken out of the fund")),
        ],
        widget=forms.RadioSelect,
        initial="in",
    )
    currency = forms.RegexField(r"^[A-Za-z]{3}$", label=gettext_lazy("Currency"), initial="CNY")
    amount = forms.DecimalField(label=gettext_lazy("Amount"), min_value=0, max_digits=15, decimal_places=3)
    reference = forms.CharField(label=gettext_lazy("The bank's reference"), max_length=services.REFERENCE)
    why = NoteField(label=gettext_lazy("Why? It stays on record with your name"), max_length=services.WORDS, rows=3)

    def asked(self) -> services.Asked:
        """Return what was entered."""
        given = self.cleaned_data
        amount = given["amount"] if given["direction"] == "in" else -given["amount"]
        return services.Asked(given["reference"], given["currency"].upper(), amount, given["why"])

    def clean_currency(self) -> str:
        """Write it as ISO 4217 does."""
        currency: str = self.cleaned_data["currency"].upper()
        return currency


class AnswerForm(forms.Form):
    """Whether money leaves the fund."""

    answer = NoteField(label=gettext_lazy("A note for the record"), max_length=services.WORDS, rows=2, required=False)


@require_safe
def fund(request: HttpRequest) -> HttpResponse:
    """Show the fund by currency, what waits for a second person, and the latest bookings."""
    now = timezone.now()
    debts = Advance.objects.filter(state__in=[AdvanceState.OPEN, AdvanceState.OBJECTED])
    by_currency = debts.values("currency").annotate(owed=Sum("owed"), count=Count("pk"))
    owed = {row["currency"]: (row["owed"], row["count"]) for row in by_currency}
    bookings = FundBooking.objects.select_related("proposed_by", "decided_by")
    context: dict[str, Any] = {
        "funds": [(one, owed.get(one.currency)) for one in forecast(now)],
        "compared": reconcile(),
        "waiting": bookings.filter(state=BookingState.PROPOSED).order_by("proposed_at"),
        "page": Paginator(bookings, ROWS).get_page(request.GET.get("page")),
        "days": PERIOD.days,
        "warned_below": WARNED_BELOW,
        "title": _("Compensation fund"),
    }
    return page(request, "finance/fund.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def book(request: HttpRequest) -> HttpResponse:
    """Ask for a movement; POST books what came in, and lets what is to go out wait for a second person."""
    form = BookingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            booking = services.book(asked=form.asked(), actor=user_of(request), now=timezone.now())
        except services.Refused as refused:
            form.add_error(refused.field or None, str(refused))
        else:
            done = _("Booked.") if booking.state == BookingState.BOOKED else _("Entered. A second person confirms it.")
            messages.success(request, done)
            return redirect("finance:fund")
    context = {"form": form, "title": _("Book money of the fund")}
    return page(request, "finance/fund_book.html", context, 422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what is to go out; POST lets a second person confirm or refuse it."""
    booking = get_object_or_404(FundBooking.objects.select_related("proposed_by", "decided_by"), pk=pk)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        right, answer = "confirm" in request.POST, form.cleaned_data["answer"]
        try:
            services.decide(booking=booking, actor=user_of(request), now=timezone.now(), right=right, answer=answer)
        except services.NotForYou as refused:
            form.add_error(None, str(refused))
        except services.Refused as refused:
            form.add_error(refused.field or None, str(refused))
        else:
            messages.success(request, _("Booked.") if right else _("Refused. Nothing was moved."))
            return redirect("finance:fund")
    mine = booking.proposed_by_id == user_of(request).pk
    context = {"booking": booking, "out": -booking.amount, "form": form, "mine": mine, "title": booking.reference}
    return page(request, "finance/fund_decide.html", context, 422 if form.errors else 200)
