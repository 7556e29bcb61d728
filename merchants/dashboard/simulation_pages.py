"""Simulation: what a draft would have done to past cases, beside what was really done."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from aftersales.disputes.pages.views import user_of
from aftersales.rehearsal.models import Rehearsal, Source
from aftersales.rehearsal.services import LONGEST, PAST, ask, latest
from merchants.dashboard.plan_pages import plan_or_404
from merchants.dashboard.shop import shop_with
from merchants.dashboard.simulation_words import checked, result_of
from merchants.plans.content import content_of
from merchants.plans.models import Plan
from portal.ui.forms import DayField


class RangeForm(forms.Form):
    """The days whose cases are replayed, both included."""

    source = forms.ChoiceField(label=gettext_lazy("What is replayed"), choices=Source.choices)
    first = DayField(label=gettext_lazy("Opened or paid from"))
    last = DayField(label=gettext_lazy("to"))

    def clean(self) -> dict[str, Any]:
        """Refuse what is no range, or more than a year."""
        given = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last day comes before the first one."))
        elif first and last and last - first >= LONGEST:
            self.add_error("first", _("Choose a range of at most a year."))
        return given

    def instants(self) -> tuple[datetime, datetime]:
        """Return the beginning of the first day and the end of the last one, of the reader's time zone."""
        given = self.cleaned_data
        return _midnight(given["first"]), _midnight(given["last"] + timedelta(days=1))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def simulate(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a plan's latest simulation, or the one asked for; POST begins another."""
    plan = plan_or_404(request, pk)
    version = plan.draft or plan.live
    if version is None:
        raise Http404
    shop = shop_with(request, plan.merchant)
    found = _run(request, plan)
    form = RangeForm(request.POST or None, initial=_usual(request, found))
    if request.method == "POST":
        if not shop.may_act:
            raise PermissionDenied(_("Only the shop's owner, managers and agents can simulate plans."))
        if form.is_valid():
            begin, end = form.instants()
            source = Source(form.cleaned_data["source"])
            run = ask(plan=plan, begin=begin, end=end, actor=user_of(request), now=timezone.now(), source=source)
            return redirect(f"{reverse('dashboard:plan_simulate', args=[pk])}?run={run.pk}")
    context = {"plan": plan, "shop": shop, "version": version, "form": form, **simulated(plan, found), **_shown(found)}
    return render(request, "merchants/plans/simulate.html", context, status=422 if form.errors else 200)


def _usual(request: HttpRequest, shown: Rehearsal | None) -> dict[str, Any]:
    """What is filled in at first: as the simulation shown, else cases of the last 90 days."""
    if shown is not None and "source" not in request.GET:
        last = timezone.localtime(shown.end) - timedelta(days=1)
        return {"source": shown.source, "first": timezone.localtime(shown.begin).date(), "last": last.date()}
    today = timezone.localdate()
    source = Source.ORDERS if request.GET.get("source") == Source.ORDERS else Source.CASES
    return {"source": source, "first": today - PAST, "last": today}


def simulated(plan: Plan, run: Rehearsal | None) -> dict[str, Any]:
    """Say whether a simulation is of what the plan's draft says now; for each page that can publish it."""
    version = plan.draft or plan.live
    same = run is not None and version is not None and run.fingerprint == content_of(version).fingerprint
    return {"run": run, "run_is_current": same and run is not None and not run.moved}


def _run(request: HttpRequest, plan: Plan) -> Rehearsal | None:
    number = request.GET.get("run", "")
    if not number:
        return latest(plan)
    known = number.isdecimal() and number.isascii()
    found = plan.rehearsals.select_related("asked_by").filter(pk=number).first() if known else None
    if found is None:
        raise Http404
    return found


def _shown(run: Rehearsal | None) -> dict[str, Any]:
    if run is None or run.finished_at is None or not run.result:
        return {}
    run_result = result_of(run)
    counts = run_result["counts"]
    return {"result": run_result, "check": checked(counts) if counts["checked"] else "", "last_day": run.end}


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
