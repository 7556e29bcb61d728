"""Objections to advance compensation: read by finance, answered with reasons."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from aftersales.advances import services
from aftersales.advances.coverage import standings
from aftersales.advances.models import Advance, AdvanceState
from aftersales.disputes.pages.views import user_of
from aftersales.finance.pages import page
from portal.ui.forms import NoteField

if TYPE_CHECKING:
    from portal.accounts.models import User

ROWS = 50


class AnswerForm(forms.Form):
    """Who bears it, and why."""

    right = forms.ChoiceField(
        label=gettext_lazy("Who bears it?"),
        choices=[("no", gettext_lazy("The seller owes it")), ("yes", gettext_lazy("The platform bears it"))],
        widget=forms.RadioSelect,
    )
    answer = NoteField(label=gettext_lazy("Your reasons, for the seller to read"), max_length=services.TEXT_LENGTH)


class CorrectionForm(forms.Form):
    """Why the answer to an objection is turned round."""

    answer = NoteField(label=gettext_lazy("What was wrong, for the seller to read"), max_length=services.TEXT_LENGTH)


def _ordered() -> QuerySet[Advance]:
    """Objections first, oldest first; then the rest, newest first."""
    first = Case(When(state=AdvanceState.OBJECTED, then=Value(0)), default=Value(1))
    return Advance.objects.select_related("merchant").order_by(first, "objected_at", "-paid_at", "-id")


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List advances: what waits for an answer comes first."""
    found, state = _ordered(), request.GET.get("state", "")
    if state in AdvanceState.values:
        found = found.filter(state=state)
    rows = Paginator(found, ROWS).get_page(request.GET.get("page"))
    context = {"page": rows, "state": state, "states": AdvanceState.choices, "title": _("Paid in advance")}
    return page(request, "finance/advances.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def advance(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an advance with its objection; POST answers it, or corrects the answer."""
    user = user_of(request)
    found = get_object_or_404(
        Advance.objects.select_related("merchant", "objected_by", "decided_by", "corrected_by"), pk=pk
    )
    form = _form(found, user, request)
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            _answer(found, user, form)
        except (services.NotOpen, services.WordsMissing, services.NotForYou) as wrong:
            form.add_error(None, str(wrong))
        else:
            messages.success(request, _("Answered. The seller reads your reasons."))
            return redirect("finance:advances")
    shares = standings([found])[found.pk]
    context: dict[str, Any] = {"advance": found, "form": form, "shares": shares, "title": found.case}
    context["corrects"] = isinstance(form, CorrectionForm)
    refused = request.method == "POST"  # what was done has led elsewhere
    return page(request, "finance/advance.html", context, 422 if refused else 200)


def _form(found: Advance, user: "User", request: HttpRequest) -> forms.Form | None:
    """What this person can say of an advance now; a stale answer is never taken for a correction."""
    if request.method == "POST":
        return (CorrectionForm if "correct" in request.POST else AnswerForm)(request.POST)
    if found.state == AdvanceState.OBJECTED:
        return AnswerForm()
    if services.why_not_corrected(found) or found.decided_by_id == user.pk:
        return None
    return CorrectionForm()


def _answer(found: Advance, user: "User", form: forms.Form) -> None:
    given, now = form.cleaned_data, timezone.now()
    if isinstance(form, CorrectionForm):
        services.correct(advance=found, actor=user, now=now, answer=given["answer"])
    else:
        right = given["right"] == "yes"
        services.decide(advance=found, actor=user, now=now, right=right, answer=given["answer"])
