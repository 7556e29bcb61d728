"""A repair: the goods go back, are repaired and come back; failed or too late, the platform decides what else."""

from datetime import timedelta
from decimal import Decimal

import pytest

from aftersales.arbitration import services as arbitration
from aftersales.disputes.allowed import allowed_actions
from aftersales.disputes.audit import findings
from aftersales.disputes.codes import Role
from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.services import fulfilment, intervention, negotiation, return_leg
from aftersales.disputes.services.parcels import News, take_news
from aftersales.disputes.services.sweep import sweep
from aftersales.remedies.models import RefundInstruction, Replacement
from portal.notices.models import Notice
from portal.outbox.services import drain
from tests.disputes.states import decision

BACK, AGAIN = "SF1234567890123", "SF2000000000009"


@pytest.fixture
def agreed(file_case, cast, now):
    case = file_case(wants="repair", type="warranty_repair", reason="functional_failure")
    return negotiation.agree(dispute=case, actor=cast.owner, now=now)


@pytest.fixture
def in_repair(agreed, cast, now):
    case = return_leg.ship_return(dispute=agreed, actor=cast.buyer, now=now, carrier="SF", tracking=BACK)
    take_news(news=News("SF", BACK, "1", "delivered", now), now=now)
    case = Dispute.objects.get(pk=case.pk)
    return return_leg.confirm_return(dispute=case, actor=cast.owner, now=now)


def again(case):
    return Dispute.objects.get(pk=case.pk)


def rule(case, cast, now, kind, cash):
    case = intervention.take(dispute=case, actor=cast.arbitrator, now=now)
    case = intervention.finish_evidence(dispute=case, actor=cast.buyer, now=now)
    case = intervention.finish_evidence(dispute=case, actor=cast.owner, now=now)
    case = arbitration.rule(dispute=case, actor=cast.arbitrator, now=now, decision=decision(case, kind, cash))
    return arbitration.execute(dispute=case, actor=cast.owner, now=now)


def test_the_goods_go_back_first(agreed):
    assert (agreed.status, agreed.terms["kind"]) == ("awaiting_return_shipment", "repair")
    assert not Replacement.objects.exists()


def test_repaired_and_sent_back(in_repair, cast, now):
    assert (in_repair.status, in_repair.awaiting) == ("fulfilling", "merchant")
    assert in_repair.due_at - now == timedelta(days=30)
    given = {"carrier": "SF", "tracking": AGAIN}
    case = fulfilment.ship_replacement(dispute=in_repair, actor=cast.owner, now=now, **given)
    assert case.status == "goods_sent"
    take_news(news=News("SF", AGAIN, "1", "delivered", now), now=now)
    assert again(case).status == "resolved"
    drain(now=now)
    assert list(findings()) == []


def test_it_does_not_come_back_under_the_number_it_went(in_repair, cast, now):
    with pytest.raises(RuleBroken):
        fulfilment.ship_replacement(dispute=in_repair, actor=cast.owner, now=now, carrier="SF", tracking=BACK)


def test_what_cannot_be_repaired_is_paid_back_at_once_if_so_decided(in_repair, cast, now):
    with pytest.raises(RuleBroken):
        fulfilment.fail_repair(dispute=in_repair, actor=cast.owner, now=now, note=" ")
    case = fulfilment.fail_repair(dispute=in_repair, actor=cast.owner, now=now, note="The board is burnt.")
    assert (case.status, case.terms) == ("escalated", None)
    assert Replacement.objects.get().state == "cancelled"
    drain(now=now)
    assert Notice.objects.filter(user=cast.buyer, kind="repair_failed").exists()
    case = rule(case, cast, now, "full_refund_with_return", "100.00")
    assert case.status == "fulfilling", "the goods are with the seller already"
    assert RefundInstruction.objects.get().amount == Decimal(100)


def test_too_late_the_platform_decides_on_a_replacement_for_instance(in_repair, cast, now):
    late = in_repair.due_at
    sweep(now=late)
    case = again(in_repair)
    assert (case.status, Replacement.objects.get().state) == ("escalated", "cancelled")
    case = rule(case, cast, late, "replace_with_return", "")
    assert (case.status, case.on_silence) == ("fulfilling", "escalate_by_silence")
    assert Replacement.objects.filter(state="to_ship").count() == 1


def test_broken_again_the_same_case_goes_on(in_repair, cast, now):
    given = {"carrier": "SF", "tracking": AGAIN}
    case = fulfilment.ship_replacement(dispute=in_repair, actor=cast.owner, now=now, **given)
    case = fulfilment.confirm_goods(dispute=case, actor=cast.buyer, now=now)
    case = fulfilment.report_goods(dispute=case, actor=cast.buyer, now=now, statement="It does not start again.")
    assert (case.number, case.status) == (in_repair.number, "escalated")


def test_only_a_repair_can_fail(file_case, cast, now):
    case = file_case(wants="replace_no_return", type="arrived_damaged", reason="damaged")
    case = negotiation.agree(dispute=case, actor=cast.owner, now=now)
    with pytest.raises(RuleBroken):
        fulfilment.fail_repair(dispute=case, actor=cast.owner, now=now, note="It is no repair.")
    listed = allowed_actions(case, Role.MERCHANT, user_id=cast.owner.pk, now=now)
    assert "fail_repair" not in {a.action for a in listed}


def test_on_the_pages_and_over_rest(in_repair, cast, client, api):
    client.force_login(cast.buyer)
    assert "Repair" in client.get(f"/disputes/{in_repair.number}/").content.decode()
    client.force_login(cast.owner)
    assert "fail-repair" in client.get(f"/disputes/{in_repair.number}/").content.decode()
    answer = api("owner").post(f"/disputes/{in_repair.number}/fail-repair/", {"note": "The board is burnt."})
    assert answer.json()["status"] == "escalated"
