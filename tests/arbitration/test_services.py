"""Decisions and appeals: who may, by when, with what reasons; and to the cent what they do with money."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from aftersales.advances import services as advances
from aftersales.arbitration import services as arbitration
from aftersales.arbitration.models import Appeal, Ruling
from aftersales.disputes import audit as cases_audit
from aftersales.disputes.errors import DisputeMoved, NotAllowed, RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.services import intervention, leaving, negotiation
from aftersales.disputes.services.fulfilment import note_remedies
from aftersales.disputes.services.sweep import sweep
from aftersales.ledger import audit as ledger_audit
from aftersales.ledger.models import AccountKind, Entry, Transaction
from aftersales.ledger.services import AccountKey, balance
from aftersales.remedies import audit as remedies_audit
from aftersales.remedies.models import RefundInstruction
from aftersales.remedies.services import run_due
from portal.accounts.models import Duty
from tests.disputes.states import decision, reach
from tests.makers import make_user

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def books_are_in_order(db):
    """Whatever a test did: no audit finds anything afterwards."""
    yield
    assert list(cases_audit.findings()) == []
    assert ledger_audit.findings() == []
    assert remedies_audit.findings() == []


@pytest.fixture
def at(file_case, cast, now):
    """Bring a case to a status: `at("ruled")`."""
    return lambda status: reach(status, file_case, cast, now)


@pytest.fixture
def appealed(cast, now):
    """Have somebody appeal, and the senior take it: `appealed(case, by=cast.buyer)`."""

    def make(case, *, by=None, when=None):
        when = when or now
        case = arbitration.appeal(
            dispute=case, actor=by or cast.owner, now=when, ground="fact_wrong", text="It was intact."
        )
        return arbitration.take(dispute=case, actor=cast.senior, now=when)

    return make


@pytest.fixture
def carried_out(at, cast, now):
    """A case whose ruling of 20.00 was executed by the merchant and paid out."""
    case = arbitration.execute(dispute=at("ruled"), actor=cast.owner, now=now)
    return paid_out(case, now)


def paid_out(case, now):
    run_due(now=now)
    note_remedies(number=case.number, now=now)
    return Dispute.objects.get(pk=case.pk)


def entries(case, kind="remedy_granted"):
    """What was posted for a case, as a ruling records it."""
    rows = Entry.objects.filter(transaction__case=case.number, transaction__kind=kind)
    return sorted(rows.values_list("account__key", "amount"))


def recorded(ruling):
    return sorted((account, Decimal(amount)) for account, amount in ruling.money)


def rule(case, cast, now, **given):
    return arbitration.rule(dispute=case, actor=cast.arbitrator, now=now, decision=decision(case, **given))


def merchants_balance(case):
    return balance(AccountKey(AccountKind.MERCHANT_PAYABLE, case.currency, merchant_id=case.merchant_id))


def funds_balance(case):
    return balance(AccountKey(AccountKind.PLATFORM_FUND, case.currency))


# The first decision.


@pytest.mark.parametrize("part", ["facts", "evidence", "rule"])
def test_each_part_of_the_reasons_is_required(part, at, cast, now):
    case = at("awaiting_ruling")
    with pytest.raises(RuleBroken) as refused:
        rule(case, cast, now, **{part: "  "})
    assert (refused.value.code, refused.value.field) == ("reasons_missing", part)
    assert not Ruling.objects.exists()
    assert Dispute.objects.get(pk=case.pk).status == "awaiting_ruling"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"cash": "100.01"}, "amount"),
        ({"cash": "-1.00"}, "amount"),
        ({"cash": "1.001"}, "amount"),
        ({"cash": ""}, "amount_missing"),
        ({"kind": "dismiss", "cash": "1.00"}, "amount_unexpected"),
        ({"kind": "coupon", "cash": ""}, "kind"),
    ],
)
def test_amounts_by_line_stay_within_what_was_paid(given, code, at, cast, now):
    with pytest.raises(RuleBroken) as refused:
        rule(at("awaiting_ruling"), cast, now, **given)
    assert refused.value.code == code
    assert not Ruling.objects.exists()


def test_amount_on_a_line_of_another_order_is_refused(at, buy, cast, now):
    case, foreign = at("awaiting_ruling"), buy("50.00").lines.get()
    with pytest.raises(RuleBroken) as refused:
        arbitration.rule(
            dispute=case,
            actor=cast.arbitrator,
            now=now,
            decision=replace(decision(case), by_line=((foreign.pk, Decimal("5.00")),)),
        )
    assert refused.value.code == "amount"


def test_ruling_says_what_it_will_do_and_moves_no_money_yet(at, cast, now):
    case = at("ruled")
    ruling = case.rulings.get()
    assert (case.status, case.outcome, case.awaiting) == ("ruled", "ruling", "merchant")
    assert recorded(ruling) == [
        (f"merchant_payable:CNY:m{cast.shop.pk}:b", Decimal("-20.00")),
        ("refunds_clearing:CNY:m:b", Decimal("20.00")),
    ]
    assert entries(case) == []


def test_the_merchant_carries_out_exactly_what_was_recorded(at, cast, now):
    case = arbitration.execute(dispute=at("ruled"), actor=cast.owner, now=now)
    assert case.status == "fulfilling"
    assert entries(case) == recorded(case.rulings.get())
    assert RefundInstruction.objects.get().amount == Decimal("20.00")
    assert paid_out(case, now).status == "closed"


def test_silence_comes_to_exactly_what_was_recorded(at, now):
    case = at("ruled")
    assert sweep(now=case.due_at - SECOND) == 0
    assert sweep(now=case.due_at) == 1
    case = Dispute.objects.get(pk=case.pk)
    assert (case.status, case.outcome) == ("fulfilling", "ruling")
    assert (funds_balance(case), merchants_balance(case)) == (Decimal("-20.00"), 0), "the fund pays first"
    advances.sweep(now=case.updated_at + case.rules.timer("advance_objection"))
    taken = dict(recorded(case.rulings.get()))[f"merchant_payable:CNY:m{case.merchant_id}:b"]
    assert (funds_balance(case), merchants_balance(case)) == (0, taken)


def test_the_platform_can_pay_out_of_its_fund(at, cast, now):
    case = rule(at("awaiting_ruling"), cast, now, payer="platform")
    case = arbitration.execute(dispute=case, actor=cast.owner, now=now)
    assert entries(case) == recorded(case.rulings.get())
    assert (funds_balance(case), merchants_balance(case)) == (Decimal("-20.00"), 0)


def test_amounts_by_line_reach_their_lines(file_case, cast, now, buy):
    case = file_case(order=buy("60.00", "40.00"))
    case = negotiation.refuse(dispute=case, actor=cast.owner, now=now, reason="no_evidence", message="Show it.")
    case = leaving.escalate(dispute=case, actor=cast.buyer, now=now)
    case = intervention.take(dispute=case, actor=cast.arbitrator, now=now)
    case = intervention.finish_evidence(dispute=case, actor=cast.buyer, now=now)
    case = intervention.finish_evidence(dispute=case, actor=cast.owner, now=now)
    first, second = [line.order_line_id for line in case.lines.order_by("order_line_id")]
    by_line = ((first, Decimal("5.00")), (second, Decimal("25.00")))
    case = arbitration.rule(
        dispute=case, actor=cast.arbitrator, now=now, decision=replace(decision(case), by_line=by_line)
    )
    arbitration.execute(dispute=case, actor=cast.owner, now=now)
    assert {(row["line"], row["amount"]) for row in RefundInstruction.objects.get().lines} == {
        (first, "5.00"),
        (second, "25.00"),
    }


def test_dismissal_closes_the_case_without_money(at, cast, now):
    case = rule(at("awaiting_ruling"), cast, now, kind="dismiss", cash="")
    assert (case.status, case.due_at) == ("closed", None)
    assert case.rulings.get().money == []
    assert not Transaction.objects.exists()
    assert case.lines.get().order_line.disputed_quantity == 0


@pytest.mark.parametrize("who", ["buyer", "owner", "platform", "arbitrator2", "outsider"])
def test_nobody_else_rules(who, at, cast, now):
    case = at("awaiting_ruling")
    with pytest.raises(NotAllowed):
        arbitration.rule(dispute=case, actor=getattr(cast, who), now=now, decision=decision(case))


def test_a_case_is_ruled_once(at, cast, now):
    case = at("ruled")
    with pytest.raises(DisputeMoved):
        rule(case, cast, now)


# Appeals.


@pytest.mark.parametrize("who", ["buyer", "owner"])
def test_either_side_appeals_until_the_last_instant(who, at, cast, now):
    case = at("closed")
    case = arbitration.appeal(
        dispute=case, actor=getattr(cast, who), now=case.appeal_until, ground="new_evidence", text="Here it is."
    )
    assert (case.status, case.awaiting, case.arbitrator_id) == ("appealed", "senior", None)
    assert case.lines.get().order_line.disputed_quantity == 1, "the piece is disputed again"


def test_an_appeal_too_late_is_refused(at, cast, now):
    case = at("closed")
    with pytest.raises(RuleBroken) as refused:
        arbitration.appeal(
            dispute=case, actor=cast.buyer, now=case.appeal_until + SECOND, ground="fact_wrong", text="No."
        )
    assert refused.value.code == "too_late"
    assert not Appeal.objects.exists()


def test_one_appeal_only(at, appealed, cast, now):
    case = appealed(at("closed"), by=cast.buyer)
    with pytest.raises(DisputeMoved):
        arbitration.appeal(dispute=case, actor=cast.owner, now=now, ground="fact_wrong", text="No.")
    case = arbitration.decide_appeal(
        dispute=case, actor=cast.senior, now=now, result="upheld", decision=decision(case, "dismiss", "")
    )
    assert case.status == "closed"
    with pytest.raises(RuleBroken) as refused:
        arbitration.appeal(dispute=case, actor=cast.buyer, now=now, ground="fact_wrong", text="Again.")
    assert refused.value.code == "no_appeal"


@pytest.mark.parametrize(("given", "field"), [({"ground": "mood"}, "ground"), ({"text": " "}, "text")])
def test_an_appeal_needs_ground_and_words(given, field, at, cast, now):
    with pytest.raises(RuleBroken) as refused:
        arbitration.appeal(
            dispute=at("ruled"), actor=cast.owner, now=now, **{"ground": "fact_wrong", "text": "No.", **given}
        )
    assert refused.value.field == field


def test_whoever_ruled_neither_takes_nor_decides_the_appeal(at, appealed, cast, now):
    case = at("appealed")
    type(cast.arbitrator).objects.filter(pk=cast.arbitrator.pk).update(duty="senior")
    cast.arbitrator.refresh_from_db()
    with pytest.raises(NotAllowed):
        arbitration.take(dispute=case, actor=cast.arbitrator, now=now)
    with pytest.raises(NotAllowed):
        arbitration.decide_appeal(
            dispute=case, actor=cast.arbitrator, now=now, result="upheld", decision=decision(case)
        )
    assert case not in arbitration.waiting_for(cast.arbitrator)
    assert case.rulings.count() == 1


def test_upheld_means_the_same(at, cast, now):
    case = at("appealed")
    with pytest.raises(RuleBroken) as refused:
        arbitration.decide_appeal(
            dispute=case, actor=cast.senior, now=now, result="upheld", decision=decision(case, cash="21.00")
        )
    assert refused.value.code == "not_upheld"


def test_upheld_before_execution_pays_once(at, cast, now):
    case = at("appealed")
    case = arbitration.decide_appeal(dispute=case, actor=cast.senior, now=now, result="upheld", decision=decision(case))
    assert (case.status, case.outcome) == ("fulfilling", "appeal")
    assert entries(case) == recorded(case.rulings.get(level=2))
    assert RefundInstruction.objects.get().amount == Decimal("20.00")


def test_upheld_after_execution_pays_nothing_more(carried_out, appealed, cast, now):
    case = appealed(carried_out)
    before = entries(case)
    case = arbitration.decide_appeal(dispute=case, actor=cast.senior, now=now, result="upheld", decision=decision(case))
    assert (case.status, case.outcome) == ("closed", "appeal")
    assert entries(case) == before
    assert RefundInstruction.objects.get().amount == Decimal("20.00")


def test_varied_up_pays_the_difference(carried_out, appealed, cast, now):
    case = appealed(carried_out, by=cast.buyer)
    case = arbitration.decide_appeal(
        dispute=case, actor=cast.senior, now=now, result="varied", decision=decision(case, cash="35.00")
    )
    assert case.status == "fulfilling"
    amounts = RefundInstruction.objects.order_by("id").values_list("amount", flat=True)
    assert list(amounts) == [Decimal("20.00"), Decimal("15.00")]
    assert merchants_balance(case) == Decimal("-35.00")
    assert entries(case) == sorted(row for ruling in case.rulings.all() for row in recorded(ruling))
    case = paid_out(case, now)
    assert (case.status, case.outcome) == ("closed", "appeal")


@pytest.mark.parametrize(("result", "kind", "cash"), [("varied", None, "5.00"), ("overturned", "dismiss", "")])
def test_varied_down_makes_the_merchant_good_out_of_the_fund(result, kind, cash, carried_out, appealed, cast, now):
    case = appealed(carried_out)
    owed = Decimal(cash or 0)
    case = arbitration.decide_appeal(
        dispute=case,
        actor=cast.senior,
        now=now,
        result=result,
        decision=decision(case, kind or "partial_refund_keep", cash),
    )
    assert case.status == "closed"
    assert RefundInstruction.objects.get().amount == Decimal("20.00"), "the buyer keeps it"
    assert merchants_balance(case) == -owed
    assert funds_balance(case) == owed - 20
    assert entries(case, "appeal_correction") == recorded(case.rulings.get(level=2))


def test_overturned_dismissal_pays_the_buyer(at, appealed, cast, now):
    case = appealed(at("closed"), by=cast.buyer)
    case = arbitration.decide_appeal(
        dispute=case, actor=cast.senior, now=now, result="overturned", decision=decision(case, cash="30.00")
    )
    assert case.status == "fulfilling"
    assert entries(case) == recorded(case.rulings.get(level=2))
    assert Appeal.objects.get().result == "overturned"


@pytest.mark.parametrize(("result", "then"), [("upheld", "100.00"), ("varied", "80.00")])
def test_an_appeal_against_a_full_refund_that_was_paid_can_be_decided(result, then, at, appealed, cast, now):
    case = rule(at("awaiting_ruling"), cast, now, cash="100.00")
    case = appealed(paid_out(arbitration.execute(dispute=case, actor=cast.owner, now=now), now))
    case = arbitration.decide_appeal(
        dispute=case, actor=cast.senior, now=now, result=result, decision=decision(case, cash=then)
    )
    assert (case.status, merchants_balance(case)) == ("closed", -Decimal(then))


def test_the_merchant_is_not_made_good_for_what_the_fund_had_paid(at, appealed, cast, now):
    case = rule(at("awaiting_ruling"), cast, now, payer="platform")
    case = appealed(paid_out(arbitration.execute(dispute=case, actor=cast.owner, now=now), now))
    case = arbitration.decide_appeal(
        dispute=case, actor=cast.senior, now=now, result="overturned", decision=decision(case, "dismiss", "")
    )
    assert (case.status, merchants_balance(case), funds_balance(case)) == ("closed", 0, Decimal("-20.00"))


def silent_until(case, status):
    """Let every deadline pass in silence until a case has come to a status; return it and when that was."""
    for _step in range(10):
        case = Dispute.objects.get(pk=case.pk)
        if case.status == status:
            return case, case.clock_started_at
        sweep(now=case.due_at + SECOND)
    raise AssertionError(f"{case.status} does not come to {status}")


def test_goods_ruled_but_never_sent_are_decided_again_and_can_be_appealed_again(at, appealed, cast, now):
    """The first decision, its appeal and the second decision all stay on record; the fund makes good once each."""
    case = at("awaiting_ruling")
    swap = decision(case, "replace_no_return", "")
    case = appealed(arbitration.rule(dispute=case, actor=cast.arbitrator, now=now, decision=swap))
    case = arbitration.decide_appeal(dispute=case, actor=cast.senior, now=now, result="upheld", decision=swap)
    assert case.status == "fulfilling"

    case, when = silent_until(case, "awaiting_ruling")
    case = arbitration.take(dispute=case, actor=cast.senior, now=when)
    case = arbitration.rule(dispute=case, actor=cast.senior, now=when, decision=decision(case, cash="30.00"))
    assert [(r.round, r.level, r.kind) for r in case.rulings.all()] == [
        (1, 1, "replace_no_return"),
        (1, 2, "replace_no_return"),
        (2, 1, "partial_refund_keep"),
    ]
    assert not Ruling.objects.filter(appeal__decided_at=None, appeal__isnull=False).exists()

    case = arbitration.execute(dispute=case, actor=cast.owner, now=when)
    case = paid_out(case, when)
    case = arbitration.appeal(dispute=case, actor=cast.owner, now=when, ground="fact_wrong", text="We did send it.")
    with pytest.raises(NotAllowed):
        arbitration.take(dispute=case, actor=cast.senior, now=when)
    other = make_user("another-senior", Duty.SENIOR)
    assert arbitration.waiting_for(other).get() == case
    assert not arbitration.waiting_for(cast.senior).exists()
    case = arbitration.take(dispute=case, actor=other, now=when)
    less = decision(case, cash="10.00")
    case = arbitration.decide_appeal(dispute=case, actor=other, now=when, result="varied", decision=less)
    assert (merchants_balance(case), funds_balance(case)) == (Decimal("-10.00"), Decimal("-20.00"))
