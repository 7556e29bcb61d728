"""A buyer's own coupons."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from aftersales.disputes.pages.views import user_of
from merchants.coupons.models import Coupon, CouponState

PAGE = 20


@require_safe
@login_required
def coupons(request: HttpRequest) -> HttpResponse:
    """List the coupons that can be used, first to run out first; `?past=1` those that are used or over."""
    mine = Coupon.objects.filter(buyer=user_of(request)).select_related("merchant")
    good, over = mine.filter(state=CouponState.ISSUED), mine.exclude(state=CouponState.ISSUED)
    past = bool(request.GET.get("past"))
    shown = over.order_by("-issued_at", "-pk") if past else good.order_by("expires_at", "pk")
    pages = Paginator(shown, PAGE)
    context = {
        "past": past,
        "open_count": good.count() if past else pages.count,
        "past_count": pages.count if past else over.count(),
        "page": pages.get_page(request.GET.get("page")),
    }
    return render(request, "buyers/coupons.html", context)
