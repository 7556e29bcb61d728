"""Goods that are sent and fail re-open the same case; it is never lost."""

from datetime import timedelta

import pytest

from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.services import fulfilment, negotiation
from aftersales.disputes.services.parcels import News, take_news
from portal.outbox.services import drain
from tests.disputes.states import reach

NUMBER = "SF1234567890123"


@pytest.fixture
def sent(file_case, cast, now):
    case = file_case(wants="replace_no_return", type="arrived_damaged", reason="damaged")
    case = negotiation.agree(dispute=case, actor=cast.owner, now=now)
    case = fulfilment.ship_replacement(dispute=case, actor=cast.owner, now=now, carrier="SF", tracking=NUMBER)
    assert case.status == "resolved"
    return case


def news(kind, now, event="1"):
    return take_news(news=News("SF", NUMBER, event, kind, now), now=now)


@pytest.mark.parametrize("kind", ["lost", "returned_to_sender"])
def test_what_the_carrier_does_not_deliver_reopens_the_case(kind, sent, now):
    news("in_transit", now, "0")
    news(kind, now)
    case = Dispute.objects.get(pk=sent.pk)
    assert (case.status, case.awaiting, case.closed_at) == ("escalated", "both", None)
    assert case.events.last().data["kind"] == kind
    drain(now=now)


def test_delivered_it_stays_settled(sent, now):
    news("delivered", now)
    assert Dispute.objects.get(pk=sent.pk).status == "resolved"


def test_the_buyer_reports_it_once_and_in_time(sent, cast, now, file_case):
    late = now + timedelta(days=31)
    with pytest.raises(RuleBroken):
        fulfilment.report_goods(dispute=sent, actor=cast.buyer, now=late, statement="Broken again.")
    case = fulfilment.report_goods(dispute=sent, actor=cast.buyer, now=now, statement="Broken again.")
    assert (case.status, case.reopened) == ("escalated", True)
    with pytest.raises(RuleBroken):
        file_case(order=sent.order)


def test_a_case_without_goods_has_no_such_button(file_case, cast, now, client):
    case = reach("resolved", file_case, cast, now)
    client.force_login(cast.buyer)
    assert "report-goods" not in client.get(f"/disputes/{case.number}/").content.decode()
    with pytest.raises(RuleBroken):
        fulfilment.report_goods(dispute=case, actor=cast.buyer, now=now, statement="What goods?")


def test_the_buyers_page_has_it_where_goods_were_sent(sent, cast, client):
    client.force_login(cast.buyer)
    assert "report-goods" in client.get(f"/disputes/{sent.number}/").content.decode()
