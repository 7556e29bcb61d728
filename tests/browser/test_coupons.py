"""The pages of coupons in both languages, narrow and wide, light and dark: axe finds nothing, nothing overflows."""

import os
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from merchants.coupons import services
from merchants.coupons.budgets import Limits, set_limits
from tests.browser.test_pages import overflow, violations
from tests.coupons.makers import give
from tests.makers import make_order
from tests.plans.makers import make_coupon

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def places(cast, buy):
    now = timezone.now()
    order = buy("80.00")
    plain = make_coupon(cast.shop, name="Sorry", categories=["Shirts"])
    percent = make_coupon(cast.shop, name="Tenth off", percent=Decimal(10), valid_until=now.date() + timedelta(days=60))
    limits = Limits(total_count=100, total_amount=Decimal(500))
    set_limits(merchant=cast.shop, template=plain, currency="CNY", limits=limits, actor=cast.owner, now=now)
    for number in range(2):
        give(order, plain, key=f"A:{number}", case="", now=now)
        used = give(order, percent, key=f"B:{number}", case="", now=now)
    purchase = services.Purchase("ORDER-2", spent=Decimal(70))
    services.redeem(code=used.code, purchase=purchase, actor=cast.owner, now=now)
    return {
        "list": (cast.owner, "/merchant/coupons/"),
        "new": (cast.owner, "/merchant/coupons/new/"),
        "given": (cast.owner, f"/merchant/coupons/{plain.pk}/"),
        "version": (cast.owner, f"/merchant/coupons/{plain.pk}/version/"),
        "budget": (cast.owner, f"/merchant/coupons/{plain.pk}/budget/"),
        "shop_budget": (cast.owner, "/merchant/coupons/budget/"),
        "statement": (cast.owner, "/merchant/coupons/statement/"),
        "moves": (cast.owner, "/merchant/coupons/moves/"),
        "mine": (cast.buyer, "/coupons/"),
        "past": (cast.buyer, "/coupons/?past=1"),
        "none": (make_order().buyer, "/coupons/"),
    }


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("en", 390, "light"), ("en", 1440, "dark"), ("zh-hans", 390, "dark"), ("zh-hans", 1440, "light")],
)
def test_coupon_pages_are_accessible_and_fit(language, width, scheme, places, sign_in):
    pages, faults = {}, []
    for name, (user, address) in places.items():
        page = pages.get(user) or sign_in(user, width=width, language=language, scheme=scheme)
        pages[user] = page
        assert page.goto(address).ok, name
        if folder := os.environ.get("PICTURES"):  # to look at them: PICTURES=folder script/test tests/browser
            page.screenshot(path=f"{folder}/{name}-{language}-{width}-{scheme}.png", full_page=True)
        faults += [f"{name}: {fault}" for fault in [*violations(page), *overflow(page)]]
    assert faults == []
