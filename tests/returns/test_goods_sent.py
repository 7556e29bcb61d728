"""Goods that are sent have a life of their own: on their way, arrived, or failed, and then the case goes on."""

from datetime import timedelta

import pytest

from aftersales.disputes.audit import findings
from aftersales.disputes.errors import DisputeMoved, RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.services import fulfilment, negotiation
from aftersales.disputes.services.parcels import News, take_news
from aftersales.disputes.services.sweep import sweep
from aftersales.remedies.models import Replacement
from aftersales.remedies.services import open_remedies
from portal.notices.models import Notice
from portal.outbox.services import drain
from tests.disputes.states import reach

NUMBER = "SF2000000000009"  # as in states.reach("goods_sent")


@pytest.fixture
def sent(file_case, cast, now):
    return reach("goods_sent", file_case, cast, now)


@pytest.fixture
def owed(file_case, cast, now):
    case = file_case(wants="replace_no_return", type="arrived_damaged", reason="damaged")
    return negotiation.agree(dispute=case, actor=cast.owner, now=now)


def news(kind, now, event="1", number=NUMBER):
    return take_news(news=News("SF", number, event, kind, now), now=now)


def again(case):
    return Dispute.objects.get(pk=case.pk)


def actions(case):
    return [e.action for e in case.events.all()]


def test_sent_is_not_settled(sent, now):
    assert (sent.status, sent.awaiting, sent.on_silence) == ("goods_sent", "buyer", "accept_goods_by_silence")
    assert sent.due_at - now == timedelta(hours=240)
    assert open_remedies(sent.number)


def test_the_carrier_delivers_and_the_case_is_settled(sent, now):
    news("in_transit", now, "0")
    assert again(sent).status == "goods_sent"
    news("delivered", now)
    case = again(sent)
    assert case.status == "resolved"
    assert actions(case)[-3:] == ["note_carrier", "deliver_goods", "complete"]
    assert (Replacement.objects.get().state, Replacement.objects.get().ended_at) == ("arrived", now)
    assert not open_remedies(case.number)
    drain(now=now)
    assert again(case).version == case.version
    assert list(findings()) == []


def test_the_buyer_confirms(sent, cast, now):
    case = fulfilment.confirm_goods(dispute=sent, actor=cast.buyer, now=now)
    assert case.status == "resolved"
    with pytest.raises(DisputeMoved):
        fulfilment.confirm_goods(dispute=case, actor=cast.buyer, now=now)


def test_silence_counts_as_arrived_and_everybody_is_told_of_goods_not_of_money(sent, cast, now):
    later = sent.due_at
    assert sweep(now=later) == 1
    case = again(sent)
    assert (case.status, actions(case)[-2:]) == ("resolved", ["accept_goods_by_silence", "complete"])
    assert Replacement.objects.get().state == "arrived"
    drain(now=later)
    kinds = set(Notice.objects.filter(user=cast.buyer).values_list("kind", flat=True))
    assert "goods_arrived" in kinds
    assert "refund_paid" not in kinds
    assert sweep(now=later) == 0


def test_the_seller_is_told_to_send_what_silence_agreed_to(file_case, cast, now):
    case = file_case(wants="replace_with_return", type="wrong_item", reason="wrong_item")
    case = negotiation.agree(dispute=case, actor=cast.agent, now=now)
    from aftersales.disputes.services import return_leg

    case = return_leg.ship_return(dispute=case, actor=cast.buyer, now=now, carrier="SF", tracking="SF1234567890123")
    sweep(now=case.due_at)
    drain(now=case.due_at)
    assert Notice.objects.filter(user=cast.owner, kind="replacement_needed").exists()


@pytest.mark.parametrize("kind", ["lost", "returned_to_sender"])
def test_what_the_carrier_does_not_deliver_brings_the_case_before_the_platform(kind, sent, now):
    news("in_transit", now, "0")
    news(kind, now)
    case = again(sent)
    assert (case.status, case.awaiting, case.terms) == ("escalated", "both", None)
    assert case.events.last().data["kind"] == kind
    assert Replacement.objects.get().state == "failed"
    drain(now=now)


def test_lost_after_it_counted_as_arrived_reopens_the_case(sent, now, file_case):
    sweep(now=sent.due_at)
    news("lost", sent.due_at)
    case = again(sent)
    assert (case.status, case.closed_at) == ("escalated", None)
    with pytest.raises(RuleBroken):
        file_case(order=sent.order)


def test_lost_after_the_buyer_has_them_changes_nothing(sent, cast, now):
    case = fulfilment.confirm_goods(dispute=sent, actor=cast.buyer, now=now)
    news("lost", now)
    assert again(case).version == case.version


def test_what_contradicts_itself_is_read_by_whoever_decides(sent, now):
    news("lost", now, "1")
    news("delivered", now, "2")
    news("delivered", now, "2")
    case = again(sent)
    assert case.status == "escalated"
    assert actions(case)[-2:] == ["fail_goods", "note_carrier"]
    assert case.events.last().data["kind"] == "delivered"


def test_news_before_the_number_was_entered_counts(owed, cast, now):
    news("picked_up", now, "1")
    news("delivered", now, "2")
    case = fulfilment.ship_replacement(dispute=owed, actor=cast.owner, now=now, carrier="SF", tracking=NUMBER)
    assert case.status == "resolved"
    assert actions(case)[-4:] == ["ship_replacement", "note_carrier", "deliver_goods", "complete"]


def test_the_same_number_again_is_refused(sent, cast, now):
    case = fulfilment.report_goods(dispute=sent, actor=cast.buyer, now=now, statement="Cracked again.")
    assert (case.status, case.reopened) == ("escalated", False), "an open case is not taken up again"
    from aftersales.arbitration import services as arbitration
    from aftersales.disputes.services import intervention
    from tests.disputes.states import decision

    case = intervention.take(dispute=case, actor=cast.arbitrator, now=now)
    case = intervention.finish_evidence(dispute=case, actor=cast.buyer, now=now)
    case = intervention.finish_evidence(dispute=case, actor=cast.owner, now=now)
    ruling = decision(case, "replace_no_return", "")
    case = arbitration.rule(dispute=case, actor=cast.arbitrator, now=now, decision=ruling)
    case = arbitration.execute(dispute=case, actor=cast.owner, now=now)
    with pytest.raises(RuleBroken) as taken:
        fulfilment.ship_replacement(dispute=case, actor=cast.owner, now=now, carrier="SF", tracking=NUMBER)
    assert taken.value.code == "tracking_taken"
    case = fulfilment.ship_replacement(
        dispute=case, actor=cast.owner, now=now, carrier="SF", tracking="SF2000000000010"
    )
    news("lost", now, "9")
    assert again(case).status == "goods_sent", "the old parcel is history"
    assert sorted(Replacement.objects.values_list("state", flat=True)) == ["failed", "shipped"]
    news("delivered", now, "1", "SF2000000000010")
    assert again(case).status == "closed"


def test_upheld_on_appeal_the_goods_are_not_sent_twice(owed, cast, now):
    from aftersales.arbitration import services as arbitration
    from aftersales.disputes.services import intervention
    from tests.disputes.states import decision

    case = fulfilment.ship_replacement(dispute=owed, actor=cast.owner, now=now, carrier="SF", tracking=NUMBER)
    case = fulfilment.report_goods(dispute=case, actor=cast.buyer, now=now, statement="Cracked again.")
    case = intervention.take(dispute=case, actor=cast.arbitrator, now=now)
    case = intervention.finish_evidence(dispute=case, actor=cast.buyer, now=now)
    case = intervention.finish_evidence(dispute=case, actor=cast.owner, now=now)
    ruling = decision(case, "replace_no_return", "")
    case = arbitration.rule(dispute=case, actor=cast.arbitrator, now=now, decision=ruling)
    case = arbitration.execute(dispute=case, actor=cast.owner, now=now)
    case = fulfilment.ship_replacement(
        dispute=case, actor=cast.owner, now=now, carrier="SF", tracking="SF2000000000010"
    )
    case = arbitration.appeal(dispute=case, actor=cast.owner, now=now, ground="fact_wrong", text="It was whole.")
    case = arbitration.take(dispute=case, actor=cast.senior, now=now)
    case = arbitration.decide_appeal(dispute=case, actor=cast.senior, now=now, result="upheld", decision=ruling)
    assert (case.status, case.awaiting) == ("goods_sent", "buyer")
    assert Replacement.objects.count() == 2
    sweep(now=case.due_at)
    assert again(case).status == "closed"


def test_the_buyer_reports_it_once_and_in_time_after_the_end(sent, cast, now, file_case):
    case = fulfilment.confirm_goods(dispute=sent, actor=cast.buyer, now=now)
    late = now + timedelta(days=31)
    with pytest.raises(RuleBroken):
        fulfilment.report_goods(dispute=case, actor=cast.buyer, now=late, statement="Broken again.")
    case = fulfilment.report_goods(dispute=case, actor=cast.buyer, now=now, statement="Broken again.")
    assert (case.status, case.reopened) == ("escalated", True)
    assert Replacement.objects.get().state == "failed"
    with pytest.raises(RuleBroken):
        file_case(order=case.order)


def test_a_case_without_goods_has_no_such_button(file_case, cast, now, client):
    case = reach("resolved", file_case, cast, now)
    client.force_login(cast.buyer)
    assert "report-goods" not in client.get(f"/disputes/{case.number}/").content.decode()
    with pytest.raises(RuleBroken):
        fulfilment.report_goods(dispute=case, actor=cast.buyer, now=now, statement="What goods?")


def test_the_buyers_page_says_what_to_do(sent, cast, client, now):
    client.force_login(cast.buyer)
    page = client.get(f"/disputes/{sent.number}/").content.decode()
    assert "confirm-goods" in page
    assert "report-goods" in page
    answer = client.post(f"/disputes/{sent.number}/confirm-goods/", {"version": sent.version})
    assert answer.status_code == 302
    assert again(sent).status == "resolved"


def test_over_rest(sent, api, now):
    answer = api("buyer").post(f"/disputes/{sent.number}/confirm-goods/")
    assert answer.json()["status"] == "resolved"
    assert [r["state"] for r in answer.json()["remedies"]] == ["arrived"]


def test_many_are_moved_by_a_fixed_number_of_statements(file_case, cast, now, django_assert_max_num_queries):
    for number in range(6):
        case = file_case(wants="replace_no_return", type="arrived_damaged", reason="damaged")
        case = negotiation.agree(dispute=case, actor=cast.owner, now=now)
        tracking = f"SF30000000000{number:02}"
        fulfilment.ship_replacement(dispute=case, actor=cast.owner, now=now, carrier="SF", tracking=tracking)
    with django_assert_max_num_queries(18):
        assert sweep(now=now + timedelta(days=10)) == 6
    assert set(Dispute.objects.values_list("status", flat=True)) == {"resolved"}
