"""Promises of a shop: above the packs, signed by an owner, binding for what was bought while they stood."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse

from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.services.sweep import sweep
from aftersales.orders.models import OrderLine
from aftersales.policies.layers import BadRules
from aftersales.returns.models import ReturnShipment
from merchants.promises.models import PromiseVersion
from merchants.promises.services import sign, standing

LONG = {"windows": {"no_reason": "30d", "price_protection": "15d"}, "choices": {"return_freight_remorse": "merchant"}}


@pytest.fixture
def promise(cast, now):
    def make(rules=LONG, *, at=None, actor=None):
        at = at or now - timedelta(days=60)
        return sign(merchant=cast.shop, actor=actor or cast.owner, rules=rules, effective_at=at, now=at)

    return make


def rules_for(order, now, category=""):
    return standing([order], now=now).rules(order, category)


class TestSigning:
    def test_an_owner_signs(self, promise, cast):
        version = promise()
        assert (version.number, version.signed_by) == (1, cast.owner)
        assert promise({}).number == 2

    @pytest.mark.parametrize("who", ["agent", "finance", "rival", "platform", "buyer"])
    def test_nobody_else_does(self, promise, cast, who):
        with pytest.raises(PermissionDenied):
            promise(actor=getattr(cast, who))
        assert not PromiseVersion.objects.exists()

    @pytest.mark.parametrize(
        ("rules", "said"),
        [
            ({"windows": {"no_reason": "6d"}}, "windows.no_reason: the rules give the buyer 7 days already"),
            ({"windows": {"quality": "24h"}}, "windows.quality: the rules give the buyer 15 days already"),
            ({"counts": {"fake_times": 2}}, "counts.fake_times: the rules give the buyer 3 already"),
            ({"timers": {"ruling": 500}}, "timers.ruling: this cannot be promised."),
            ({"counts": {"fake_times": 1000}}, "counts.fake_times: this is more than anybody can promise."),
            ({"windows": {"no_reason": "99999d"}}, "windows.no_reason: this is more than anybody can promise."),
        ],
    )
    def test_never_below_the_pack(self, promise, rules, said):
        with pytest.raises(BadRules) as refused:
            promise(rules)
        assert said in refused.value.messages[0]
        assert not PromiseVersion.objects.exists()

    def test_what_was_signed_stays(self, promise):
        version = promise()
        with pytest.raises(IntegrityError), transaction.atomic():
            PromiseVersion.objects.filter(pk=version.pk).update(rules={})


class TestEffect:
    def test_the_better_value_counts(self, promise, buy, now):
        """A promise of twenty days for quality is more than ceramics' seven; seven days more than fresh goods' two."""
        promise({"windows": {"quality": "20d", "visible": "15d"}})
        order = buy()
        assert str(rules_for(order, now, "ceramics").windows["quality"]) == "20d"
        assert str(rules_for(order, now, "fresh").windows["visible"]) == "15d"
        assert rules_for(order, now, "fresh").source("windows.visible").kind == "promise"
        assert rules_for(order, now).source("windows.visible").kind == "pack"

    def test_it_binds_for_what_was_bought_while_it_stood(self, promise, buy, now):
        promise()
        order = buy(days=20, paid_days=30)
        promise({}, at=now - timedelta(days=1))
        assert str(rules_for(order, now).windows["no_reason"]) == "30d"
        assert str(rules_for(buy(paid_days=0), now).windows["no_reason"]) == "7d"

    def test_what_was_bought_before_has_none(self, promise, buy, now):
        promise(at=now - timedelta(days=1))
        assert str(rules_for(buy(paid_days=4), now).windows["no_reason"]) == "7d"

    def test_a_longer_return_paid_by_the_seller(self, promise, file_case, buy, cast, now):
        from aftersales.disputes.services.negotiation import agree

        promise()
        case = file_case(
            type="no_reason_return",
            reason="no_longer_wanted",
            wants="full_refund_with_return",
            amount=None,
            order=buy(days=20, paid_days=30),
        )
        assert case.promise is not None
        agree(dispute=case, actor=cast.owner, now=now)
        assert ReturnShipment.objects.get(case=case.number).freight_payer == "merchant"

    def test_price_protection_is_there_only_where_promised(self, promise, file_case, buy):
        asked = {"type": "price_drop", "reason": "better_price", "wants": "price_difference"}
        with pytest.raises(RuleBroken) as refused:
            file_case(order=buy(), **asked)
        assert refused.value.code == "not_promised"
        promise()
        assert file_case(order=buy(), **asked).pk

    def test_no_promise_lifts_an_exclusion_by_law(self, promise, file_case, buy):
        promise()
        order = buy()
        OrderLine.objects.filter(order=order).update(category="custom_made")
        order.refresh_from_db()
        with pytest.raises(RuleBroken) as refused:
            file_case(
                type="no_reason_return",
                reason="no_longer_wanted",
                wants="full_refund_with_return",
                amount=None,
                order=type(order).objects.prefetch_related("lines", "payments").get(pk=order.pk),
            )
        assert refused.value.code == "excluded"
        assert "art. 6(1)" in refused.value.message


class TestDamagedOnArrival:
    asked = {"type": "arrived_damaged", "reason": "damaged", "wants": "full_refund_no_return", "amount": None}

    def test_silence_never_refunds_without_return(self, file_case):
        """Platform-rules order 116: nobody forces a merchant into it."""
        assert file_case(**self.asked).on_silence == "ask_return_by_silence"

    def test_where_the_seller_signed_it_silence_keeps_the_promise(self, promise, file_case):
        promise({"choices": {"damaged_on_arrival": "no_return"}})
        case = file_case(**self.asked)
        assert case.on_silence == "agree_by_silence"
        codes = [step["code"] for step in case.events.get(action="open").data["why"]]
        assert "clock_promised" in codes
        sweep(now=case.due_at)
        case.refresh_from_db()
        assert (case.status, case.outcome, case.terms["kind"]) == ("fulfilling", "silence", "full_refund_no_return")

    def test_the_promise_is_for_nothing_else(self, promise, file_case):
        promise({"choices": {"damaged_on_arrival": "no_return"}})
        other = {**self.asked, "type": "quality_visible", "reason": "poor_material"}
        assert file_case(**other).on_silence == "ask_return_by_silence"


class TestPage:
    path = "/merchant/promises/"

    def test_an_owner_signs_and_the_buyer_sees_it(self, client, cast, buy, now):
        client.force_login(cast.owner)
        given = {"windows_no_reason": "15", "choices_return_freight_remorse": "on", "signed": "on"}
        answer = client.post(self.path, given)
        assert answer.status_code == 302, answer.context["form"].errors
        assert "Return without reason within 15 days" in client.get(self.path).content.decode()
        order = buy()
        type(order).objects.filter(pk=order.pk).update(paid_at=now + timedelta(minutes=1))
        client.force_login(cast.buyer)
        page = client.get(reverse("buyers:orders")).content.decode()
        assert "Return without reason within 15 days" in page

    def test_what_is_below_the_pack_is_said_beside_its_field(self, client, cast):
        client.force_login(cast.owner)
        answer = client.post(self.path, {"windows_no_reason": "5", "signed": "on"})
        assert answer.status_code == 422
        assert "the rules give the buyer 7 days already" in answer.context["form"].errors["windows_no_reason"][0]

    def test_an_unsigned_form_promises_nothing(self, client, cast):
        client.force_login(cast.owner)
        assert client.post(self.path, {"windows_no_reason": "15"}).status_code == 422
        assert not PromiseVersion.objects.exists()

    def test_who_gets_in(self, client, cast):
        answers = {}
        for name in ("owner", "agent", "finance", "rival", "buyer", "outsider"):
            client.force_login(getattr(cast, name))
            answers[name] = (client.get(self.path).status_code, client.post(self.path, {"signed": "on"}).status_code)
        assert answers == {
            "owner": (200, 302),
            "agent": (200, 403),
            "finance": (200, 403),
            "rival": (200, 302),
            "buyer": (404, 404),
            "outsider": (404, 404),
        }


def test_buyers_read_only_promises_that_apply(promise, buy, now):
    from merchants.promises.sentences import points

    promise()
    order = buy()
    assert "Return without reason within 30 days" in points(rules_for(order, now))
    assert points(rules_for(order, now, "custom_made")) == ["Price protection for 15 days"]
