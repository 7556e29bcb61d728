"""What the platform paid first for a shop: the list, and one advance with the objection to it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from aftersales.advances import services
from aftersales.advances.coverage import standings
from aftersales.advances.models import Advance, AdvanceState
from aftersales.disputes.pages.views import user_of
from merchants.dashboard.shop import shop_of, shop_with
from portal.ui.forms import NoteField

PAGE = 50


class ObjectionForm(forms.Form):
    """What speaks against an advance."""

    text = NoteField(
        label=gettext_lazy("Why do you not owe this?"),
        help_text=gettext_lazy("Name what you did and when. The platform's staff reads it and answers with reasons."),
        max_length=services.TEXT_LENGTH,
    )


@require_safe
@login_required
def index(request: HttpRequest) -> HttpResponse:
    """List a shop's advances, newest first."""
    shop = shop_of(request)
    found = Advance.objects.visible_to(user_of(request)).filter(merchant=shop.merchant)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return render(request, "merchants/advances.html", {"shop": shop, "page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def advance(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an advance; POST objects to it."""
    user = user_of(request)
    found = get_object_or_404(Advance.objects.visible_to(user).select_related("merchant"), pk=pk)
    shop, now = shop_with(request, found.merchant), timezone.now()
    form = ObjectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.object_to(advance=found, actor=user, now=now, text=form.cleaned_data["text"])
        except services.NotForYou as not_yours:
            raise PermissionDenied(str(not_yours)) from not_yours
        except (services.NotOpen, services.WordsMissing) as late:
            form.add_error(None, str(late))
        else:
            messages.success(request, _("Your objection is with the platform's staff. Nothing is taken until then."))
            return redirect("dashboard:advance", pk=pk)
    can_object = shop.may_act and found.state == AdvanceState.OPEN and found.object_until > now
    context: dict[str, Any] = {"shop": shop, "advance": found, "form": form, "can_object": can_object}
    context["shares"] = standings([found])[found.pk]
    return render(request, "merchants/advance.html", context, status=422 if form.errors else 200)
