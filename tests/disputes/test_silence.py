"""Deadlines: one second before, at, after, extended meanwhile, acted on meanwhile, fired twice."""

from datetime import timedelta
from decimal import Decimal

import pytest

from aftersales.disputes.models import Dispute, Offer
from aftersales.disputes.services import intervention, negotiation
from aftersales.disputes.services.sweep import sweep
from aftersales.remedies.models import RefundInstruction
from aftersales.remedies.services import open_remedies
from tests.disputes.states import reach

SECOND = timedelta(seconds=1)

# status reached -> what silence makes of it (the table of domain.md section 3).
OUTCOMES = {
    "awaiting_buyer": "awaiting_merchant",
    "awaiting_merchant": "awaiting_return_shipment",  # received, above the threshold: goods back, never money
    "refused": "lapsed",
    "awaiting_return_shipment": "lapsed",
    "return_in_transit": "fulfilling",
    "awaiting_inspection": "fulfilling",
    "deduction_proposed": "escalated",
    "intercepting": "escalated",
    "escalated": "awaiting_ruling",
    "collecting_evidence": "awaiting_ruling",
    "awaiting_ruling": "awaiting_ruling",  # to a senior, breach on record
    "ruled": "fulfilling",
    "appealed": "appealed",  # breach on record
    "amount_on_hold": "amount_on_hold",  # those in charge are alerted, nothing is paid unseen
    "fulfilling": "fulfilling",  # the alarm: the legal time runs out
    "goods_sent": "resolved",
    "payout_failed": "fulfilling",
    "paused": "awaiting_merchant",
}


@pytest.mark.parametrize("status", OUTCOMES)
def test_silence_has_its_known_outcome_at_the_deadline_and_not_before(status, file_case, cast, now):
    case = reach(status, file_case, cast, now)
    assert sweep(now=case.due_at - SECOND) == 0
    assert sweep(now=case.due_at) == 1
    after = Dispute.objects.get(pk=case.pk)
    assert after.status == OUTCOMES[status]
    assert after.version == case.version + 1
    assert after.events.last().role == "system"
    assert sweep(now=case.due_at) == 0, "fired twice"


def test_no_refund_without_return_by_silence_after_receipt(file_case, cast, now):
    case = file_case(wants="full_refund_no_return")
    sweep(now=case.due_at)
    assert not RefundInstruction.objects.exists()
    assert Dispute.objects.get().on_silence == "lapse"


def test_small_claim_goes_to_the_platform_not_to_money(file_case, cast, now):
    case = file_case(wants="full_refund_no_return", price="20.00")
    sweep(now=case.due_at)
    assert Dispute.objects.get().status == "escalated"
    assert not RefundInstruction.objects.exists()


def test_unshipped_refund_is_agreed_by_silence(file_case, cast, now):
    case = file_case(
        type="not_shipped_cancel", reason="no_longer_wanted", wants="full_refund_no_return", stage="unshipped"
    )
    assert case.status == "awaiting_merchant"
    sweep(now=case.due_at)
    assert RefundInstruction.objects.get().amount == Decimal("100.00")


def test_fresh_small_unshipped_order_is_refunded_at_once(file_case, cast, now):
    case = file_case(
        type="not_shipped_cancel",
        reason="ordered_by_mistake",
        wants="full_refund_no_return",
        stage="unshipped",
        paid_days=0.1,
    )
    assert case.status == "fulfilling"
    assert case.outcome == "instant"


def test_extended_meanwhile(file_case, cast, now):
    case = file_case()
    old = case.due_at
    case = intervention.extend(dispute=case, actor=cast.platform, now=now, hours=24, reason="Holiday.")
    assert sweep(now=old) == 0
    assert sweep(now=old + timedelta(hours=24)) == 1


def test_acted_on_meanwhile(file_case, cast, now):
    case = file_case()
    due = case.due_at
    negotiation.refuse(dispute=case, actor=cast.owner, now=now, reason="no_evidence", message="Show it, please.")
    assert sweep(now=due) == 0


def test_pause_gives_the_time_back(file_case, cast, now):
    case = file_case()
    left = case.due_at - now
    case = intervention.pause(dispute=case, actor=cast.platform, now=now, reason="They talk.")
    later = now + timedelta(days=3)
    case = intervention.resume(dispute=case, actor=cast.platform, now=later)
    assert case.due_at == later + timedelta(seconds=int(left.total_seconds()))
    assert (case.status, case.on_silence) == ("awaiting_merchant", "ask_return_by_silence")


def test_negotiation_is_capped_and_escalated_never_closed(file_case, cast, now):
    case = file_case()
    for _round in range(60):
        case = Dispute.objects.get(pk=case.pk)
        if case.status == "escalated":
            break
        at = case.due_at - SECOND
        actor, kind = (cast.owner, "10.00") if case.awaiting == "merchant" else (cast.buyer, "40.00")
        if at < now + timedelta(days=19, hours=23):
            negotiation.propose(dispute=case, actor=actor, now=at, kind="partial_refund_keep", amount=Decimal(kind))
        else:
            sweep(now=case.due_at)
    assert case.status == "escalated"
    assert case.escalated_at <= now + timedelta(days=20)


def test_counter_offer_unanswered_lets_the_last_offer_stand(file_case, cast, now):
    case = reach("awaiting_buyer", file_case, cast, now)
    case = negotiation.propose(
        dispute=case, actor=cast.buyer, now=now, kind="partial_refund_keep", amount=Decimal("25.00")
    )
    assert case.on_silence == "let_offer_stand"
    sweep(now=case.due_at)
    case = Dispute.objects.get(pk=case.pk)
    assert case.status == "awaiting_buyer"
    standing = Offer.objects.get(dispute=case, by_role="merchant", state="proposed")
    assert standing.expires_at == case.due_at


def test_one_bad_row_is_set_aside_and_the_rest_go_on(file_case, cast, now):
    good, bad = file_case(), file_case()
    Dispute.objects.filter(pk=bad.pk).update(on_silence="nonsense")
    assert sweep(now=bad.due_at) == 1
    assert Dispute.objects.get(pk=bad.pk).sweep_error
    assert Dispute.objects.get(pk=good.pk).status == "awaiting_return_shipment"


def test_hundreds_are_moved_with_a_fixed_number_of_statements(file_case, cast, now, django_assert_max_num_queries):
    for _n in range(12):
        file_case()
    with django_assert_max_num_queries(16):
        assert sweep(now=now + timedelta(days=3)) == 12


def test_goods_that_never_came_are_no_longer_owed_once_something_else_is_decided(file_case, cast, now):
    case = negotiation.agree(
        dispute=file_case(wants="replace_no_return", type="not_received", reason="lost", stage="in_transit"),
        actor=cast.owner,
        now=now,
    )
    assert open_remedies(case.number)
    sweep(now=case.due_at)
    assert Dispute.objects.get().status == "escalated"
    assert not open_remedies(case.number)


@pytest.mark.parametrize(
    ("type", "reason", "wants", "silence"),
    [
        ("quality_visible", "poor_material", "full_refund_no_return", "ask_return_by_silence"),
        # Nothing is there that could be sent back: the platform looks instead of asking for a return.
        ("empty_parcel", "missing_part", "full_refund_no_return", "escalate_by_silence"),
        ("not_received", "delivered_not_received", "full_refund_no_return", "escalate_by_silence"),
        ("perished", "perished", "full_refund_no_return", "escalate_by_silence"),
        ("food_safety", "expired", "full_refund_no_return", "escalate_by_silence"),
    ],
)
def test_silence_asks_back_only_what_can_be_sent_back(type, reason, wants, silence, file_case):
    assert file_case(type=type, reason=reason, wants=wants).on_silence == silence
