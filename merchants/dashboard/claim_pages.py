"""Opening a case against a buyer: find the order, choose what it is about, say what was found."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.pages.views import user_of
from aftersales.disputes.services.claimable import Claimable, claimable
from aftersales.disputes.services.claims import open_claim
from aftersales.orders.models import Order
from aftersales.policies.claims import CLAIMS
from aftersales.policies.codes import DisputeType
from merchants.dashboard.claim_forms import ClaimForm
from merchants.members import memberships_of


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of case that can be opened about an order, or why it cannot."""

    type: str
    word: str
    found: Claimable | None = None
    why_not: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Open a case against a buyer: `?about=` an order or case number, `?type=` what it is about."""
    shops = _acting(request)
    sought = request.GET.get("about", "").strip()[:120]
    context: dict[str, Any] = {"sought": sought}
    if not sought:
        return render(request, "merchants/claim.html", context)
    case = Dispute.objects.filter(number=sought, merchant__in=shops).first()
    order = _order(shops, sought, case)
    if order is None:
        return render(request, "merchants/claim.html", {**context, "unknown": True}, status=404)
    about = case.number if case is not None else ""
    kinds = [_kind(order, type, about) for type in CLAIMS]
    context |= {"order": order, "case": case, "kinds": kinds}
    chosen = next((kind for kind in kinds if kind.type == request.GET.get("type")), None)
    if chosen is None or chosen.found is None:
        return render(request, "merchants/claim.html", context)
    form = ClaimForm(request.POST or None, type=chosen.type, found=chosen.found, currency=order.currency)
    if request.method == "POST" and form.is_valid() and (made := _opened(request, form, order, chosen.type, about)):
        messages.success(request, _("Opened. The buyer has been told. Now add what shows it."))
        return redirect(f"{made.get_absolute_url()}#evidence")
    context |= {"chosen": chosen, "form": form}
    return render(request, "merchants/claim.html", context, status=422 if form.errors else 200)


def _opened(request: HttpRequest, form: ClaimForm, order: Order, type: str, about: str) -> Dispute | None:
    """Open the case; what speaks against it goes on the form."""
    given = form.cleaned_data
    try:
        return open_claim(
            order=order,
            actor=user_of(request),
            now=timezone.now(),
            type=type,
            reason=given["reason"],
            statement=given["statement"],
            amount=given.get("amount"),
            about=_about(type, about),
            lines=given.get("lines", ()),
        )
    except RuleBroken as broken:
        form.add_error(broken.field if broken.field in form.fields else None, broken.message)
        return None


def _acting(request: HttpRequest) -> list[int]:
    members = memberships_of(user_of(request))
    if not members:
        raise Http404
    shops = [pk for pk, member in members.items() if member.may_act]
    if not shops:
        raise PermissionDenied(_("Only the people of the shop can open a case against a buyer."))
    return shops


def _order(shops: list[int], sought: str, case: Dispute | None) -> Order | None:
    mine = Order.objects.filter(merchant__in=shops).select_related("merchant", "buyer")
    found = mine.filter(pk=case.order_id) if case is not None else mine.filter(number=sought)
    return found.prefetch_related("lines", "payments").first()


def _kind(order: Order, type: str, about: str) -> Kind:
    word = str(DisputeType(type).label)
    try:
        return Kind(type, word, claimable(order, type, about=_about(type, about), now=timezone.now()))
    except RuleBroken as broken:
        return Kind(type, word, why_not=broken.message)


def _about(type: str, number: str) -> str:
    return number if type == DisputeType.RETURNED_GOODS else ""
