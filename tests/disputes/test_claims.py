"""What a seller opens: returned goods that are not what was sent, and suspected abuse. Nothing by silence."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from aftersales.arbitration import services as arbitration
from aftersales.disputes import audit
from aftersales.disputes.allowed import allowed_actions
from aftersales.disputes.codes import Role
from aftersales.disputes.errors import NotAllowed, RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.next_step import next_step
from aftersales.disputes.recovery import book_recovery
from aftersales.disputes.services import claims, intervention, leaving
from aftersales.disputes.services.sweep import sweep
from aftersales.ledger import audit as ledger_audit
from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, balance
from aftersales.remedies.services import refunded_by_line
from portal.notices.models import Notice
from portal.outbox.services import drain
from tests.disputes.claims import claim, order_of, report, returned, settle
from tests.disputes.states import decision, reach

DAY = timedelta(days=1)


@pytest.fixture
def paid(file_case, cast, now):
    return returned(file_case, cast, now)


def debt(case):
    key = AccountKey(AccountKind.BUYER, case.currency, merchant_id=case.merchant_id, buyer_id=case.buyer_id)
    return balance(key)


def whole():
    return [*audit.findings(), *ledger_audit.findings()] == []


def test_the_buyer_is_asked_first_and_told(paid, cast, now):
    case = claim(paid, cast, now)
    drain(now=now)
    assert (case.status, case.awaiting, case.on_silence) == ("claimed", "buyer", "escalate_by_silence")
    assert case.due_at == now + timedelta(hours=48)
    assert Notice.objects.filter(user=cast.buyer, kind="claim_opened").count() == 1
    assert "Agree or contest" in next_step(case, Role.BUYER).text
    assert [s["code"] for s in case.events.get().data["why"]] == ["claim_open", "claim_most", "clock_claim"]
    assert debt(case) == 0
    assert whole()


def test_an_agreed_claim_is_a_debt_of_the_buyer_to_the_seller(paid, cast, now):
    case = claims.accept_claim(dispute=claim(paid, cast, now), actor=cast.buyer, now=now)
    assert (case.status, case.outcome, debt(case)) == ("resolved", "admitted", Decimal("-80.00"))
    assert "agreed" in next_step(case, Role.MERCHANT).text
    assert whole()


def test_silence_passes_the_claim_to_the_platform_and_proves_nothing(paid, cast, now):
    case = claim(paid, cast, now)
    sweep(now=case.due_at)
    case.refresh_from_db()
    assert (case.status, case.outcome, debt(case)) == ("escalated", "", 0)


def ruled(case, cast, now, kind="recovery_from_buyer", cash="50.00"):
    if case.status == "claimed":
        case = claims.contest_claim(dispute=case, actor=cast.buyer, now=now, note="The watch was inside.")
    case = intervention.take(dispute=case, actor=cast.arbitrator, now=now)
    case = intervention.finish_evidence(dispute=case, actor=cast.buyer, now=now)
    case = intervention.finish_evidence(dispute=case, actor=cast.owner, now=now)
    return arbitration.rule(dispute=case, actor=cast.arbitrator, now=now, decision=decision(case, kind, cash))


def test_a_ruling_books_what_it_finds_and_an_appeal_takes_it_back(paid, cast, now):
    case = ruled(claim(paid, cast, now), cast, now)
    assert (case.status, debt(case)) == ("closed", Decimal("-50.00"))
    case = arbitration.appeal(dispute=case, actor=cast.buyer, now=now, ground="fact_wrong", text="Look at the video.")
    case = arbitration.take(dispute=case, actor=cast.senior, now=now)
    case = arbitration.decide_appeal(
        dispute=case, actor=cast.senior, now=now, result="overturned", decision=decision(case, "dismiss", "")
    )
    assert (case.status, debt(case)) == ("closed", 0)
    assert "not found right" in next_step(case, Role.BUYER).text
    assert whole()


def test_a_return_that_the_clock_accepted_unseen_can_still_be_claimed(file_case, cast, now):
    sent = reach("return_in_transit", file_case, cast, now)
    at = sent.due_at
    sweep(now=at)
    settle(at)
    sent.refresh_from_db()
    assert (sent.status, sent.outcome) == ("resolved", "consent")
    case = claim(sent, cast, at + 6 * DAY)
    assert case.status == "claimed"
    step = next(s for s in case.events.get().data["why"] if s["code"] == "claim_open")
    assert datetime.fromisoformat(step["facts"]["start_at"]) == at


def test_the_audit_sees_a_debt_that_nobody_decided(paid, cast, now):
    case = claim(paid, cast, now)
    book_recovery(case, Decimal("80.00"), now=now)
    assert [*audit.findings()] == [f"case {case.number}: 0 was decided to be owed by the buyer, 80.000 is booked"]


def test_a_ruling_may_not_refund_in_a_claim_nor_recover_in_a_buyers_case(paid, file_case, cast, now):
    with pytest.raises(RuleBroken, match="outcome"):
        ruled(claim(paid, cast, now), cast, now, kind="full_refund_no_return")
    other = leaving.escalate(dispute=file_case(), actor=cast.buyer, now=now + 2 * DAY)
    with pytest.raises(RuleBroken, match="outcome"):
        ruled(other, cast, now + 2 * DAY)


def test_no_more_than_what_was_refunded(paid, cast, now):
    most = sum(refunded_by_line(paid.number).values())
    with pytest.raises(RuleBroken, match="At most"):
        claim(paid, cast, now, amount=most + Decimal("0.01"))
    assert claim(paid, cast, now, amount=most).max_amount == most


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"about": ""}, "no_return"),
        ({"about": "D-22222-33333"}, "no_return"),
        ({"amount": None}, "amount_missing"),
        ({"amount": Decimal("1.001")}, "too_fine"),
        ({"reason": "no_longer_wanted"}, "reason_mismatch"),
        ({"statement": "  "}, "statement_missing"),
        ({"type": "quality_visible"}, "type_not_open"),
        ({"lines": ["7"]}, "unknown_line"),
    ],
)
def test_what_speaks_against_a_claim_is_said(change, code, paid, cast, now):
    with pytest.raises(RuleBroken) as refusal:
        claim(paid, cast, now, **change)
    assert refusal.value.code == code
    assert Dispute.objects.count() == 1


def test_a_claim_has_its_last_day(paid, cast, now):
    with pytest.raises(RuleBroken) as refusal:
        claim(paid, cast, now + 9 * DAY)
    assert refusal.value.code == "window_closed"


def test_once_per_return_unless_dropped(paid, cast, now):
    first = claim(paid, cast, now)
    with pytest.raises(RuleBroken) as refusal:
        claim(paid, cast, now)
    assert refusal.value.code == "already_claimed"
    dropped = claims.drop_claim(dispute=first, actor=cast.owner, now=now)
    assert dropped.status == "withdrawn"
    assert claim(paid, cast, now).status == "claimed"


@pytest.mark.parametrize("name", ["buyer", "rival", "finance", "outsider", "platform", "marketplace"])
def test_only_the_shop_claims(name, paid, cast, now):
    with pytest.raises(NotAllowed):
        claims.open_claim(
            order=order_of(paid),
            actor=getattr(cast, name),
            now=now,
            type="returned_goods_dispute",
            reason="empty_return",
            statement="Empty.",
            amount=Decimal("1.00"),
            about=paid.number,
        )


def test_each_side_leaves_only_its_own_cases(paid, file_case, cast, now):
    case = claims.contest_claim(dispute=claim(paid, cast, now), actor=cast.buyer, now=now, note="It was inside.")
    buyers = {a.action for a in allowed_actions(case, Role.BUYER, user_id=cast.buyer.pk, now=now)}
    sellers = {a.action for a in allowed_actions(case, Role.MERCHANT, user_id=cast.owner.pk, now=now)}
    assert "withdraw" not in buyers
    assert "drop_claim" in sellers
    with pytest.raises(NotAllowed):
        leaving.withdraw(dispute=case, actor=cast.buyer, now=now)
    own = leaving.escalate(dispute=file_case(), actor=cast.buyer, now=now + 2 * DAY)
    with pytest.raises(NotAllowed):
        claims.drop_claim(dispute=own, actor=cast.owner, now=now)


def test_a_report_bars_no_case_of_the_buyer(file_case, cast, buy, now):
    order = buy()
    mine = file_case(order=order)
    leaving.withdraw(dispute=mine, actor=cast.buyer, now=now)
    reported = report(mine, cast, now)
    again = file_case(order=order_of(mine))
    assert (reported.status, again.status) == ("claimed", "awaiting_merchant")
    claims.drop_claim(dispute=reported, actor=cast.owner, now=now)
    again.lines.get().order_line.refresh_from_db()
    assert again.lines.get().order_line.disputed_quantity == 1
    assert whole()


def test_a_report_ends_in_a_finding_without_money(file_case, cast, now):
    case = ruled(report(file_case(), cast, now), cast, now, kind="abuse_finding", cash="")
    assert (case.status, case.terms["kind"], debt(case)) == ("closed", "abuse_finding", 0)


def test_over_the_api(api, paid, cast):
    sent = {
        "order": order_of(paid).number,
        "lines": [{"line": "1"}],
        "type": "returned_goods_dispute",
        "reason": "wrong_item_returned",
        "wants": {"remedy": "recovery_from_buyer", "amount": "60.00"},
        "about": paid.number,
        "statement": "A brick came back.",
    }
    made = api("owner").post("/disputes/", sent)
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["status"], body["about"], body["role"]) == ("claimed", paid.number, "merchant")
    assert api("buyer").post("/disputes/", sent).status_code == 422
    assert api("platform").post("/disputes/", sent).status_code == 403
    assert api("rival").post("/disputes/", sent).status_code == 404
    taken = api("buyer").post(f"/disputes/{body['number']}/contest-claim/", {"note": "It was the same watch."})
    assert taken.json()["status"] == "escalated"
    dropped = api("agent").post(f"/disputes/{body['number']}/drop-claim/", {})
    assert dropped.json()["status"] == "withdrawn"


pytestmark = pytest.mark.django_db
