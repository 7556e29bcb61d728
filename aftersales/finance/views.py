from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from aftersales.disputes.pages.views import user_of
from aftersales.finance import queue as waiting
from aftersales.finance.bulk import DEEDS, MOST, Given, carry_out, choose
from aftersales.finance.forms import ConfirmForm, FilterForm
from aftersales.finance.pages import page
from portal.accounts.models import Duty

View = Callable[..., HttpResponse]
_KEPT = "finance_results"  # in the session: what the last confirmation came to


def finance_view(view: View) -> View:
    """Let only the platform's own people in; others of its staff are refused."""

    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if user_of(request).duty != Duty.PLATFORM:
            raise PermissionDenied(_("Only the platform's finance works here."))
        return view(request, *args, **kwargs)

    guarded: View = admin.site.admin_view(checked)
    return guarded


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Show what waits, oldest first, with the sums by currency."""
    form = FilterForm(request.GET)
    wanted = form.wanted()
    found_page = Paginator(waiting.keys(**wanted), MOST // 2).get_page(request.GET.get("page"))
    found = waiting.items([(kind, pk) for kind, pk, _since in found_page], user_of(request))
    context = {
        "rows": found,
        "page": found_page,
        "filters": form,
        "wanted": wanted,
        "deeds": DEEDS,
        "kinds": waiting.KINDS,
    }
    context |= {"totals": waiting.totals(**wanted), "all": "all" in request.GET, "title": _("Finance queue")}
    return page(request, "finance/queue.html", context)


@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Say what will happen to what was chosen, with sums by currency; then do it, item by item."""
    deed = DEEDS.get(request.POST.get("deed", ""))
    if deed is None:
        raise Http404
    user, tokens = user_of(request), request.POST.getlist("item")[:MOST]
    choice = choose(deed, tokens, user)
    form = ConfirmForm(request.POST if "confirm" in request.POST else None, deed=deed)
    if form.is_valid() and choice.possible:
        given = Given(user, timezone.now(), form.cleaned_data["why"], form.cleaned_data.get("reference", ""))
        results = carry_out(deed, choice.possible, given)
        refused = [(name, False, why) for name, why in choice.impossible]
        request.session[_KEPT] = [(r.case, r.done, r.words) for r in results] + refused
        return redirect("finance:done")
    context = {"deed": deed, "name": request.POST["deed"], "choice": choice, "form": form}
    context |= {"totals": waiting.add_up(choice.possible), "title": deed.heading}
    return page(request, "finance/confirm.html", context, 422 if form.errors else 200)


@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """List what happened to each item."""
    results = request.session.get(_KEPT, [])
    count = sum(1 for _case, happened, _words in results if happened)
    context = {"results": results, "count": count, "left": len(results) - count, "title": _("What was done")}
    return page(request, "finance/done.html", context)
