"""Tiers of buyers and bands of sellers: from facts, by numbers of the rule pack, frozen on the case, explained."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from aftersales.credit.models import BuyerCredit
from aftersales.credit.services import NothingToObject, answer_objection, credit_of, object_to
from aftersales.credit.tiers import Facts, quota, tier_of
from aftersales.disputes.measuring.buyers import measure_buyer, measure_buyers
from aftersales.disputes.measuring.sellers import measure_sellers
from aftersales.disputes.models import Dispute
from aftersales.disputes.services import claims
from aftersales.orders.models import Order
from aftersales.policies.rules import Rules
from aftersales.policies.trace import say
from merchants.scores.bands import Facts as SellerFacts
from merchants.scores.bands import band_of
from merchants.scores.models import MerchantStanding
from portal.notices.models import Notice
from portal.outbox.services import drain
from tests.disputes.claims import report

RULES = Rules.defaults()


@pytest.mark.parametrize(
    ("facts", "tier", "code"),
    [
        (Facts(), "new", "tier_new"),
        (Facts(paid_orders=1), "new", "tier_new"),
        (Facts(paid_orders=2), "regular", "tier_regular_orders"),
        (Facts(paid_orders=9), "regular", "tier_regular_orders"),
        (Facts(paid_orders=10), "trusted", "tier_trusted"),
        (Facts(paid_orders=10, refunded_orders=2), "trusted", "tier_trusted"),
        (Facts(paid_orders=10, refunded_orders=3), "regular", "tier_regular_refunds"),
        # Of clothes a quarter comes back anyway: half as much again is no reproach.
        (Facts(paid_orders=10, refunded_orders=3, usual_percent=25), "trusted", "tier_trusted"),
        (Facts(paid_orders=10, refunded_orders=4, usual_percent=25), "regular", "tier_regular_refunds"),
        (Facts(paid_orders=50, findings=1), "regular", "tier_regular_findings"),
        (Facts(paid_orders=50, findings=2), "watched", "tier_watched"),
        (Facts(findings=2), "watched", "tier_watched"),
    ],
)
def test_tiers(facts, tier, code):
    found, step = tier_of(facts, RULES)
    assert (found, step.code) == (tier, code)
    said = say(step)
    assert said.text
    assert said.otherwise
    assert "%(" not in said.text + said.otherwise


@pytest.mark.parametrize(
    ("facts", "band"),
    [
        (SellerFacts(), "standard"),
        (SellerFacts(orders=29), "standard"),
        (SellerFacts(orders=30), "excellent"),
        (SellerFacts(orders=100, cases=100, lost=1, silent=1), "excellent"),
        (SellerFacts(orders=100, cases=100, lost=2, silent=1), "standard"),
        (SellerFacts(orders=100, cases=4, lost=4), "standard"),
        (SellerFacts(orders=100, cases=10, lost=1, silent=2), "watched"),
    ],
)
def test_bands(facts, band):
    found, step = band_of(facts, RULES)
    assert found == band
    assert say(step).text


def test_each_tier_has_its_quota_and_watched_none():
    assert [quota(tier, RULES, "CNY") for tier in ("new", "regular", "trusted", "watched", "")] == [
        Decimal(1000),
        Decimal(3000),
        Decimal(8000),
        None,
        Decimal(1000),
    ]


def set_tier(cast, tier, now):
    BuyerCredit.objects.update_or_create(buyer=cast.buyer, defaults={"tier": tier, "computed_at": now})


def cancel(file_case, now, price="300.00", **bought):
    return file_case(
        type="not_shipped_cancel",
        reason="ordered_by_mistake",
        wants="full_refund_no_return",
        price=price,
        stage="unshipped",
        paid_days=0,
        **bought,
    )


def codes(case):
    return [step["code"] for step in [*case.events.first().data["why"], *case.buyer_trace]]


def test_a_refund_at_once_says_the_tier_and_freezes_it(file_case, cast, now):
    set_tier(cast, "trusted", now)
    case = cancel(file_case, now)
    assert (case.status, case.outcome, case.buyer_tier) == ("fulfilling", "instant", "trusted")
    assert codes(case)[-2:] == ["instant_refund", "instant_tier"]
    set_tier(cast, "watched", now)
    assert Dispute.objects.get(pk=case.pk).buyer_tier == "trusted"


def test_a_watched_buyer_waits_for_the_seller_and_keeps_the_right(file_case, cast, now):
    set_tier(cast, "watched", now)
    case = cancel(file_case, now)
    assert (case.status, case.on_silence, case.max_amount) == ("awaiting_merchant", "agree_by_silence", Decimal(300))
    assert codes(case)[-1] == "instant_watched"


def test_no_seller_reads_what_is_known_of_a_buyer(file_case, cast, api, client, now):
    set_tier(cast, "watched", now)
    case = cancel(file_case, now)
    assert "watched" not in str([event.data for event in case.events.all()])
    read = {name: api(name).get(f"/disputes/{case.number}/").json()["buyer_trace"] for name in ("buyer", "owner")}
    assert [step["code"] for step in read["buyer"]] == ["instant_watched"]
    assert read["owner"] == []
    for user, seen in ((cast.buyer, True), (cast.owner, False), (cast.platform, True)):
        client.force_login(user)
        page = client.get(case.get_absolute_url()).content.decode()
        assert ("Watched buyer" in page) == seen
        assert "has its bounds" in page


def test_the_quota_is_an_amount_at_a_time_and_is_released_when_paid(file_case, cast, now):
    assert cancel(file_case, now, "600.00").outcome == "instant"
    second = cancel(file_case, now, "600.00")
    assert (second.status, codes(second)[-1]) == ("awaiting_merchant", "instant_quota")
    from tests.disputes.claims import settle

    settle(now)
    assert cancel(file_case, now, "600.00").outcome == "instant"


def test_an_excellent_sellers_silence_asks_for_the_goods_at_any_amount(file_case, cast, now):
    asked = {"wants": "full_refund_no_return", "price": "30.00"}
    assert file_case(**asked).on_silence == "escalate_by_silence"
    MerchantStanding.objects.create(merchant=cast.shop, band="excellent", computed_at=now)
    case = file_case(**asked)
    assert (case.merchant_band, case.on_silence) == ("excellent", "ask_return_by_silence")
    assert "band_autonomy" in codes(case)


def test_findings_count_and_an_objection_that_is_right_takes_them_away(file_case, cast, now):
    for _n in range(2):
        claims.accept_claim(dispute=report(file_case(), cast, now), actor=cast.buyer, now=now)
    measure_buyer(cast.buyer.pk, now=now + timedelta(minutes=1))
    assert credit_of(cast.buyer.pk).tier == "watched"
    objection = object_to(actor=cast.buyer, now=now, text="The parcels were not mine.")
    with pytest.raises(NothingToObject):
        object_to(actor=cast.buyer, now=now, text="Once more.")
    with pytest.raises(PermissionDenied):
        answer_objection(objection=objection, actor=cast.senior, now=now, result="upheld", answer="Right.")
    later = now + timedelta(days=1)
    answer_objection(objection=objection, actor=cast.platform, now=later, result="upheld", answer="You are right.")
    drain(now=later)
    credit = credit_of(cast.buyer.pk)
    assert (credit.tier, credit.facts["findings"]) == ("regular", 0)
    assert Notice.objects.filter(user=cast.buyer, kind="tier_answered").count() == 1
    with pytest.raises(NothingToObject):
        answer_objection(objection=objection, actor=cast.platform, now=later, result="dismissed", answer="No.")


def test_a_report_that_is_open_or_contested_counts_nothing(file_case, cast, now):
    report(file_case(), cast, now)
    case = claims.contest_claim(dispute=report(file_case(), cast, now), actor=cast.buyer, now=now, note="No.")
    assert case.status == "escalated"
    measure_buyer(cast.buyer.pk, now=now)
    assert credit_of(cast.buyer.pk).facts["findings"] == 0


def test_measured_twice_is_measured_once(file_case, buy, cast, now):
    for _n in range(3):
        buy()
    file_case()
    assert measure_buyers(now=now, batch=1) == 1
    credit = credit_of(cast.buyer.pk)
    assert (credit.tier, credit.facts["paid_orders"], credit.since) == ("regular", 4, now)
    later = now + timedelta(days=1)
    measure_buyers(now=later)
    credit = credit_of(cast.buyer.pk)
    assert (credit.tier, credit.since, credit.computed_at) == ("regular", now, later)
    assert BuyerCredit.objects.count() == 1


def test_sellers_are_measured(file_case, cast, now):
    file_case()
    measure_sellers(now=now)
    standing = MerchantStanding.objects.get(merchant=cast.shop)
    assert (standing.band, standing.facts["orders"], standing.facts["cases"]) == ("standard", 1, 1)
    assert measure_sellers(now=now, merchant_id=cast.shop.pk) == 1


def test_the_first_order_of_a_buyer_counts_only_once_paid(buy, cast, now):
    order = buy()
    Order.objects.filter(pk=order.pk).update(paid_at=None)
    measure_buyer(cast.buyer.pk, now=now)
    assert credit_of(cast.buyer.pk).facts["paid_orders"] == 0


pytestmark = pytest.mark.django_db
