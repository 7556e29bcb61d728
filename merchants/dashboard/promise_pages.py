"""What the shop promises above the rules: read by its people, signed by an owner."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from aftersales.disputes.pages.views import user_of
from aftersales.policies.book import HOME, book_at, pack_rules
from aftersales.policies.layers import BadRules, Layer
from merchants.dashboard.promise_forms import PromiseForm
from merchants.dashboard.shop import Shop, shop_of
from merchants.models import MemberRole
from merchants.promises.models import PromiseVersion
from merchants.promises.sentences import point
from merchants.promises.services import sign


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def promises(request: HttpRequest) -> HttpResponse:
    """Show what the shop promises and promised; an owner signs a new version."""
    shop, now = shop_of(request), timezone.now()
    versions = list(shop.merchant.promises.select_related("signed_by").order_by("-number"))
    signed = Layer.parse(versions[0].rules).values if versions else {}
    given = pack_rules(book_at(now).bases[HOME])
    form = PromiseForm(request.POST if request.method == "POST" else None, given=given, now=dict(signed))
    if request.method == "POST" and form.is_valid():
        try:
            sign(
                merchant=shop.merchant,
                actor=user_of(request),
                rules=form.rules(),
                effective_at=form.effective(now),
                now=now,
            )
        except BadRules as wrong:
            form.refuse(wrong)
        else:
            messages.success(request, _("Signed. Buyers see it on what they buy from then on."))
            return redirect("dashboard:promises")
    context = {"shop": shop, "form": form, "may_sign": _may_sign(shop), "versions": [_row(v) for v in versions]}
    return render(request, "merchants/promises.html", context, status=422 if form.errors else 200)


def _may_sign(shop: Shop) -> bool:
    return shop.member is not None and shop.member.role == MemberRole.OWNER


def _row(version: PromiseVersion) -> dict[str, Any]:
    values = Layer.parse(version.rules).values
    return {"it": version, "points": [point(path, value) for path, value in values.items()]}
