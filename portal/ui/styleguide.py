"""The style guide: every component in every state, on one page that is itself tested."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django import forms
from django.apps import apps
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from portal.ui.charts import Bar
from portal.ui.forms import Card, DayField, FilesInput, InstantField, MoneyFormField, NoteField


class SampleForm(forms.Form):
    """One field of each kind."""

    reason = forms.ChoiceField(
        label=gettext_lazy("What happened?"),
        choices=[
            ("late", gettext_lazy("It came late")),
            ("broken", Card(gettext_lazy("It came broken"), gettext_lazy("A photograph of the damage helps."))),
        ],
        widget=forms.RadioSelect,
    )
    amount = MoneyFormField(
        label=gettext_lazy("Amount"), currency="CNY", most=Decimal(128), help_text=gettext_lazy("At most ¥128.00.")
    )
    note = NoteField(label=gettext_lazy("Tell us more"), required=False)
    day = DayField(label=gettext_lazy("Day"), required=False)
    instant = InstantField(label=gettext_lazy("Day and time"), required=False)
    file = forms.FileField(
        label=gettext_lazy("Photographs or documents"),
        required=False,
        help_text=gettext_lazy("Pictures and PDF, up to 10 MB each."),
        widget=FilesInput(accept="image/*,application/pdf", most_mb=10),
    )
    agree = forms.BooleanField(label=gettext_lazy("Send me a copy"), required=False)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show every component in every state; what is not on this page is not part of the look."""
    now = timezone.now()
    context: dict[str, Any] = {
        "statuses": _statuses(),
        "sample": SampleForm(auto_id="right_%s"),
        "wrong": SampleForm({"amount": "999"}, auto_id="wrong_%s"),
        "soon": now + timedelta(hours=1),
        "later": now + timedelta(days=1, hours=4, minutes=1),
        "started": now - timedelta(days=1),
        "amount": Decimal("128.00"),
        "entries": _entries(),
        "lines": _lines(),
        "heads": [_("Yours"), _("Seller's"), _("Platform's")],
        "terms": _terms(),
        "bars": _bars(),
        "page": Paginator(range(60), 20).page(2),
    }
    return render(request, "styleguide/index.html", context)


def _statuses() -> list[SimpleNamespace]:
    """Take the statuses of a case with their words from the app registry: this room imports no other."""
    choices = apps.get_model("disputes", "Dispute")._meta.get_field("status").choices or []
    return [SimpleNamespace(status=code, status_label=str(word)) for code, word in choices]


def _entries() -> list[dict[str, Any]]:
    now = timezone.now()
    return [
        {"who": "merchant", "words": _("will have answered"), "at": now + timedelta(days=2), "future": True},
        {
            "who": "system",
            "action": "agree_by_silence",
            "amount": Decimal("128.00"),
            "currency": "CNY",
            "at": now - timedelta(hours=3),
            "rule": _("Rule: the seller answers within 48 hours"),
            "rule_url": "#timeline",
        },
        {"who": "platform", "action": "request_evidence", "at": now - timedelta(days=1)},
        {"who": "merchant", "action": "propose", "amount": Decimal("41.90"), "currency": "CNY", "at": now},
        {"who": "you", "action": "open", "at": now - timedelta(days=3), "note": _("The zip broke on the first day.")},
    ]


def _lines() -> list[dict[str, Any]]:
    return [
        {"label": _("Item"), "amount": Decimal("118.00")},
        {"label": _("Shipping"), "amount": Decimal("15.00")},
        {"label": _("Coupon, in kind"), "amount": Decimal("-5.00"), "hint": _("goes back to your coupons")},
    ]


def _terms() -> list[dict[str, Any]]:
    return [
        {"label": _("Money back"), "cells": ["¥128.00", "¥60.00", "¥90.00"], "differs": True},
        {"label": _("Goods"), "cells": [_("You keep them")] * 3, "differs": False},
    ]


def _bars() -> list[Bar]:
    return [
        Bar(_("Settled by plan"), 412, "412", 350, "350"),
        Bar(_("Settled by the seller"), 190, "190", 240, "240"),
        Bar(_("Decided by us"), 28, "28", 41, "41"),
    ]
