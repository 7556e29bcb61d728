"""Where a shop takes goods back: its address book."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftersales.disputes.pages.views import user_of
from merchants.addresses.models import ReturnAddress
from merchants.addresses.services import (
    DefaultNeeded,
    TooMany,
    add_address,
    change_address,
    make_default,
    remove_address,
)
from merchants.dashboard.address_forms import AddressForm
from merchants.dashboard.shop import Shop, shop_of, shop_with
from merchants.models import Merchant


@require_safe
@login_required
def addresses(request: HttpRequest) -> HttpResponse:
    """List the addresses, the default first."""
    shop = shop_of(request)
    rows = shop.merchant.return_addresses.order_by("-is_default", "label_en", "pk")
    return render(request, "returns/addresses.html", {"shop": shop, "rows": list(rows)})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Add an address."""
    shop = _acting(shop_of(request))
    form = AddressForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            add_address(merchant=shop.merchant, actor=user_of(request), now=timezone.now(), place=form.place())
        except TooMany as full:
            form.add_error(None, str(full))
        else:
            messages.success(request, _("The address is in the book."))
            return redirect("dashboard:addresses")
    context = {"shop": shop, "form": form, "address": None}
    return render(request, "returns/address.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an address."""
    address = _address_or_404(request, pk)
    shop = _acting(shop_with(request, address.merchant))
    form = AddressForm(request.POST if request.method == "POST" else None, address=address)
    if request.method == "POST" and form.is_valid():
        change_address(address=address, actor=user_of(request), place=form.place())
        messages.success(request, _("Saved. Returns agreed before go where they were to go."))
        return redirect("dashboard:addresses")
    context = {"shop": shop, "form": form, "address": address}
    return render(request, "returns/address.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def default(request: HttpRequest, pk: int) -> HttpResponse:
    """Make an address the default."""
    make_default(address=_address_or_404(request, pk), actor=user_of(request))
    messages.success(request, _("Returns agreed from now on go to this address."))
    return redirect("dashboard:addresses")


@require_POST
@login_required
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an address out of the book."""
    try:
        remove_address(address=_address_or_404(request, pk), actor=user_of(request))
    except DefaultNeeded as needed:
        messages.warning(request, str(needed))
    else:
        messages.success(request, _("The address is no longer in the book."))
    return redirect("dashboard:addresses")


def _acting(shop: Shop) -> Shop:
    if not shop.may_act:
        raise PermissionDenied(_("Only the shop's owner, managers and agents can change its addresses."))
    return shop


def _address_or_404(request: HttpRequest, pk: int) -> ReturnAddress:
    mine = Merchant.objects.visible_to(user_of(request))
    return get_object_or_404(ReturnAddress.objects.select_related("merchant"), pk=pk, merchant__in=mine)
