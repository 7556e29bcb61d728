"""The page on which a shop's people read the band, what it rests on, and what would change it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from aftersales.credit.services import rules_for_buyers
from aftersales.disputes.measuring.sellers import measure_sellers
from aftersales.policies.codes import MerchantBand
from aftersales.policies.trace import say
from merchants.dashboard.shop import shop_of
from merchants.scores.bands import Facts, band_of
from merchants.scores.models import MerchantStanding


@require_safe
@login_required
def band(request: HttpRequest) -> HttpResponse:
    """Show the band with its facts; a shop that was never measured is measured now."""
    shop, now = shop_of(request), timezone.now()
    found = MerchantStanding.objects.filter(merchant=shop.merchant).first()
    if found is None:
        measure_sellers(now=now, merchant_id=shop.merchant.pk)
        found = MerchantStanding.objects.get(merchant=shop.merchant)
    facts, rules = Facts.parse(found.facts), rules_for_buyers(now)
    context = {"shop": shop, "standing": found, "facts": facts, "said": say(band_of(facts, rules)[1])}
    context |= {"days": rules.windows["band"], "excellent": found.band == MerchantBand.EXCELLENT}
    return render(request, "merchants/band.html", context)
