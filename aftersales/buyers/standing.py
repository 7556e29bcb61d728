"""The page on which a buyer reads the tier, what it rests on, what would change it, and objects."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from aftersales.credit.models import Objection
from aftersales.credit.services import NothingToObject, credit_of, object_to, rules_for_buyers
from aftersales.credit.tiers import Facts, quota, tier_of
from aftersales.disputes.measuring.buyers import measure_buyer
from aftersales.disputes.pages.views import user_of
from aftersales.policies.codes import BuyerTier
from aftersales.policies.trace import say
from portal.ui.forms import NoteField

CURRENCY = "CNY"  # in which the page names amounts; each order's own currency has its own


class ObjectionForm(forms.Form):
    """What is wrong with the tier."""

    text = NoteField(label=gettext_lazy("What is wrong with it? A person reads and answers this"), max_length=2000)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def standing(request: HttpRequest) -> HttpResponse:
    """Show the tier with its facts; a buyer who was never measured is measured now."""
    user, now = user_of(request), timezone.now()
    credit = credit_of(user.pk)
    if credit.computed_at is None:
        measure_buyer(user.pk, now=now)
        credit = credit_of(user.pk)
    form = ObjectionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            object_to(actor=user, now=now, text=form.cleaned_data["text"])
        except NothingToObject as nothing:
            form.add_error("text", str(nothing))
        else:
            messages.success(request, _("The platform has your objection. You find the answer here."))
            return redirect("buyers:standing")
    rules, facts = rules_for_buyers(now), Facts.parse(credit.facts)
    tiers = [(tier.label, tier == credit.tier, quota(tier, rules, CURRENCY)) for tier in BuyerTier]
    objections = list(Objection.objects.filter(buyer=user))
    context = {"credit": credit, "facts": facts, "said": say(tier_of(facts, rules)[1]), "tiers": tiers, "form": form}
    context |= {"objections": objections, "open": any(o.answered_at is None for o in objections), "currency": CURRENCY}
    return render(request, "credit/standing.html", context, status=422 if form.errors else 200)
