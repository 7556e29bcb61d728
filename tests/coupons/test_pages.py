"""The pages of coupons: versions, budgets, a statement whose every number opens its list, and a buyer's own."""

import csv
import io
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from merchants.coupons import services
from merchants.coupons.models import CouponBudget, CouponTemplate
from tests.coupons.makers import give
from tests.plans.makers import make_coupon

TERMS = {"name": "Ten", "currency": "CNY", "amount": "10", "minimum_spend": "0", "valid_days": "90"}


def url(name, *args):
    return reverse(f"dashboard:{name}", args=args)


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def template(cast):
    return make_coupon(cast.shop, minimum_spend=Decimal(0))


@pytest.fixture
def given(cast, buy, template, now):
    """Three of one template: open, used for less than it is worth, run out."""
    order = buy("80.00")
    coupons = [give(order, template, key=f"A:{n}", case="", now=now - timedelta(days=200 * (n == 2))) for n in range(3)]
    purchase = services.Purchase("NEXT", spent=Decimal(6))
    services.redeem(code=coupons[1].code, purchase=purchase, actor=cast.owner, now=now)
    services.expire_due(now=now)
    return coupons


def text(answer):
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_every_term_is_kept(client, cast):
    client.force_login(cast.owner)
    more = {"percent": "12.5", "valid_from": "2026-12-01", "valid_until": "2026-12-31", "stackable": "on"}
    lists = {"categories": "Tea, Cups\nTea", "skus": "茶，杯"}
    assert client.post(url("coupon_new"), TERMS | more | lists).status_code == 302
    made = CouponTemplate.objects.get()
    assert (made.percent, str(made.valid_from), str(made.valid_until)) == (Decimal("12.5"), "2026-12-01", "2026-12-31")
    assert (made.categories, made.skus, made.stackable) == (["Tea", "Cups"], ["茶", "杯"], True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"percent": "0"},
        {"percent": "100.01"},
        {"valid_from": "2026-12-01"},
        {"valid_from": "2026-12-31", "valid_until": "2026-12-01"},
        {"categories": "x" * 101},
        {"amount": "-1"},
    ],
)
def test_terms_that_make_no_sense(client, cast, wrong):
    client.force_login(cast.owner)
    assert client.post(url("coupon_new"), TERMS | wrong).status_code == 422
    assert not CouponTemplate.objects.exists()


def test_a_given_coupon_gets_a_new_version(client, cast, template, given):
    client.force_login(cast.owner)
    assert "Make a new version" in text(client.get(url("coupon_edit", template.pk)))
    assert client.post(url("coupon_version", template.pk), TERMS | {"amount": "15"}).status_code == 302
    new = CouponTemplate.objects.get(version=2)
    template.refresh_from_db()
    assert (new.previous, new.amount, template.amount) == (template, 15, 10)
    assert client.post(url("coupon_version", template.pk), TERMS).status_code == 422, "it has a newer version already"
    assert CouponTemplate.objects.count() == 2


def test_limits_are_set_and_shown(client, cast, template, given):
    client.force_login(cast.owner)
    limits = {"total_count": "40", "total_amount": "", "day_count": "5", "day_amount": "0.001"}
    assert client.post(url("coupon_budget", template.pk), limits).status_code == 422
    assert client.post(url("coupon_budget", template.pk), limits | {"day_amount": "60"}).status_code == 302
    assert client.post(url("coupons_budget"), {"total_amount": "1000"}).status_code == 302
    budget = CouponBudget.objects.get(template=template)
    assert (budget.total_count, budget.total_amount, budget.day_count, budget.day_amount) == (40, None, 5, 60)
    assert CouponBudget.objects.get(template=None).total_amount == 1000
    assert "2 of 40 given" in text(client.get(url("coupons")))
    client.force_login(cast.agent)
    assert client.post(url("coupon_budget", template.pk), limits).status_code == 403


def test_page_csv_and_lists_have_the_same_totals(client, cast, given):
    client.force_login(cast.owner)
    page = text(client.get(url("coupon_statement")))
    raw = client.get(url("coupon_statement") + "?format=csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(raw)))
    totals = {kind: sum(int(row[f"{kind}_count"]) for row in rows) for kind in ("issued", "used", "expired")}
    assert totals == {"issued": 3, "used": 1, "expired": 1}
    assert sum(Decimal(row["taken_off"]) for row in rows) == 6
    links = re.findall(r'href="(/merchant/coupons/moves/[^"]+)">(\d+) ·', page)
    assert len(links) == 7, "four numbers of two months, three totals"
    for link, number in links:
        listed = text(client.get(link.replace("&amp;", "&")))
        assert f"<dd>{number} ·" in listed, link


def test_another_shop_sees_nothing_of_it(client, cast, given):
    client.force_login(cast.rival)
    for page in ("coupon_statement", "coupon_moves"):
        assert given[0].readable_code not in text(client.get(url(page)))
    assert "No coupon was issued yet" in text(client.get(url("coupon_statement")))


def test_a_buyer_sees_only_their_own(client, cast, given):
    client.force_login(cast.buyer)
    good, past = text(client.get("/coupons/")), text(client.get("/coupons/?past=1"))
    assert given[0].readable_code in good
    assert "money can be chosen as well" in good
    assert given[1].readable_code not in good + past, "a used code is of no use to anybody"
    assert "NEXT" in past
    client.force_login(cast.outsider)
    assert given[0].readable_code not in text(client.get("/coupons/"))
