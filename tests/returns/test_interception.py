"""A parcel on its way is stopped: refunded once it is, sent back if it is delivered all the same."""

from datetime import timedelta
from decimal import Decimal

import pytest

from aftersales.disputes.allowed import allowed_actions
from aftersales.disputes.audit import findings
from aftersales.disputes.codes import Role
from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.services import interception, leaving, negotiation
from aftersales.disputes.services.parcels import News, take_news
from aftersales.disputes.services.sweep import sweep
from aftersales.remedies.models import RefundInstruction
from aftersales.returns.models import CarrierEvent, ReturnShipment
from portal.outbox.services import drain
from tests.disputes.states import reach

NUMBER = "SF4000000000001"


@pytest.fixture
def stopping(file_case, cast, now):
    return reach("intercepting", file_case, cast, now)


@pytest.fixture
def asked(stopping, cast, now):
    return interception.ask_carrier(dispute=stopping, actor=cast.owner, now=now, carrier="SF", tracking=NUMBER)


def news(kind, now, event="1"):
    return take_news(news=News("SF", NUMBER, event, kind, now), now=now)


def again(case):
    return Dispute.objects.get(pk=case.pk)


def test_agreed_the_seller_has_a_day_to_ask_the_carrier(stopping, now):
    assert (stopping.status, stopping.awaiting, stopping.on_silence) == (
        "intercepting",
        "merchant",
        "escalate_by_silence",
    )
    assert stopping.due_at - now == timedelta(hours=24)
    assert not RefundInstruction.objects.exists(), "nothing is paid yet"


def test_asked_the_carrier_has_a_week_and_then_the_platform_looks(asked, now):
    assert (asked.status, asked.awaiting) == ("intercepting", "system")
    assert asked.due_at - now == timedelta(hours=168)
    sweep(now=asked.due_at)
    case = again(asked)
    assert (case.status, case.terms) == ("escalated", None)
    assert not RefundInstruction.objects.exists()


@pytest.mark.parametrize("kind", ["intercepted", "returned_to_sender", "lost"])
def test_what_never_arrives_is_refunded_once(kind, asked, now):
    news("in_transit", now, "0")
    news(kind, now)
    news(kind, now)
    news("intercepted", now, "late")
    case = again(asked)
    assert case.status == "fulfilling"
    assert RefundInstruction.objects.get().amount == Decimal("100.00")
    assert set(CarrierEvent.objects.values_list("case", flat=True)) == {case.number}
    drain(now=now)
    assert list(findings()) == []


def test_delivered_all_the_same_the_buyer_sends_it_back_or_keeps_it(asked, cast, now):
    news("delivered", now)
    case = again(asked)
    assert (case.status, case.awaiting) == ("awaiting_return_shipment", "buyer")
    assert case.terms["kind"] == "full_refund_with_return"
    assert ReturnShipment.objects.get().freight_payer == "merchant"
    drain(now=now)
    news("intercepted", now, "contradiction")
    assert again(case).status == "awaiting_return_shipment", "what was delivered cannot be stopped any more"
    assert not RefundInstruction.objects.exists()
    kept = leaving.withdraw(dispute=case, actor=cast.buyer, now=now)
    assert kept.status == "withdrawn"


def test_news_before_the_carrier_was_asked_counts(stopping, cast, now):
    news("picked_up", now, "1")
    news("delivered", now, "2")
    case = interception.ask_carrier(dispute=stopping, actor=cast.owner, now=now, carrier="SF", tracking=NUMBER)
    assert case.status == "awaiting_return_shipment"


def test_what_cannot_be_stopped_is_refused_with_that_reason_only(asked, cast, now):
    with pytest.raises(RuleBroken):
        negotiation.refuse(dispute=asked, actor=cast.owner, now=now, reason="no_evidence", message="No.")
    words = "The courier has it on the van."
    reason = "shipped_not_intercepted"
    case = negotiation.refuse(dispute=asked, actor=cast.owner, now=now, reason=reason, message=words)
    assert (case.status, case.terms) == ("refused", None)
    news("intercepted", now)
    assert again(case).status == "refused"
    case = interception.recall_parcel(dispute=case, actor=cast.owner, now=now)
    assert (case.status, case.awaiting) == ("intercepting", "merchant"), "tried once more"


def test_that_reason_is_for_parcels_on_their_way(file_case, cast, now, client):
    case = file_case()
    reason = "shipped_not_intercepted"
    with pytest.raises(RuleBroken):
        negotiation.refuse(dispute=case, actor=cast.owner, now=now, reason=reason, message="Gone.")
    client.force_login(cast.owner)
    assert reason not in client.get(f"/disputes/{case.number}/refuse/").content.decode()


def test_only_where_a_parcel_is_on_its_way_and_all_is_asked_back(file_case, cast, now):
    case = file_case()
    with pytest.raises(RuleBroken):
        interception.recall_parcel(dispute=case, actor=cast.owner, now=now)
    listed = allowed_actions(case, Role.MERCHANT, user_id=cast.owner.pk, now=now)
    assert "recall_parcel" not in {a.action for a in listed}


def test_asked_once(asked, cast, now):
    with pytest.raises(RuleBroken):
        interception.ask_carrier(dispute=asked, actor=cast.owner, now=now, carrier="SF", tracking=NUMBER)


def test_on_the_page_and_over_rest(file_case, cast, api, now, client):
    case = file_case(type="late_shipping", reason="late", wants="full_refund_no_return", stage="in_transit")
    client.force_login(cast.owner)
    assert "recall-parcel" in client.get(f"/disputes/{case.number}/").content.decode()
    assert client.post(f"/disputes/{case.number}/recall-parcel/", {"version": case.version}).status_code == 302
    given = {"carrier": "SF", "tracking": NUMBER}
    answer = api("owner").post(f"/disputes/{case.number}/ask-carrier/", given)
    assert answer.json()["status"] == "intercepting"
    assert "100.00" in answer.json()["next_step"]
