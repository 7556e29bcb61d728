"""What past cases, orders, budgets and rules say about a plan."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from aftersales.disputes.models import Dispute
from aftersales.results.scenes import around, gaps_of
from merchants.coupons.models import CouponBudget
from merchants.plans.content import OptionContent, PlanContent
from merchants.plans.lint import CouponLeft
from tests.plans.makers import CONTENT, PART, make_coupon, make_plan

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def cases(cast, file_case, now):
    """Seven cases of the cast's shop about 100 CNY each, received; the first was opened two months ago."""
    found = [file_case() for _n in range(7)]
    Dispute.objects.filter(pk=found[0].pk).update(opened_at=now - timedelta(days=60))
    Dispute.objects.filter(pk=found[1].pk).update(max_amount=D(400))
    return found


SCENE = PlanContent(types=("quality_visible",), stages=("received",), value_to=D(200))


def test_history_counts_the_cases_that_fit(cast, cases, now):
    soon = now + timedelta(minutes=1)
    found = around(merchant=cast.shop, content=SCENE, now=soon).history
    assert (found.cases, found.in_band, found.last_month, found.low, found.high) == (7, 6, 5, D(100), D(100))
    for changes, count in [
        ({"types": ("wrong_item",)}, 0),
        ({"reasons": ("poor_material", "damaged")}, 7),
        ({"stages": ("in_transit",)}, 0),
        ({"currency": "USD"}, 0),
        ({"categories": ("",)}, 7),
        ({"categories": ("Shoes",)}, 0),
        ({"days_from": 1, "days_to": 3}, 6),
        ({"days_from": 4}, 0),
    ]:
        told = around(merchant=cast.shop, content=replace(SCENE, **changes), now=soon).history
        assert told.cases == count, changes
    assert around(merchant=cast.rival_shop, content=SCENE, now=soon).history.cases == 0


def test_what_the_shop_sold_and_what_the_rules_say(cast, buy, now):
    buy("10.00", currency="JPY")
    found = around(merchant=cast.shop, content=SCENE, now=now)
    assert found.currencies == {"JPY"}
    assert (found.windows["no_reason"], found.windows["quality"], found.windows["price_protection"]) == (7, 15, 0)


@pytest.mark.parametrize(
    ("budgets", "left"),
    [
        ([], None),
        ([{"total_count": 5, "taken_count": 2}], 3),
        ([{"total_count": 5, "taken_count": 9}], 0),
        ([{"total_amount": D(105)}], 10),
        ([{"total_count": 50}, {"shop": True, "total_amount": D(25)}], 2),
        ([{"day_count": 1}], None),
    ],
)
def test_what_is_left_of_a_coupon(cast, now, budgets, left):
    coupon = make_coupon(cast.shop)
    for given in budgets:
        mine = {name: value for name, value in given.items() if name != "shop"}
        template = None if given.get("shop") else coupon
        CouponBudget.objects.create(merchant=cast.shop, template=template, currency="CNY", **mine)
    content = replace(SCENE, options=(PART, OptionContent("coupon", coupon=coupon)))
    assert around(merchant=cast.shop, content=content, now=now).left == {coupon.pk: CouponLeft(left)}


def test_as_many_queries_for_many_plans_and_cases(cast, file_case, now):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as seen:
            around(merchant=cast.shop, content=SCENE, now=now)
        return len(seen)

    file_case()
    make_plan(cast.shop, actor=cast.owner)
    queries()  # what a process remembers for good
    few = queries()
    for number in range(5):
        file_case()
        make_plan(cast.shop, actor=cast.owner, name=f"Plan {number}")
    assert queries() == few <= 6


def test_gaps_close_when_a_plan_fits(cast, cases, client, api, now):
    (gap,) = gaps_of(cast.shop, now)
    assert (gap.type, gap.stage, gap.currency, gap.cases) == ("quality_visible", "received", "CNY", 7)
    client.force_login(cast.owner)
    assert "Cases that no plan answers" in client.get(reverse("dashboard:plans")).content.decode()
    assert api("owner").get("/plans/gaps/").json()[0]["cases"] == 7
    assert api("rival").get("/plans/gaps/").json() == []
    make_plan(cast.shop, actor=cast.owner, types=("quality_visible",))
    assert gaps_of(cast.shop, now) == []
    assert "Cases that no plan answers" not in client.get(reverse("dashboard:plans")).content.decode()


def test_findings_over_the_api(cast, api):
    older = make_plan(cast.shop, actor=cast.owner, name="Older", types=("quality_visible",))
    plan = make_plan(cast.shop, actor=cast.owner, types=("quality_visible",), options=(PART,), script_zh="", live=False)
    body = api("owner").get(f"/plans/plan_{plan.pk}/findings/").json()
    codes = {(f["code"], f["level"], f["field"]) for f in body["findings"]}
    assert ("script_missing", "error", "script.zh") in codes
    assert ("below_right", "warning", "options") in codes
    swallowed = next(f for f in body["findings"] if f["code"] == "swallowed")
    assert swallowed["plan"] == f"plan_{older.pk}"
    assert body["worst_case"] == {"currency": "CNY", "per_case": None, "per_month": None, "cases": 0}
    assert api("rival").get(f"/plans/plan_{plan.pk}/findings/").status_code == 404
    assert api("owner", "orders:read").get(f"/plans/plan_{plan.pk}/findings/").status_code == 403


def test_findings_stand_on_the_pages_in_both_languages(cast, client):
    plan = make_plan(cast.shop, actor=cast.owner, options=(PART,), live=False, **{"script_zh": CONTENT.script_en})
    client.force_login(cast.owner)
    for page in ("plan", "plan_edit", "plan_publish"):
        said = client.get(reverse(f"dashboard:{page}", args=[plan.pk])).content.decode()
        assert "Both messages are the same text" in said, page
        assert "#id_script_zh" in said, page
    chinese = client.get(reverse("dashboard:plan_publish", args=[plan.pk]), headers={"accept-language": "zh-hans"})
    assert chinese.status_code == 200
