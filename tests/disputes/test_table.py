"""(status x action x role): every cell of the workflow table, held against what is written here by hand."""

import pytest

from aftersales.disputes.codes import FINAL, Role, Status
from aftersales.disputes.errors import DisputeMoved, NotAllowed, RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.next_step import SILENCE as WORDS
from aftersales.disputes.next_step import next_step
from aftersales.disputes.services.silence import SILENCE
from aftersales.disputes.transitions import check
from aftersales.disputes.workflow import ACTIONS, CLOCKS, STAGES, actions_for
from portal.ui.words import DO, DONE, STATUS_LOOKS
from tests.disputes.states import reach

TALK = "propose accept_offer withdraw escalate submit_evidence"
DESK_TALK = "extend pause"
MAY = {
    ("awaiting_buyer", "buyer"): f"{TALK} decline_offers",
    ("awaiting_buyer", "merchant"): "ask_owner propose accept_offer agree recall_parcel submit_evidence",
    ("awaiting_buyer", "desk"): DESK_TALK,
    ("awaiting_buyer", "platform"): DESK_TALK,
    ("awaiting_buyer", "system"): "expire_offers next_offers escalate_by_silence",
    ("awaiting_merchant", "buyer"): TALK,
    ("awaiting_merchant", "merchant"): "ask_owner propose accept_offer agree refuse recall_parcel submit_evidence",
    ("awaiting_merchant", "desk"): DESK_TALK,
    ("awaiting_merchant", "platform"): DESK_TALK,
    ("awaiting_merchant", "system"): (
        "refund_at_once let_offer_stand agree_by_silence ask_return_by_silence escalate_by_silence"
    ),
    ("refused", "buyer"): "propose accept_offer withdraw escalate submit_evidence",
    ("refused", "merchant"): "ask_owner propose accept_offer agree recall_parcel submit_evidence",
    ("refused", "desk"): DESK_TALK,
    ("refused", "platform"): DESK_TALK,
    ("refused", "system"): "escalate_by_silence lapse",
    ("claimed", "buyer"): "accept_claim contest_claim submit_evidence",
    ("claimed", "merchant"): "drop_claim submit_evidence",
    ("claimed", "desk"): DESK_TALK,
    ("claimed", "platform"): DESK_TALK,
    ("claimed", "system"): "escalate_by_silence",
    ("recalled", "buyer"): "choose_remedy",
    ("recalled", "desk"): "extend",
    ("recalled", "platform"): "extend",
    ("recalled", "system"): "keep_recall_open lapse",
    ("awaiting_return_shipment", "buyer"): "withdraw escalate ship_return submit_evidence appeal",
    ("awaiting_return_shipment", "merchant"): "submit_evidence appeal",
    ("awaiting_return_shipment", "desk"): "extend",
    ("awaiting_return_shipment", "platform"): "extend",
    ("awaiting_return_shipment", "system"): "lapse keep_recall_open",
    ("return_in_transit", "buyer"): "submit_evidence",
    ("return_in_transit", "merchant"): "receive_return confirm_return propose_deduction dispute_return submit_evidence",
    ("return_in_transit", "desk"): "extend",
    ("return_in_transit", "platform"): "extend",
    ("return_in_transit", "system"): "accept_return_by_silence note_carrier deliver_return lose_return bounce_return",
    ("awaiting_inspection", "buyer"): "submit_evidence",
    ("awaiting_inspection", "merchant"): "confirm_return propose_deduction dispute_return submit_evidence",
    ("awaiting_inspection", "desk"): "extend",
    ("awaiting_inspection", "platform"): "extend",
    ("awaiting_inspection", "system"): "accept_return_by_silence",
    ("intercepting", "buyer"): "withdraw submit_evidence",
    ("intercepting", "merchant"): "ask_carrier refuse submit_evidence",
    ("intercepting", "desk"): "extend",
    ("intercepting", "platform"): "extend",
    ("intercepting", "system"): "note_carrier intercept_parcel miss_parcel escalate_by_silence",
    ("deduction_proposed", "buyer"): "accept_deduction contest_deduction submit_evidence",
    ("deduction_proposed", "merchant"): "confirm_return submit_evidence",
    ("deduction_proposed", "desk"): "extend",
    ("deduction_proposed", "platform"): "extend",
    ("deduction_proposed", "system"): "escalate_by_silence",
    ("escalated", "buyer"): "withdraw submit_evidence finish_evidence",
    ("escalated", "merchant"): "drop_claim submit_evidence finish_evidence",
    ("escalated", "desk"): f"take request_evidence {DESK_TALK}",
    ("escalated", "platform"): DESK_TALK,
    ("escalated", "system"): "close_evidence note_carrier",
    ("collecting_evidence", "buyer"): "withdraw submit_evidence finish_evidence",
    ("collecting_evidence", "merchant"): "drop_claim submit_evidence finish_evidence",
    ("collecting_evidence", "desk"): f"take request_evidence {DESK_TALK}",
    ("collecting_evidence", "platform"): DESK_TALK,
    ("collecting_evidence", "system"): "close_evidence note_carrier",
    ("awaiting_ruling", "buyer"): "withdraw submit_evidence",
    ("awaiting_ruling", "merchant"): "drop_claim submit_evidence",
    ("awaiting_ruling", "desk"): f"take request_evidence rule {DESK_TALK}",
    ("awaiting_ruling", "platform"): DESK_TALK,
    ("awaiting_ruling", "system"): "pass_to_senior log_breach note_carrier",
    ("ruled", "buyer"): "appeal",
    ("ruled", "merchant"): "execute appeal",
    ("ruled", "desk"): "extend",
    ("ruled", "platform"): "extend",
    ("ruled", "system"): "execute_ruling",
    ("appealed", "buyer"): "submit_evidence",
    ("appealed", "merchant"): "submit_evidence",
    ("appealed", "desk"): "take extend",
    ("appealed", "senior"): "take decide_appeal extend",
    ("appealed", "platform"): "extend",
    ("appealed", "system"): "log_breach note_carrier",
    ("amount_on_hold", "desk"): "extend",
    ("amount_on_hold", "platform"): "extend release_hold refuse_hold",
    ("amount_on_hold", "system"): "chase_hold report_overdue_hold",
    ("fulfilling", "merchant"): "ship_replacement fail_repair",
    ("fulfilling", "desk"): "extend",
    ("fulfilling", "platform"): "extend",
    ("fulfilling", "system"): "complete sound_refund_alarm report_payout_failed escalate_by_silence",
    ("goods_sent", "buyer"): "confirm_goods report_goods appeal",
    ("goods_sent", "merchant"): "appeal",
    ("goods_sent", "desk"): "extend",
    ("goods_sent", "platform"): "extend",
    ("goods_sent", "system"): "note_carrier deliver_goods accept_goods_by_silence fail_goods",
    ("payout_failed", "desk"): "extend",
    ("payout_failed", "platform"): "extend retry_payout",
    ("payout_failed", "system"): "complete retry_payout",
    ("paused", "desk"): "extend resume",
    ("paused", "platform"): "extend resume",
    ("paused", "system"): "resume",
    ("resolved", "buyer"): "report_goods",
    ("resolved", "system"): "fail_goods",
    ("closed", "system"): "fail_goods",
    ("closed", "buyer"): "appeal report_goods",
    ("closed", "merchant"): "appeal",
    ("lapsed", "buyer"): "escalate reopen",
}
ACTING = [
    Role.BUYER,
    Role.MERCHANT,
    Role.FINANCE,
    Role.ARBITRATOR,
    Role.SENIOR,
    Role.PLATFORM,
    Role.MARKETPLACE,
    Role.SYSTEM,
]


def expected(status, role):
    desk = {Role.ARBITRATOR: "desk", Role.SENIOR: "desk"}.get(role, role)
    listed = MAY.get((status, str(role)), MAY.get((status, str(desk)), ""))
    return set(listed.split())


@pytest.mark.parametrize("status", Status.values)
@pytest.mark.parametrize("role", ACTING)
def test_each_cell_of_the_table(status, role):
    assert set(actions_for(status, role)) == expected(status, role)


def test_every_action_leads_somewhere_known_and_has_words():
    for name, row in ACTIONS.items():
        assert name in DONE, name
        people = row.roles - {Role.SYSTEM, Role.MARKETPLACE}
        assert not people or name in DO or not row.sources, name
    assert set(STAGES) == set(Status)
    assert set(STATUS_LOOKS) >= set(Status.values)


def test_every_silence_of_a_clock_is_an_action_of_the_system_with_words():
    for name, clock in CLOCKS.items():
        assert Role.SYSTEM in ACTIONS[clock.on_silence].roles, name
        assert clock.on_silence in SILENCE, name
        assert clock.on_silence in WORDS, name


PEOPLE = {
    Role.BUYER: "buyer",
    Role.MERCHANT: "owner",
    Role.FINANCE: "finance",
    Role.ARBITRATOR: "arbitrator",
    Role.SENIOR: "senior",
    Role.PLATFORM: "platform",
}


@pytest.mark.parametrize("status", Status.values)
def test_a_real_case_obeys_the_table_and_denials_change_nothing(status, file_case, cast, now):
    case = reach(status, file_case, cast, now)
    assert case.status == status
    events = case.events.count()
    for role, name in PEOPLE.items():
        for action in ACTIONS:
            try:
                check(case, action, role=role, actor=getattr(cast, name), now=now)
            except (NotAllowed, DisputeMoved, RuleBroken) as refusal:
                if not isinstance(refusal, RuleBroken | NotAllowed):
                    assert action not in expected(status, role), (action, role)
            else:
                assert action in expected(status, role), (action, role)
    same = Dispute.objects.get(pk=case.pk)
    assert (same.version, same.events.count()) == (case.version, events)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("status", Status.values)
def test_every_status_has_its_next_step_sentence(status, language, file_case, cast, now):
    from django.utils import translation

    case = reach(status, file_case, cast, now)
    with translation.override(language):
        for role in [*PEOPLE, None]:
            step = next_step(case, role)
            assert step.text
            assert "%(" not in step.text
            assert (step.tone == "done") == (status in FINAL)
