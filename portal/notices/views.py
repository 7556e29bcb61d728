from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from portal.notices import services
from portal.notices.models import Notice
from portal.notices.words import word

PER_PAGE = 30


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """List a person's notices, the newest first."""
    own = Notice.objects.visible_to(request.user).order_by("-created_at", "-pk")  # type: ignore[arg-type] # signed in
    page = Paginator(own, PER_PAGE).get_page(request.GET.get("page"))
    rows = [{"notice": notice, "words": word(notice)} for notice in page]
    return render(request, "notices/index.html", {"page": page, "rows": rows})


@login_required
@require_GET
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a notice as read and go where it points; the address that mails carry."""
    notice = get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)  # type: ignore[arg-type] # signed in
    services.mark_read(notice=notice, now=timezone.now())
    safe = url_has_allowed_host_and_scheme(notice.link, allowed_hosts=None)
    return HttpResponseRedirect(notice.link if safe else "/")


@login_required
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    services.mark_all_read(actor=request.user, now=timezone.now())  # type: ignore[arg-type] # signed in
    return redirect("notices")
