from datetime import timedelta
from decimal import Decimal

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from portal.ui import words
from portal.ui.forms import MoneyFormField, NoteField


class SampleForm(forms.Form):
    """One field of each kind."""

    reason = forms.ChoiceField(
        label=_("What happened?"),
        choices=[("late", _("It came late")), ("broken", _("It came broken"))],
        widget=forms.RadioSelect,
    )
    amount = MoneyFormField(label=_("Amount"), currency="CNY", most=Decimal(128), help_text=_("At most ¥128.00."))
    note = NoteField(label=_("Tell us more"), required=False)
    agree = forms.BooleanField(label=_("Send me a copy"), required=False)


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every component in every state; what is not on this page is not part of the look."""
    now = timezone.now()
    context = {
        "statuses": sorted(words.STATUS_LOOKS),
        "form": SampleForm(),
        "wrong": SampleForm({"amount": "999"}),
        "soon": now + timedelta(hours=1),
        "later": now + timedelta(days=1, hours=4),
        "started": now - timedelta(days=1),
        "amount": Decimal("128.00"),
    }
    return render(request, "styleguide/index.html", context)
