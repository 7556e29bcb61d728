"""A deduction for what arrived: shown, proposed, accepted or contested; never taken by silence."""

from decimal import Decimal

import pytest

from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.services import inspection, return_leg
from aftersales.disputes.services.sweep import sweep
from aftersales.ledger import audit as ledger_audit
from aftersales.remedies import audit as remedy_audit
from aftersales.remedies.models import RefundInstruction
from aftersales.remedies.services import run_due
from aftersales.returns.models import ReturnShipment
from portal.outbox.services import drain
from tests.disputes.states import reach, show


@pytest.fixture
def deducted(file_case, cast, now):
    return reach("deduction_proposed", file_case, cast, now)


def propose(case, cast, now, **given):
    words = {"condition": "used", "amount": Decimal("30.00"), "note": "The soles are worn.", **given}
    return inspection.propose_deduction(dispute=case, actor=cast.owner, now=now, **words)


def test_accepted_the_rest_is_paid_at_once_and_the_books_are_whole(deducted, cast, now):
    case = inspection.accept_deduction(dispute=deducted, actor=cast.buyer, now=now)
    assert case.status == "fulfilling"
    assert RefundInstruction.objects.get(case=case.number).amount == Decimal("70.00")
    while run_due(now=now) + drain(now=now):
        pass
    assert Dispute.objects.get(pk=case.pk).status == "resolved"
    assert [*ledger_audit.findings(), *remedy_audit.findings()] == []


def test_contested_the_platform_decides_and_nothing_is_paid(deducted, cast, now):
    case = inspection.contest_deduction(dispute=deducted, actor=cast.buyer, now=now, note="Never worn outside.")
    assert (case.status, case.awaiting) == ("escalated", "both")
    assert not RefundInstruction.objects.exists()
    assert case.events.last().data["note"] == "Never worn outside."


def test_the_buyers_silence_is_never_a_loss(deducted):
    assert (deducted.due_at - deducted.clock_started_at).total_seconds() == 48 * 3600
    sweep(now=deducted.due_at)
    assert Dispute.objects.get(pk=deducted.pk).status == "escalated"
    assert not RefundInstruction.objects.exists()


def test_the_merchant_may_think_better_of_it_and_refund_in_full(deducted, cast, now):
    return_leg.confirm_return(dispute=deducted, actor=cast.owner, now=now)
    assert RefundInstruction.objects.get().amount == Decimal("100.00")
    assert ReturnShipment.objects.get().deduction is None


def test_the_merchants_silence_refunds_in_full(file_case, cast, now):
    case = reach("awaiting_inspection", file_case, cast, now)
    sweep(now=case.due_at)
    assert RefundInstruction.objects.get().amount == Decimal("100.00")


def test_nothing_is_deducted_without_photographs_of_the_arrival(file_case, cast, now):
    case = reach("awaiting_inspection", file_case, cast, now)
    with pytest.raises(RuleBroken, match="photographs"):
        propose(case, cast, now)
    case = show(case, cast.buyer, now)
    with pytest.raises(RuleBroken, match="photographs"):
        propose(case, cast, now)
    case = show(case, cast.owner, now)
    assert propose(case, cast, now).status == "deduction_proposed"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"amount": Decimal("100.00")}, "amount"),
        ({"amount": Decimal("0.00")}, "amount"),
        ({"amount": Decimal("10.001")}, "amount"),
        ({"note": "  "}, "note"),
        ({"condition": "intact"}, "condition"),
        ({"condition": "empty"}, "condition"),
    ],
)
def test_what_cannot_be_deducted_is_refused_beside_its_field(given, field, file_case, cast, now):
    case = show(reach("awaiting_inspection", file_case, cast, now), cast.owner, now)
    with pytest.raises(RuleBroken) as broken:
        propose(case, cast, now, **given)
    assert broken.value.field == field
    assert Dispute.objects.get(pk=case.pk).version == case.version


def test_both_sides_take_their_step_on_pages(file_case, cast, now, client):
    case = show(reach("awaiting_inspection", file_case, cast, now), cast.owner, now)
    client.force_login(cast.owner)
    at = f"/disputes/{case.number}"
    assert client.get(f"{at}/propose-deduction/").status_code == 200
    sent = {"version": case.version, "condition": "used", "amount": "30", "note": "Worn soles."}
    assert client.post(f"{at}/propose-deduction/", sent | {"amount": "200"}).status_code == 422
    assert client.post(f"{at}/propose-deduction/", sent).status_code == 302
    client.force_login(cast.buyer)
    page = client.get(f"{at}/").content.decode()
    assert "Accept or contest the deduction" in page
    assert "30.00" in page
    assert "70.00" in client.get(f"{at}/accept-deduction/").content.decode()
    now_at = Dispute.objects.get(pk=case.pk).version
    assert client.post(f"{at}/accept-deduction/", {"version": now_at}).status_code == 302
    assert RefundInstruction.objects.get().amount == Decimal("70.00")


def test_both_sides_take_their_step_over_rest(file_case, cast, now, api):
    case = show(reach("awaiting_inspection", file_case, cast, now), cast.owner, now)
    at = f"/disputes/{case.number}/"
    sent = {"condition": "missing_parts", "amount": "12.50", "note": "The charger is missing."}
    body = api("owner").post(f"{at}propose-deduction/", sent).json()
    assert body["status"] == "deduction_proposed"
    body = api("buyer").get(at).json()
    assert {"accept-deduction", "contest-deduction"} <= {a["action"] for a in body["allowed_actions"]}
    body = api("buyer").post(f"{at}accept-deduction/").json()
    assert body["money"]["decided"] == "87.50"
