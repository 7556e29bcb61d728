"""What buyers write to a shop: unanswered first; a thread, and the plan's answer with one tap."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftersales.conversations import services
from aftersales.conversations.models import Conversation, Remark
from aftersales.disputes.pages.views import user_of
from merchants.dashboard.shop import shop_of, shop_with

PAGE = 50


@require_safe
@login_required
def conversations(request: HttpRequest) -> HttpResponse:
    """List a shop's conversations: those that wait for an answer first."""
    shop = shop_of(request)
    found = Conversation.objects.visible_to(user_of(request)).filter(merchant=shop.merchant)
    found = found.select_related("order", "buyer").order_by("-unanswered", "-last_at", "-id")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return render(request, "conversations/list.html", {"shop": shop, "page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def conversation(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a conversation with what its last message looks like; POST writes."""
    found, error, said = _conversation(request, pk), "", ""
    order, now = found.order, timezone.now()
    if request.method == "POST":
        said = request.POST.get("body", "")
        try:
            services.write(order=order, actor=user_of(request), now=now, body=said)
        except services.Wordless as wordless:
            error = str(wordless)
        else:
            return redirect("dashboard:conversation", pk=pk)
    remarks = list(found.remarks.select_related("author", "version__plan"))
    last = remarks[-1] if remarks and found.unanswered else None
    suggested = services.suggestion(last, order, now=now) if last else None
    context = {"shop": shop_with(request, found.merchant), "conversation": found, "order": order, "remarks": remarks}
    context |= {"last": last, "suggested": suggested, "error": error, "said": said}
    return render(request, "conversations/shop.html", context, status=422 if error else 200)


@require_POST
@login_required
def send_plan(request: HttpRequest, pk: int, remark: int) -> HttpResponse:
    """Send the plan's answer to a message."""
    found = _conversation(request, pk)
    asked = get_object_or_404(Remark.objects.select_related("conversation__buyer"), pk=remark, conversation=found)
    if services.send_plan(remark=asked, actor=user_of(request), now=timezone.now()) is None:
        messages.warning(request, _("No plan fits any more, or it was sent already."))
    else:
        messages.success(request, _("Sent."))
    return redirect("dashboard:conversation", pk=pk)


def _conversation(request: HttpRequest, pk: int) -> Conversation:
    visible = Conversation.objects.visible_to(user_of(request)).select_related("order__merchant", "merchant", "buyer")
    found: Conversation = get_object_or_404(visible.prefetch_related("order__lines"), pk=pk)
    if found.buyer_id == user_of(request).pk:
        shop_of(request)  # a buyer reads it on the order's page; 404 for whoever has no shop
    return found
