"""Plans with steps: what comes next, when, what stands on, and when it stops."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from aftersales.disputes.audit import findings
from aftersales.disputes.models import OfferState
from aftersales.disputes.next_step import next_step
from aftersales.disputes.services.negotiation import accept_offer, decline_offers, propose
from aftersales.disputes.services.sweep import sweep
from merchants.limits.services import Limits, set_limits
from merchants.plans.content import OptionContent, content_of
from merchants.plans.services import match, pause, publish, save_draft, start_draft
from tests.plans.makers import FULL_BACK, make_coupon, make_plan

pytestmark = pytest.mark.django_db
D = Decimal
HOUR = timedelta(hours=1)


def part(percent, step=1):
    return OptionContent("partial_refund_keep", percent=D(percent), step=step)


LADDER = (part(10), FULL_BACK, part(20, 2), part(30, 3))


@pytest.fixture
def plan(cast):
    return make_plan(cast.shop, actor=cast.owner, options=LADDER, step_hours=12)


def offered(case):
    """What of the plan can be chosen now, in percent of the 100 paid."""
    standing = case.offers.filter(plan_version__isnull=False, state=OfferState.PROPOSED)
    return [int(cash) for cash in standing.order_by("position").values_list("cash", flat=True)]


def due(case):
    case.refresh_from_db()
    return case.due_at


def test_the_first_step_comes_at_once_and_the_clock_says_what_follows(plan, file_case, now):
    case = file_case(amount="50.00")
    assert offered(case) == [10, 100]
    assert (case.status, case.awaiting, case.on_silence) == ("awaiting_buyer", "buyer", "next_offers")
    assert case.due_at == now + 12 * HOUR
    assert set(case.offers.exclude(plan_version=None).values_list("expires_at", flat=True)) == {now + 48 * HOUR}
    opened = case.events.get()
    assert (opened.data["step"], opened.data["offers"], opened.data["clock"]["clock"]) == (1, 2, "buyer_step")
    assert "the seller makes further offers, and those made so far stand on" in next_step(case, "buyer").text


def test_time_brings_the_next_steps_beside_what_stands_and_then_the_sellers_turn(plan, file_case, now):
    case = file_case(amount="50.00")
    assert sweep(now=now + 12 * HOUR - timedelta(seconds=1)) == 0
    assert sweep(now=now + 12 * HOUR) == 1
    assert offered(case) == [10, 100, 20]
    assert sweep(now=now + 12 * HOUR) == 0, "once"
    assert due(case) == now + 24 * HOUR
    sweep(now=now + 24 * HOUR)
    assert offered(case) == [10, 100, 20, 30]
    assert (due(case), case.on_silence) == (now + 48 * HOUR, "expire_offers")
    steps = [e.data for e in case.events.filter(action="next_offers")]
    assert [(s["step"], s["offers"], s["clock"]["clock"]) for s in steps] == [
        (2, 1, "buyer_step"),
        (3, 1, "buyer_offer"),
    ]
    sweep(now=now + 48 * HOUR)
    assert offered(case) == []
    case.refresh_from_db()
    assert (case.status, case.awaiting) == ("awaiting_merchant", "merchant")
    assert list(findings()) == []


def test_turning_down_brings_the_next_step_at_once_and_takes_nothing_away(plan, cast, file_case, now):
    case = file_case(amount="50.00")
    case = decline_offers(dispute=case, actor=cast.buyer, now=now + HOUR)
    assert (case.status, case.on_silence, due(case)) == ("awaiting_buyer", "next_offers", now + 13 * HOUR)
    assert offered(case) == [10, 100, 20]
    assert [e.action for e in case.events.order_by("seq")] == ["open", "decline_offers", "next_offers"]
    case = decline_offers(dispute=case, actor=cast.buyer, now=now + 2 * HOUR)
    assert (case.on_silence, due(case)) == ("expire_offers", now + 48 * HOUR), "as long as was said at first"
    case = decline_offers(dispute=case, actor=cast.buyer, now=now + 3 * HOUR)
    assert (case.status, offered(case)) == ("awaiting_merchant", [])
    assert list(findings()) == []


def test_an_earlier_offer_can_be_chosen_after_later_ones_came(plan, cast, file_case, now):
    case = file_case(amount="50.00")
    sweep(now=now + 12 * HOUR)
    case.refresh_from_db()
    first = case.offers.get(cash=D(10))
    case = accept_offer(dispute=case, actor=cast.buyer, now=now + 13 * HOUR, offer=first)
    assert Decimal(case.terms["cash"]) == 10
    assert case.status == "fulfilling"
    assert sweep(now=now + 24 * HOUR) == 0
    assert case.offers.filter(state=OfferState.PROPOSED, by_role="merchant").count() == 0


def test_a_person_who_proposes_stops_the_ladder(plan, cast, file_case, now):
    case = file_case(amount="50.00")
    case = propose(dispute=case, actor=cast.buyer, now=now + HOUR, kind="partial_refund_keep", amount=D(40))
    assert case.on_silence == "let_offer_stand"
    case = propose(dispute=case, actor=cast.owner, now=now + 2 * HOUR, kind="partial_refund_keep", amount=D(25))
    assert case.on_silence == "expire_offers"
    assert not case.events.filter(action="next_offers").exists()


def test_a_late_sweep_gives_the_buyer_the_time_that_was_promised(plan, file_case, now):
    case = file_case(amount="50.00")
    sweep(now=now + 60 * HOUR)
    case.refresh_from_db()
    assert offered(case) == [10, 100, 20]
    assert set(case.offers.exclude(plan_version=None).values_list("expires_at", flat=True)) == {now + 96 * HOUR}


def test_a_step_whose_coupon_was_stopped_is_passed_over(cast, file_case, now):
    coupon = make_coupon(cast.shop)
    gone = OptionContent("cash_and_coupon", percent=D(15), coupon=coupon, step=2)
    make_plan(cast.shop, actor=cast.owner, options=(part(10), FULL_BACK, gone, part(30, 3)), step_hours=12)
    case, last = file_case(amount="50.00"), file_case(amount="50.00")
    coupon.active = False
    coupon.save(update_fields=["active"])
    case = decline_offers(dispute=case, actor=cast.buyer, now=now + HOUR)
    assert offered(case) == [10, 100, 30]
    assert case.on_silence == "expire_offers"
    assert offered(last) == [10, 100]


def test_nothing_follows_where_all_later_coupons_were_stopped(cast, file_case, now):
    coupon = make_coupon(cast.shop)
    gone = OptionContent("cash_and_coupon", percent=D(15), coupon=coupon, step=2)
    make_plan(cast.shop, actor=cast.owner, options=(part(10), FULL_BACK, gone), step_hours=12)
    case = file_case(amount="50.00")
    coupon.active = False
    coupon.save(update_fields=["active"])
    sweep(now=now + 12 * HOUR)
    assert offered(case) == [10, 100]
    assert (due(case), case.on_silence) == (now + 36 * HOUR, "expire_offers")


def test_open_cases_climb_the_version_that_answered_them(plan, cast, file_case, now):
    case = file_case(amount="50.00")
    start_draft(plan=plan, actor=cast.owner, now=now)
    plan.refresh_from_db()
    content = replace(content_of(plan.draft), options=(part(5), FULL_BACK))
    save_draft(plan=plan, content=content, actor=cast.owner, now=now)
    publish(plan=plan, actor=cast.owner, now=now)
    sweep(now=now + 12 * HOUR)
    assert offered(case) == [10, 100, 20]
    assert offered(file_case(amount="50.00")) == [5, 100]


def test_a_plan_that_was_stopped_offers_nothing_more(plan, cast, file_case, now):
    asked, waited = file_case(amount="50.00"), file_case(amount="50.00")
    pause(plan=plan, actor=cast.owner, now=now + HOUR)
    case = decline_offers(dispute=asked, actor=cast.buyer, now=now + 2 * HOUR)
    assert (case.status, offered(case)) == ("awaiting_merchant", [])
    sweep(now=now + 12 * HOUR)
    assert offered(waited) == [10, 100], "what was offered stands"
    assert (due(waited), waited.on_silence) == (now + 48 * HOUR, "expire_offers")


def test_a_limit_counts_the_dearest_step(plan, cast, file_case, now):
    dear = (part(10), part(80, 2))
    make_plan(cast.shop, actor=cast.owner, name="Dear", types=("quality_visible",), stages=("received",), options=dear)
    one = cast.shop.plans.get(name="Dear")
    set_limits(plan=one, limits=Limits(day_amount=D(50)), actor=cast.owner, now=now)
    assert offered(file_case(amount="50.00")) == [10, 100], "the other plan answers"


def test_matching_says_what_each_step_offers(plan, cast):
    case = {"type": "quality_visible", "reason": "poor_material", "stage": "received", "categories": [""]}
    found = match(merchant_id=cast.shop.pk, value=D(100), currency="CNY", days=1, **case)
    assert [option.step for option in found.options] == [1, 1, 2, 3]


def test_the_case_page_and_the_editor_speak_of_steps(plan, cast, client, file_case, now):
    case = file_case(amount="50.00")
    sweep(now=now + 12 * HOUR)
    client.force_login(cast.buyer)
    said = client.get(case.get_absolute_url()).content.decode()
    assert "made the next offers of the seller’s plan" in said or "made the next offers of the seller" in said
    client.force_login(cast.owner)
    said = client.get(reverse("dashboard:plan", args=[plan.pk])).content.decode()
    assert "After 24 hours, or when the offers so far are turned down" in said
    start_draft(plan=plan, actor=cast.owner, now=now)
    edit = client.get(reverse("dashboard:plan_edit", args=[plan.pk])).content.decode()
    assert 'name="option_3_step"' in edit
    assert 'name="step_hours" value="12"' in edit
