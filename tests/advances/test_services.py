"""The platform pays first; the seller owes it, may object, and silence has a known end. Money to the cent."""

from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from aftersales.advances import audit, services
from aftersales.advances.coverage import standings
from aftersales.advances.models import Advance, Ground
from aftersales.arbitration import services as arbitration
from aftersales.disputes.models import Dispute
from aftersales.disputes.services import negotiation
from aftersales.disputes.services.sweep import sweep
from aftersales.disputes.terms import Terms
from aftersales.disputes.transitions import Batch
from aftersales.ledger import audit as ledger_audit
from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, balance
from aftersales.remedies import audit as remedies_audit
from aftersales.remedies.models import RefundInstruction
from aftersales.remedies.services import run_due
from aftersales.settlements.services import settle
from merchants.models import MemberRole, MerchantMember
from portal.notices.models import Notice
from portal.outbox.services import drain
from tests.advances.makers import advanced
from tests.disputes.states import decision, reach
from tests.makers import make_user

pytestmark = pytest.mark.django_db
SECOND, WEEK = timedelta(seconds=1), timedelta(days=7)
D = Decimal


@pytest.fixture(autouse=True)
def books_are_in_order(db):
    yield
    assert [*audit.findings(), *ledger_audit.findings(), *remedies_audit.findings()] == []


@pytest.fixture
def paid(file_case, cast, now):
    """20.00 paid in advance because a decision was not carried out."""
    return advanced(file_case, cast, now)


def held(case):
    """What fund and seller have in the books."""
    fund = AccountKey(AccountKind.PLATFORM_FUND, case.currency)
    merchant = AccountKey(AccountKind.MERCHANT_PAYABLE, case.currency, merchant_id=case.merchant_id)
    return balance(fund), balance(merchant)


def paid_out(case, at):
    while run_due(now=at) + drain(now=at):
        pass
    return Dispute.objects.get(pk=case.pk)


def test_a_decision_not_carried_out_in_time_is_paid_by_the_fund(paid):
    case, advance, at = paid
    assert (advance.ground, advance.state, advance.amount) == (Ground.RULING_NOT_EXECUTED, "open", D(20))
    assert advance.object_until == at + WEEK
    assert RefundInstruction.objects.get(case=case.number).payer == "platform"
    assert held(case) == (D(-20), D(0))
    assert case.events.last().data["advance"] == "ruling_not_executed"


def test_a_return_that_nobody_answers_is_paid_by_the_fund(file_case, cast, now):
    case = reach("awaiting_inspection", file_case, cast, now)
    sweep(now=case.due_at)
    assert Advance.objects.get(case=case.number).ground == Ground.STATUTORY_DELAY
    assert Dispute.objects.get(pk=case.pk).status == "fulfilling"


def test_what_the_seller_carries_out_is_no_advance(file_case, cast, now):
    case = reach("ruled", file_case, cast, now)
    arbitration.execute(dispute=case, actor=cast.owner, now=now)
    negotiation.agree(dispute=file_case(), actor=cast.owner, now=now)
    assert not Advance.objects.exists()


def test_silence_makes_the_debt_final_at_the_last_second_and_once(paid):
    case, advance, _at = paid
    assert services.sweep(now=advance.object_until - SECOND) == 0
    assert services.sweep(now=advance.object_until) == 1
    assert services.sweep(now=advance.object_until) == 0
    assert held(case) == (D(0), D(-20))
    assert Advance.objects.get().state == "final"


def test_an_objection_stops_the_clock_until_staff_answers(paid, cast):
    case, advance, at = paid
    services.object_to(advance=advance, actor=cast.owner, now=at, text="I paid on the 3rd.")
    assert services.sweep(now=at + 10 * WEEK) == 0
    services.decide(advance=advance, actor=cast.platform, now=at, right=True, answer="The transfer is in the file.")
    assert held(case) == (D(-20), D(0)), "the platform bears it"
    assert Advance.objects.get().state == "borne"


def test_an_objection_that_is_wrong_is_owed_at_once(paid, cast):
    case, advance, at = paid
    services.object_to(advance=advance, actor=cast.agent, now=at, text="No.")
    services.decide(advance=advance, actor=cast.platform, now=at, right=False, answer="Nothing was paid.")
    assert held(case) == (D(0), D(-20))
    with pytest.raises(services.NotOpen):
        services.decide(advance=advance, actor=cast.platform, now=at, right=True, answer="Or yes?")


@pytest.mark.parametrize("who", ["rival", "buyer", "finance", "platform"])
def test_only_people_of_the_shop_object(paid, cast, who):
    _case, advance, at = paid
    with pytest.raises(services.NotForYou):
        services.object_to(advance=advance, actor=getattr(cast, who), now=at, text="Mine.")
    assert Advance.objects.get().state == "open"


def test_nobody_objects_late_twice_or_without_words(paid, cast):
    _case, advance, at = paid
    for text, when, error in (
        (" ", at, services.WordsMissing),
        ("x" * 2001, at, services.WordsMissing),
        ("Late.", advance.object_until, services.NotOpen),
    ):
        with pytest.raises(error):
            services.object_to(advance=advance, actor=cast.owner, now=when, text=text)
    services.object_to(advance=advance, actor=cast.owner, now=at, text="No.")
    with pytest.raises(services.NotOpen):
        services.object_to(advance=advance, actor=cast.owner, now=at, text="No, no.")


def test_only_staff_answers(paid, cast):
    _case, advance, at = paid
    services.object_to(advance=advance, actor=cast.owner, now=at, text="No.")
    for who in (cast.owner, cast.senior, cast.buyer):
        with pytest.raises(services.NotForYou):
            services.decide(advance=advance, actor=who, now=at, right=True, answer="Yes.")


def test_an_appeal_that_finds_less_due_lowers_the_debt(paid, cast):
    """20.00 were advanced; 5.00 are due on appeal: the buyer keeps 20.00, the seller owes 5.00, the fund
    bears 15.00."""
    case, advance, at = paid
    case = paid_out(case, at)
    case = arbitration.appeal(dispute=case, actor=cast.owner, now=at, ground="fact_wrong", text="It was intact.")
    case = arbitration.take(dispute=case, actor=cast.senior, now=at)
    less = decision(case, cash="5.00")
    arbitration.decide_appeal(dispute=case, actor=cast.senior, now=at, result="varied", decision=less)
    services.sweep(now=advance.object_until)
    assert held(case) == (D(-15), D(-5))


def test_an_appeal_after_the_debt_is_final_gives_back_what_was_taken_too_much(paid, cast):
    case, _advance, at = paid
    case = paid_out(case, at)
    Advance.objects.update(object_until=at)
    services.sweep(now=at)
    case = arbitration.appeal(dispute=case, actor=cast.owner, now=at, ground="fact_wrong", text="It was intact.")
    case = arbitration.take(dispute=case, actor=cast.senior, now=at)
    less = decision(case, cash="5.00")
    arbitration.decide_appeal(dispute=case, actor=cast.senior, now=at, result="varied", decision=less)
    assert held(case) == (D(-15), D(-5))
    found = Advance.objects.get()
    assert (found.owed, found.returned, standings([found])[found.pk].borne) == (20, 15, 15)
    drain(now=at)
    assert Notice.objects.get(user=cast.owner, kind="advance_returned").data["amount"] == "15.00"


def twice_paid(case, now):
    """Pay 30.00 more of the same case in advance."""
    case = Dispute.objects.get(pk=case.pk)
    by_line = ((case.lines.get().order_line_id, D(30)),)
    more = Terms(kind="partial_refund_keep", cash=D(30), by_line=by_line)
    with transaction.atomic():
        batch = Batch(now=now)
        batch.grant(case, more, advance=Ground.PROMISE)
        batch.flush()
    return Advance.objects.get(case=case.number, amount=30)


def on_appeal(case, cast, at, cash):
    """Let an appeal of the seller find that much due for the whole case."""
    case = arbitration.appeal(dispute=case, actor=cast.owner, now=at, ground="fact_wrong", text="It was intact.")
    case = arbitration.take(dispute=case, actor=cast.senior, now=at)
    kind = {"kind": "dismiss"} if not cash else {}
    result = "varied" if cash else "overturned"
    less = decision(case, cash=cash, **kind)
    arbitration.decide_appeal(dispute=case, actor=cast.senior, now=at, result=result, decision=less)


@pytest.mark.parametrize(
    ("due", "owed", "seller"), [("45.00", 25, 45), ("25.00", 5, 25), ("20.00", 0, 20), ("10.00", 0, 10), ("", 0, 0)]
)
def test_an_appeal_lowers_a_debt_by_what_is_owed_already_in_the_same_case(paid, cast, due, owed, seller):
    """20.00 are owed for good, 30.00 wait: what waits is lowered first, what is final is given back only beyond it."""
    case, _advance, at = paid
    case = paid_out(case, at)
    Advance.objects.update(object_until=at)
    services.sweep(now=at)
    second = twice_paid(case, at)
    on_appeal(case, cast, at, due)
    assert Advance.objects.get(pk=second.pk).owed == owed
    services.sweep(now=second.object_until)
    assert held(case) == (D(seller - 50), D(-seller))


def test_an_objection_that_is_right_leaves_the_other_debt_of_the_case_alone(paid, cast):
    """Of 25.00 due on appeal 20.00 are owed for good; the objection was to the other 30.00."""
    case, _advance, at = paid
    case = paid_out(case, at)
    Advance.objects.update(object_until=at)
    services.sweep(now=at)
    second = twice_paid(case, at)
    services.object_to(advance=second, actor=cast.owner, now=at, text="No.")
    on_appeal(case, cast, at, "25.00")
    services.decide(advance=second, actor=cast.platform, now=at, right=True, answer="So it was.")
    assert held(case) == (D(-30), D(-20))


def test_what_the_platform_bears_is_not_given_back_again_on_appeal(paid, cast):
    """The platform bears the first 20.00 already; 5.00 of 50.00 are due: the seller owes nothing of what waits."""
    case, advance, at = paid
    case = paid_out(case, at)
    services.object_to(advance=advance, actor=cast.owner, now=at, text="No.")
    services.decide(advance=advance, actor=cast.platform, now=at, right=True, answer="So it was.")
    second = twice_paid(case, at)
    on_appeal(case, cast, at, "5.00")
    assert Advance.objects.get(pk=second.pk).owed == 0
    services.sweep(now=second.object_until)
    assert held(case) == (D(-50), D(0))


@pytest.fixture
def second(cast):
    return make_user("platform", "platform")


@pytest.mark.parametrize(("right", "first", "then"), [(False, (0, -20), (-20, 0)), (True, (-20, 0), (0, -20))])
def test_an_answer_is_corrected_once_by_somebody_else(paid, cast, second, right, first, then):
    case, advance, at = paid
    services.object_to(advance=advance, actor=cast.owner, now=at, text="No.")
    with pytest.raises(services.NotOpen):
        services.correct(advance=advance, actor=second, now=at, answer="Nothing was answered yet.")
    services.decide(advance=advance, actor=cast.platform, now=at, right=right, answer="So it is.")
    assert held(case) == (D(first[0]), D(first[1]))
    for who, text, error in (
        (cast.platform, "I was wrong.", services.NotForYou),
        (cast.owner, "They were wrong.", services.NotForYou),
        (second, " ", services.WordsMissing),
    ):
        with pytest.raises(error):
            services.correct(advance=advance, actor=who, now=at, answer=text)
    services.correct(advance=advance, actor=second, now=at, answer="It was in the other file.")
    assert held(case) == (D(then[0]), D(then[1]))
    with pytest.raises(services.NotOpen):
        services.correct(advance=advance, actor=make_user("platform", "platform"), now=at, answer="Once more.")


def test_an_appeal_that_counted_on_an_answer_keeps_it(paid, cast, second):
    case, advance, at = paid
    case = paid_out(case, at)
    services.object_to(advance=advance, actor=cast.owner, now=at, text="No.")
    services.decide(advance=advance, actor=cast.platform, now=at, right=True, answer="So it is.")
    on_appeal(case, cast, at, "5.00")
    with pytest.raises(services.NotOpen):
        services.correct(advance=advance, actor=second, now=at, answer="It was not.")
    assert held(case) == (D(-20), D(0))


def test_staff_who_work_for_the_shop_do_not_answer_its_objections(paid, cast, second):
    _case, advance, at = paid
    MerchantMember.objects.create(merchant=cast.shop, user=second, role=MemberRole.FINANCE)
    services.object_to(advance=advance, actor=cast.owner, now=at, text="No.")
    with pytest.raises(services.NotForYou):
        services.decide(advance=advance, actor=second, now=at, right=True, answer="Yes.")
    assert Advance.objects.get().state == "objected"


def test_paid_is_recovered_open_and_borne(paid, cast, buy):
    """20.00, of it 5.00 lowered while it waits and final then; an order of 8.00 covers a part, 50.00 all of it."""
    case, advance, at = paid
    case = paid_out(case, at)

    def shares():
        found = Advance.objects.get()
        return tuple(asdict(standings([found])[found.pk]).values())

    assert shares() == (0, 20, 0)
    on_appeal(case, cast, at, "15.00")
    assert shares() == (0, 15, 5)
    services.sweep(now=advance.object_until)
    assert shares() == (0, 15, 5)
    settle(reference="S1", order=buy("8.00"), fee=D(0), now=at)
    assert shares() == (8, 7, 5)
    settle(reference="S2", order=buy("50.00"), fee=D(0), now=at)
    assert shares() == (15, 0, 5)


def test_a_later_debt_of_the_seller_is_not_mistaken_for_an_advance_that_was_covered(paid, cast, buy, file_case, now):
    _case, advance, _at = paid
    services.sweep(now=advance.object_until)
    settle(reference="S1", order=buy("20.00"), fee=D(0), now=now)
    negotiation.agree(dispute=file_case(), actor=cast.owner, now=now)  # 30.00 more are taken from the payables
    found = Advance.objects.get()
    assert standings([found])[found.pk].open == 0


def audited():
    return " ".join(audit.findings())


def test_verify_sees_a_seller_who_pays_for_what_never_arrived(paid):
    _case, advance, at = paid
    services.sweep(now=advance.object_until)
    Advance.objects.update(ended_at=timezone.now() - timedelta(days=2))
    assert f"advance {advance.key} is owed by the seller, but its refund is granted" in audited()
    while run_due(now=at) + drain(now=at):
        pass
    assert not audited()


def test_verify_sees_what_does_not_add_up(paid, cast):
    case, advance, at = paid
    with transaction.atomic():
        Advance.objects.update(state="borne", ended_at=at)
        assert not audited(), "borne by the platform, as the books say"
        Advance.objects.update(state="final", owed=12)
        assert f"advance {advance.key}: 20.000 was paid, 0 taken, 0 is open, 8.000 borne" in audited()
        Advance.objects.update(returned=3)
        assert f"advances of {case.number}: 3.000 was given back, 0 is posted" in audited()
        transaction.set_rollback(True)


def test_the_database_refuses_what_the_service_would(paid, cast):
    _case, advance, _at = paid
    wrongs = ({"owed": "20.01"}, {"owed": "-1"}, {"state": "final"}, {"state": "objected"}, {"returned": "1"})
    for wrong in (*wrongs, {"recovered_at": advance.paid_at}, {"corrected_by": cast.platform.pk}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Advance.objects.filter(pk=advance.pk).update(**wrong)


def test_a_debt_that_becomes_final_while_an_appeal_is_decided_is_not_above_what_is_due(paid, cast, monkeypatch):
    """The sweep runs between the appeal's two steps: the seller owes 5.00 all the same."""
    case, advance, at = paid
    case = paid_out(case, at)
    case = arbitration.appeal(dispute=case, actor=cast.owner, now=at, ground="fact_wrong", text="It was intact.")
    case = arbitration.take(dispute=case, actor=cast.senior, now=at)
    correct = arbitration.correct_merchant

    def correct_then_sweep(*args, **kwargs):
        correct(*args, **kwargs)
        services.sweep(now=advance.object_until)

    monkeypatch.setattr(arbitration, "correct_merchant", correct_then_sweep)
    less = decision(case, cash="5.00")
    arbitration.decide_appeal(dispute=case, actor=cast.senior, now=at, result="varied", decision=less)
    assert held(case) == (D(-15), D(-5))
