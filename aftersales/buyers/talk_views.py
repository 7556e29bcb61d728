"""Writing to the seller about an order, and taking back what a plan misunderstood."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from aftersales.conversations import services
from aftersales.conversations.answering import likely_case, only_item
from aftersales.conversations.models import Remark
from aftersales.disputes.pages.views import user_of
from aftersales.orders.models import Order


def _order(request: HttpRequest, ref: str) -> Order:
    mine = Order.objects.filter(buyer=user_of(request)).select_related("merchant").prefetch_related("lines")
    found: Order = get_object_or_404(mine, number=ref)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def talk(request: HttpRequest, ref: str) -> HttpResponse:
    """Show what was written about an order; POST writes."""
    order, error, said = _order(request, ref), "", ""
    if request.method == "POST":
        said = request.POST.get("body", "")
        try:
            services.write(order=order, actor=user_of(request), now=timezone.now(), body=said)
        except services.Wordless as wordless:
            error = str(wordless)
        else:
            return redirect("buyers:talk", ref=ref)
    remarks = Remark.objects.filter(conversation__order=order).select_related("answers")
    context = {"order": order, "remarks": list(remarks), "error": error, "said": said, "item": only_item(order)}
    return render(request, "conversations/buyer.html", context, status=422 if error else 200)


@require_POST
@login_required
def take_back(request: HttpRequest, ref: str, pk: int) -> HttpResponse:
    """Say that an automatic answer was not what was meant."""
    order = _order(request, ref)
    remark = get_object_or_404(Remark, pk=pk, conversation__order=order)
    try:
        services.take_back(remark=remark, actor=user_of(request), now=timezone.now())
    except services.NothingToTakeBack as nothing:
        messages.info(request, str(nothing))
    else:
        messages.success(request, _("Taken back. The seller reads your message and answers you."))
    return redirect("buyers:talk", ref=ref)


def prefilled(request: HttpRequest, order: Order) -> dict[str, str]:
    """What the message named in the address tells of a case: its words, and what happened where that is likely."""
    given = request.GET.get("message", "")
    if not given.isdecimal() or len(given) > 18:
        return {}
    mine = Remark.objects.filter(conversation__order=order, speaker="buyer", author=user_of(request))
    remark = mine.filter(pk=int(given)).first()
    item = only_item(order)
    if remark is None or item is None:
        return {}
    likely = likely_case(remark.group, item.stage) if remark.group else None
    return {"statement": remark.body, **({"type": likely.type, "reason": likely.reason} if likely else {})}
