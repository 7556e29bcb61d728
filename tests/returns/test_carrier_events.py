"""What carriers say moves the case: once, in any order, by API and by file."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from aftersales.disputes.models import Dispute
from aftersales.disputes.services import return_leg
from aftersales.disputes.services.parcels import News, take_news
from aftersales.remedies.models import RefundInstruction
from aftersales.returns.models import CarrierEvent, ReturnShipment
from portal.outbox.services import drain
from tests.disputes.states import reach
from tests.rest.calls import problem

NUMBER = "SF1234567890123"


@pytest.fixture
def on_the_way(file_case, cast, now):
    return reach("return_in_transit", file_case, cast, now)


@pytest.fixture
def say(now):
    def tell(kind, event="1", at=None, **given):
        news = {"carrier": "SF", "tracking": NUMBER, "event": event, "kind": kind, "at": now, **given}
        return take_news(news=News(**news), now=at or now)

    return tell


def again(case):
    return Dispute.objects.get(pk=case.pk)


def test_on_its_way_is_noted_and_moves_nothing(on_the_way, say, now):
    for number, kind in enumerate(["picked_up", "in_transit", "exception"]):
        say(kind, str(number))
    case = again(on_the_way)
    assert (case.status, case.due_at) == ("return_in_transit", on_the_way.due_at)
    assert [e.data["kind"] for e in case.events.filter(action="note_carrier")] == [
        "picked_up",
        "in_transit",
        "exception",
    ]


def test_delivery_starts_the_merchants_two_days(on_the_way, say, now):
    later = now + timedelta(hours=30)
    say("delivered", at=later)
    case = again(on_the_way)
    assert (case.status, case.awaiting) == ("awaiting_inspection", "merchant")
    assert case.due_at - later == timedelta(hours=48)
    assert ReturnShipment.objects.get().received_at == later
    drain(now=later)


def test_the_same_event_counts_once(on_the_way, say):
    assert say("delivered")[1] is True
    version = again(on_the_way).version
    assert say("delivered")[1] is False
    assert again(on_the_way).version == version
    assert CarrierEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("payer", "status"), [("buyer", "escalated"), ("merchant", "fulfilling"), ("platform", "fulfilling")]
)
def test_lost_on_the_way_back(payer, status, on_the_way, say, now):
    ReturnShipment.objects.update(freight_payer=payer)
    say("lost")
    assert again(on_the_way).status == status
    assert RefundInstruction.objects.exists() == (status == "fulfilling")
    drain(now=now)


def test_returned_to_the_buyer_it_is_sent_once_more(on_the_way, say, cast, now):
    say("returned_to_sender")
    case = again(on_the_way)
    assert (case.status, case.awaiting) == ("awaiting_return_shipment", "buyer")
    case = return_leg.ship_return(dispute=case, actor=cast.buyer, now=now, carrier="中通", tracking="75123456789012")
    assert case.status == "return_in_transit"
    assert ReturnShipment.objects.get().carrier == "ZTO Express"
    drain(now=now)


def test_news_before_the_buyer_enters_the_number_is_kept_and_applied(file_case, cast, say, now):
    case = reach("awaiting_return_shipment", file_case, cast, now)
    say("picked_up", "1")
    say("delivered", "2", at=now)
    assert {e.case for e in CarrierEvent.objects.all()} == {""}
    case = return_leg.ship_return(dispute=case, actor=cast.buyer, now=now, carrier="SF", tracking=NUMBER)
    assert case.status == "awaiting_inspection"


def test_late_news_of_a_settled_return_is_kept_and_changes_nothing(on_the_way, say, cast, now):
    case = return_leg.confirm_return(dispute=on_the_way, actor=cast.owner, now=now)
    say("lost")
    assert again(case).version == case.version
    assert CarrierEvent.objects.get().case == case.number


def test_a_mistyped_number_is_refused_on_the_page(file_case, cast, now, client):
    case = reach("awaiting_return_shipment", file_case, cast, now)
    client.force_login(cast.buyer)
    sent = {"version": case.version, "carrier": "SF Express", "tracking": "SF12"}
    answer = client.post(f"/disputes/{case.number}/ship-return/", sent)
    assert answer.status_code == 422
    assert "SF1234567890123" in answer.content.decode()


def body(**given):
    sent = {"carrier": "SF Express", "tracking": NUMBER, "event": "e-1", "kind": "delivered"}
    return {**sent, "at": "2026-11-23T18:00:00+08:00", **given}


def test_over_rest_for_the_marketplaces_keys(on_the_way, api):
    market = api("marketplace")
    first, second = market.post("/carrier-events/", body()), market.post("/carrier-events/", body())
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert first.json()["case"] == on_the_way.number
    assert again(on_the_way).status == "awaiting_inspection"
    problem(market.post("/carrier-events/", body(tracking="12")), 422, "tracking_format")
    assert market.post("/carrier-events/", body(kind="eaten")).status_code in {400, 422}
    for who in ("buyer", "owner", "arbitrator"):
        assert api(who).post("/carrier-events/", body()).status_code == 403


def test_from_a_file_that_can_be_read_again(on_the_way, tmp_path, capsys):
    file = tmp_path / "events.csv"
    rows = [
        "carrier,tracking,event,kind,at,place",
        f"SF,{NUMBER},1,in_transit,2026-11-23T18:00:00+08:00,杭州",
        f"SF,{NUMBER},2,delivered,2026-11-24T18:00:00+08:00,",
    ]
    file.write_text("\n".join(rows))
    call_command("carrier_events", file)
    call_command("carrier_events", file)
    assert capsys.readouterr().out.splitlines() == [
        "2 new, 0 known before, 0 refused",
        "0 new, 2 known before, 0 refused",
    ]
    assert again(on_the_way).status == "awaiting_inspection"
    file.write_text("\n".join([*rows, "SF,1,3,delivered,2026-11-24,", "SF,1,4,delivered,2026-11-24T18:00:00+08:00,"]))
    with pytest.raises(CommandError):
        call_command("carrier_events", file)
    assert "line 4" in capsys.readouterr().err
