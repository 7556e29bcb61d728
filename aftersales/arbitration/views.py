from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftersales.arbitration import desk
from aftersales.arbitration.forms import RulingForm
from aftersales.arbitration.money import effect_of, effect_on_appeal
from aftersales.arbitration.services import check_decision, decide_appeal, rule, take_next
from aftersales.disputes.codes import Status
from aftersales.disputes.errors import DisputeMoved, NotAllowed, RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.pages import show
from aftersales.disputes.pages.views import user_of
from aftersales.disputes.transitions import check
from portal.accounts.models import Duty

View = Callable[..., HttpResponse]
DUTIES = {Duty.ARBITRATOR, Duty.SENIOR, Duty.PLATFORM}


def desk_view(view: View) -> View:
    """Let only those in who work for the platform; others are told that there is nothing here."""

    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if user_of(request).duty not in DUTIES:
            raise Http404
        return view(request, *args, **kwargs)

    guarded: View = admin.site.admin_view(checked)
    return guarded


def _page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, template, {**admin.site.each_context(request), **context}, status=status)


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Show the desk: mine, unassigned, appeals, breaching today, each most urgent first."""
    user = user_of(request)
    tab = request.GET.get("tab", "mine" if user.is_arbitrator else "unassigned")
    if tab not in desk.TABS:
        raise Http404
    context = {"tabs": desk.tabs(user, tab), "rows": desk.rows(user, tab), "tab": tab, "title": _("Desk")}
    return _page(request, "arbitration/queue.html", context)


@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """Give the arbitrator the most urgent case."""
    user = user_of(request)
    if not user.is_arbitrator:
        raise PermissionDenied
    case = take_next(actor=user, now=timezone.now())
    if case is None:
        messages.info(request, _("No case waits for you."))
        return redirect("desk:queue")
    return redirect("desk:case", number=case.number)


def _load(request: HttpRequest, number: str) -> Dispute:
    case = show.load(user_of(request), number)
    if case is None:
        raise Http404
    return case


@require_safe
def case(request: HttpRequest, number: str) -> HttpResponse:
    """Show a case to who decides it: both sides beside each other, all evidence in view."""
    found = _load(request, number)
    context = {**show.page_of(found, user_of(request)), **desk.sides(found), "title": found.number}
    return _page(request, "arbitration/case.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, number: str) -> HttpResponse:
    """Write a decision, see what it does with money, confirm it. The object previewed is the one made."""
    user, found = user_of(request), _load(request, number)
    appeal = found.status == Status.APPEALED
    try:
        check(found, "decide_appeal" if appeal else "rule", role=desk.role(user, found), actor=user, now=timezone.now())
        given = request.POST if request.method == "POST" else None
        form = RulingForm(given, case=found, appeal=appeal, initial=desk.first_decision(found) if appeal else {})
        effect = None
        if given is not None and form.is_valid():
            decision = form.decision()
            effect = (effect_on_appeal if appeal else effect_of)(found, check_decision(found, decision))
            if "confirm" in given:
                how: dict[str, Any] = {"dispute": found, "actor": user, "now": timezone.now(), "decision": decision}
                how["expected_version"] = form.cleaned_data["version"]
                if appeal:
                    decide_appeal(result=form.cleaned_data["result"], **how)
                else:
                    rule(**how)
                messages.success(request, _("Decided. Both sides have been told."))
                return redirect("desk:case", number=number)
    except DisputeMoved as why:
        messages.warning(request, str(why))
        return redirect("desk:case", number=number)
    except NotAllowed as why:
        raise PermissionDenied(str(why)) from why
    except RuleBroken as broken:
        form.add_error(broken.field if broken.field in form.fields else None, broken.message)
        effect = None
    context = {"case": found, "form": form, "effect": effect, "appeal": appeal, "title": found.number}
    context |= {"confirming": effect is not None and "edit" not in request.POST, **desk.sides(found)}
    return _page(request, "arbitration/decide.html", context, 422 if form.errors else 200)
