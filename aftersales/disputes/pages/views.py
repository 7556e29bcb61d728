from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftersales.disputes.errors import DisputeMoved, NotAllowed, RuleBroken
from aftersales.disputes.evidence.services import add_evidence
from aftersales.disputes.models import Dispute
from aftersales.disputes.pages import show
from aftersales.disputes.pages.actions import PAGES
from aftersales.disputes.pages.postage import postage_points
from aftersales.disputes.pages.preview import preview
from aftersales.disputes.permissions import role_of
from aftersales.disputes.services.messages import post_message
from aftersales.disputes.transitions import check
from portal.accounts.models import User


def user_of(request: HttpRequest) -> User:
    """Return who is signed in (the view requires it)."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


def load_or_404(request: HttpRequest, number: str) -> Dispute:
    """Return a case that the user may see. Raises Http404: to outsiders it does not exist."""
    case = show.load(user_of(request), number)
    if case is None:
        raise Http404
    return case


@require_safe
@login_required
def case(request: HttpRequest, number: str) -> HttpResponse:
    """Show a case: what comes next, what can be done, what was said and shown."""
    found = load_or_404(request, number)
    return render(request, "disputes/case.html", show.page_of(found, user_of(request)))


def moved(request: HttpRequest, number: str, why: DisputeMoved) -> HttpResponse:
    """Show the case as it is now to somebody whose page was old; what was typed stays on the page."""
    found = load_or_404(request, number)
    typed = [v for k, v in request.POST.items() if k in {"note", "message", "statement", "body", "question"} and v]
    context = {**show.page_of(found, user_of(request)), "moved": str(why), "typed": typed}
    return render(request, "disputes/case.html", context, status=409)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def act(request: HttpRequest, number: str, action: str) -> HttpResponse:
    """Explain an action, ask what it needs, and take it."""
    user, found = user_of(request), load_or_404(request, number)
    page = PAGES.get(action.replace("-", "_"))
    role = role_of(user, found)
    if page is None or role is None:
        raise Http404
    name = action.replace("-", "_")
    try:
        check(found, name, role=role, actor=user, now=timezone.now())
        given = request.POST if request.method == "POST" else None
        initial = {k: v for k, v in request.GET.items() if k in {"offer", "kind", "amount"}}
        form = page.form(given, case=found, role=role, initial=initial)
        if request.method == "POST" and form.is_valid():
            page.verb(dispute=found, actor=user, now=timezone.now(), **form.arguments())
            messages.success(request, _("Done. Here is where the case stands now."))
            return redirect("case", number=number)
    except DisputeMoved as why:
        return moved(request, number, why)
    except NotAllowed as why:
        raise PermissionDenied(str(why)) from why
    except RuleBroken as broken:
        if request.method != "POST" or "form" not in locals():
            messages.warning(request, broken.message)
            return redirect("case", number=number)
        form.add_error(broken.field if broken.field in form.fields else None, broken.message)
    context = {"case": found, "role": role, "action": name, "page": page, "form": form}
    context["preview"] = preview(found, name, form)
    context["postage_points"] = postage_points(found, role)
    return render(request, "disputes/act.html", context, status=422 if form.errors else 200)


def _typed(request: HttpRequest, name: str) -> str:
    """Return a field outside of a form, as PostgreSQL can store it: without NUL bytes."""
    return request.POST.get(name, "").replace("\x00", "")


@require_POST
@login_required
def say(request: HttpRequest, number: str) -> HttpResponse:
    """Post a message; a text that cannot be sent stays in the box."""
    found = load_or_404(request, number)
    try:
        post_message(
            dispute=found,
            actor=user_of(request),
            now=timezone.now(),
            body=_typed(request, "body"),
            audience=request.POST.get("audience", "parties"),
        )
    except NotAllowed as why:
        raise PermissionDenied(str(why)) from why
    except RuleBroken as broken:
        context: dict[str, Any] = show.page_of(found, user_of(request))
        context |= {"say_error": broken.message, "said": request.POST.get("body", "")}
        return render(request, "disputes/case.html", context, status=422)
    return redirect(f"{found.get_absolute_url()}#talk")


@require_POST
@login_required
def upload(request: HttpRequest, number: str) -> HttpResponse:
    """Keep evidence files; what could be kept is kept, each other one is named with the reason."""
    found = load_or_404(request, number)
    files = request.FILES.getlist("files")
    if not files:
        messages.warning(request, _("Choose a file first."))
    for file in files:
        try:
            add_evidence(
                dispute=found,
                actor=user_of(request),
                now=timezone.now(),
                upload=file,
                slot=_typed(request, "slot"),
                caption=_typed(request, "caption"),
            )
        except NotAllowed as why:
            raise PermissionDenied(str(why)) from why
        except DisputeMoved as why:
            return moved(request, number, why)
        except RuleBroken as broken:
            messages.error(request, broken.message)
        else:
            messages.success(request, _("%(name)s was added.") % {"name": file.name})
    return redirect(f"{found.get_absolute_url()}#evidence")
