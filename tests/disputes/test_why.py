"""A case keeps the versions of its filing and says why each step came out as it did."""

import re
from datetime import timedelta

import pytest
from django.utils import translation

from aftersales.disputes.errors import RuleBroken
from aftersales.orders.models import Order, OrderLine
from aftersales.policies.services import publish
from aftersales.policies.trace import SENTENCES, Step, say
from tests.rest.calls import opening


def why(case):
    return {step["code"]: Step.parse(step) for step in case.events.get(action="open").data["why"]}


@pytest.fixture
def of_category(buy):
    def make(*categories, **bought):
        order = buy(*["100.00"] * len(categories), **bought)
        for line, category in zip(order.lines.all(), categories, strict=True):
            OrderLine.objects.filter(pk=line.pk).update(category=category)
        return Order.objects.prefetch_related("lines", "payments").get(pk=order.pk)

    return make


class TestVersions:
    def test_a_case_keeps_the_versions_of_its_filing(self, file_case, of_category, cast, now):
        case = file_case(order=of_category("fresh"))
        assert (str(case.policy), str(case.category_policy)) == ("cn v2", "cn.fresh v2")
        publish(
            actor=cast.platform,
            pack="cn.fresh",
            rules={"categories": ["fresh"], "windows": {"visible": "72h"}},
            summary_en="Longer.",
            summary_zh="更长。",
            effective_at=now,
            now=now,
        )
        case.refresh_from_db()
        assert str(case.rules.windows["visible"]) == "48h"
        later = file_case(order=of_category("fresh", days=2.5), at=now + timedelta(minutes=1))
        assert str(later.category_policy) == "cn.fresh v3"
        assert str(later.rules.windows["visible"]) == "72h"

    def test_goods_of_several_categories_each_have_their_window(self, file_case, of_category):
        with pytest.raises(RuleBroken) as refused:
            file_case(order=of_category("home", "fresh", days=3))
        assert refused.value.code == "window_closed"
        case = file_case(order=of_category("home", "fresh", days=1))
        assert case.category_policy is None
        assert [str(line.category_policy) for line in case.lines.order_by("pk")] == ["None", "cn.fresh v2"]

    def test_euros_are_spent_under_eu_law(self, file_case, buy):
        order = buy(currency="EUR", days=12)
        asked = {"type": "no_reason_return", "reason": "no_longer_wanted", "wants": "full_refund_with_return"}
        assert str(file_case(order=order, amount=None, **asked).policy) == "eu v1"

    def test_what_the_buyer_confirmed_when_buying_is_excluded(self, file_case, of_category):
        """SAMR order 31 art. 7: only what was confirmed."""
        asked = {"type": "no_reason_return", "reason": "no_longer_wanted", "wants": "full_refund_with_return"}
        open_ = file_case(order=of_category("electronics"), amount=None, **asked)
        assert "no_reason_unconfirmed" in why(open_)
        order = of_category("electronics")
        OrderLine.objects.filter(order=order).update(no_reason_waived=True)
        order = Order.objects.prefetch_related("lines", "payments").get(pk=order.pk)
        with pytest.raises(RuleBroken) as refused:
            file_case(order=order, amount=None, **asked)
        assert refused.value.code == "excluded_by_confirmation"
        assert "art. 7(2)" in refused.value.message


class TestTrace:
    def test_the_window_the_amount_the_freight_and_the_clock(self, file_case, of_category):
        steps = why(file_case(order=of_category("electronics")))
        assert list(steps) == ["window_open", "amount_all", "freight_fault", "clock_return_above"]
        said = say(steps["window_open"])
        assert "48 hours" in said.text
        assert "it would have been refused" in said.otherwise
        assert said.rule.endswith("rule pack cn.electronics v1")
        assert said.basis == "JD dispute rules 2025, quality windows by category"

    def test_silence_asks_for_a_return_above_an_amount(self, file_case):
        assert "¥50.00" in say(why(file_case())["clock_return_above"]).otherwise

    def test_fruit_is_not_asked_back(self, file_case, of_category):
        steps = why(file_case(order=of_category("fresh")))
        assert "Silence passes the case to the platform" in say(steps["clock_review"]).text

    @pytest.mark.parametrize(
        ("price", "paid_days", "code"),
        [("500.00", 0, "instant_refund"), ("1500.00", 0, "instant_too_much"), ("500.00", 1, "instant_too_late")],
    )
    def test_why_money_went_back_at_once_or_not(self, file_case, buy, price, paid_days, code):
        case = file_case(
            order=buy(price, stage="unshipped", paid_days=paid_days),
            type="not_shipped_cancel",
            reason="ordered_by_mistake",
            wants="full_refund_no_return",
            amount=None,
        )
        assert code in why(case)
        assert (case.outcome == "instant") == (code == "instant_refund")

    @pytest.mark.parametrize(
        ("language", "words"), [("en", "Why: the rules behind this case"), ("zh-hans", "京东争议处理规则")]
    )
    def test_both_sides_read_it_on_the_page(self, client, cast, file_case, of_category, language, words):
        case = file_case(order=of_category("fresh"))
        for user in (cast.buyer, cast.agent, cast.arbitrator):
            type(user).objects.filter(pk=user.pk).update(language=language)
            client.force_login(user)
            page = client.get(case.get_absolute_url()).content.decode()
            assert words in page
            assert "cn.fresh v2" in page


def test_the_api_names_the_versions(api, of_category):
    case = api("buyer").post("/disputes/", opening(of_category("fresh"))).json()
    assert case["rules"] == [
        {"kind": "pack", "name": "cn", "number": 2},
        {"kind": "pack", "name": "cn.fresh", "number": 2},
    ]


def test_every_sentence_is_in_both_languages():
    with translation.override("zh-hans"):
        for sentence in SENTENCES.values():
            for text in (sentence.said, sentence.otherwise):
                assert not text or re.search("[\u4e00-\u9fff]", str(text)), str(text)
