"""What a seller owes is paid by settlements first, then by the deposit as far as it reaches; an appeal puts it back."""

from datetime import timedelta
from decimal import Decimal

import pytest

from aftersales.advances import services as advances
from aftersales.advances.coverage import standings
from aftersales.advances.models import Advance
from aftersales.arbitration import services as arbitration
from aftersales.disputes.models import Dispute
from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, balance
from aftersales.remedies.services import run_due
from aftersales.settlements.services import settle
from merchants.deposits import services
from merchants.deposits.debts import debts
from merchants.deposits.models import DepositMove
from portal.money import ZERO
from portal.outbox.services import drain
from tests.advances.makers import advanced
from tests.deposits.makers import again, ask, owe, pay
from tests.disputes.states import decision
from tests.makers import make_user

pytestmark = pytest.mark.django_db
D, SECOND, DAY, WEEK = Decimal, timedelta(seconds=1), timedelta(days=1), timedelta(days=7)
WAIT, LONG = 3 * DAY, 30 * DAY  # the shipped rules


def payable(shop):
    return balance(AccountKey(AccountKind.MERCHANT_PAYABLE, "CNY", merchant_id=shop.pk))


def moves(deposit):
    return [(m.kind, m.amount, m.case) for m in deposit.moves.order_by("id")]


@pytest.fixture
def deposit(cast, now):
    """50.00 required, 60.00 in it."""
    found = ask(cast, "50.00", now=now)
    pay(cast, "60.00", "FIRST", now=now)
    return found


def test_an_advance_that_settlements_do_not_pay_is_taken_after_three_days(deposit, file_case, cast, now):
    case, advance, _at = advanced(file_case, cast, now)
    final = advance.object_until
    advances.sweep(now=final)
    assert payable(cast.shop) == D(-20)
    assert services.sweep(now=final + WAIT - SECOND) == 0
    assert services.sweep(now=final + WAIT) == 2, "one debt, and the deposit is short from now on"
    assert services.sweep(now=final + WAIT) == 0
    assert (again(deposit).held, payable(cast.shop)) == (D(40), 0)
    assert again(deposit).short_until == final + WAIT + WEEK
    assert moves(deposit)[1:] == [("taken", D(-20), case.number)]


def test_settlements_come_first(deposit, file_case, buy, cast, now):
    _case, advance, _at = advanced(file_case, cast, now)
    advances.sweep(now=advance.object_until)
    done = settle(reference="S", order=buy("15.00"), fee=ZERO, now=advance.object_until + DAY).settlement
    assert (done.netted, done.paid_out) == (D(15), 0)
    services.sweep(now=advance.object_until + WAIT)
    assert again(deposit).held == D(55), "only the 5.00 that were left"


def test_other_debts_wait_for_a_month(deposit, cast, now):
    owe(cast.shop, "30.00", "refund", at=now, case="D1", kind="remedy_granted")
    assert services.sweep(now=now + LONG - SECOND) == 0
    assert services.sweep(now=now + LONG) == 2
    assert moves(deposit)[1:] == [("taken", D(-30), "D1")]


def test_as_far_as_it_reaches_and_the_rest_at_the_next_top_up(deposit, cast, now):
    owe(cast.shop, "75.00", "advance:1", at=now, case="D1")
    at = now + WAIT
    services.sweep(now=at)
    assert (again(deposit).held, payable(cast.shop)) == (0, D(-15))
    services.sweep(now=at)
    pay(cast, "10.00", "A", now=at)
    assert (again(deposit).held, payable(cast.shop)) == (0, D(-5))
    pay(cast, "100.00", "B", now=at)
    assert (again(deposit).held, payable(cast.shop)) == (D(95), 0)
    taken = DepositMove.objects.filter(kind="taken").order_by("id")
    assert [m.amount for m in taken] == [D(-60), D(-10), D(-5)]
    assert len({m.key for m in taken}) == 3


def test_oldest_first_and_each_for_its_own_debt(deposit, cast, now):
    """A refund that still waits for settlements is not paid by what was taken for an advance."""
    owe(cast.shop, "30.00", "refund", at=now, case="D1", kind="remedy_granted")
    owe(cast.shop, "20.00", "advance:1", at=now + DAY, case="D2")
    services.sweep(now=now + DAY + WAIT)
    assert moves(deposit)[1:] == [("taken", D(-20), "D2")]
    services.sweep(now=now + 2 * DAY + WAIT)
    assert [(d.case, d.amount) for d in debts(deposit, now=now)] == [("D1", D(30))]
    services.sweep(now=now + LONG)
    assert moves(deposit)[2:] == [("taken", D(-30), "D1")]


def test_what_a_case_gave_back_pays_that_cases_debt(deposit, cast, now):
    owe(cast.shop, "30.00", "refund", at=now, case="D1", kind="remedy_granted")
    owe(cast.shop, "20.00", "advance:1", at=now, case="D2")
    owe(cast.shop, "-15.00", "appeal", at=now, case="D2", kind="appeal_correction")
    assert [(d.case, d.amount) for d in debts(deposit, now=now)] == [("D1", D(30)), ("D2", D(5))]
    services.sweep(now=now + WAIT)
    assert again(deposit).held == D(55)


def appealed(case, advance, cast, at):
    while run_due(now=at) + drain(now=at):
        pass
    case = Dispute.objects.get(pk=case.pk)
    case = arbitration.appeal(dispute=case, actor=cast.owner, now=at, ground="fact_wrong", text="It was intact.")
    return arbitration.take(dispute=case, actor=cast.senior, now=at)


def decide(case, cast, at, cash):
    less = decision(case, cash=cash)
    return arbitration.decide_appeal(dispute=case, actor=cast.senior, now=at, result="varied", decision=less)


def made_final(advance, at):
    """As if the time to object were over, while that to appeal is not."""
    Advance.objects.filter(pk=advance.pk).update(object_until=at)
    advances.sweep(now=at)


def test_an_appeal_puts_back_what_was_taken(deposit, file_case, cast, now):
    """20.00 taken for an advance; 5.00 are due on appeal: 15.00 go back into the deposit, not to the shop."""
    case, advance, at = advanced(file_case, cast, now)
    made_final(advance, at)
    case = appealed(case, advance, cast, at)
    services.sweep(now=at + WAIT)
    assert again(deposit).held == D(40)
    decide(case, cast, at + WAIT, "5.00")
    assert (again(deposit).held, payable(cast.shop)) == (D(55), 0)
    assert again(deposit).short_until is None, "there is enough in it again"
    assert moves(deposit)[2:] == [("returned", D(15), case.number)]


def test_an_appeal_first_forgives_what_is_still_owed(cast, file_case, now):
    """12.00 of 20.00 were in the deposit; 5.00 are due: 8.00 are forgiven, 7.00 go back."""
    deposit = ask(cast, "1.00", now=now)
    pay(cast, "12.00", "A", now=now)
    case, advance, at = advanced(file_case, cast, now)
    made_final(advance, at)
    case = appealed(case, advance, cast, at)
    services.sweep(now=at + WAIT)
    assert (again(deposit).held, payable(cast.shop)) == (0, D(-8))
    decide(case, cast, at + WAIT, "5.00")
    assert (again(deposit).held, payable(cast.shop)) == (D(7), 0)


def test_an_appeal_before_anything_was_taken_puts_nothing_back(deposit, file_case, cast, now):
    case, advance, at = advanced(file_case, cast, now)
    made_final(advance, at)
    case = appealed(case, advance, cast, at)
    decide(case, cast, at, "5.00")
    assert (again(deposit).held, payable(cast.shop)) == (D(60), D(-5))
    services.sweep(now=at + WAIT)
    assert (again(deposit).held, payable(cast.shop)) == (D(55), 0)


def test_an_answer_that_is_turned_round_puts_back_what_was_taken(deposit, file_case, cast, now):
    _case, advance, at = advanced(file_case, cast, now)
    advances.object_to(advance=advance, actor=cast.owner, now=at, text="It was paid.")
    advances.decide(advance=advance, actor=cast.platform, now=at, right=False, answer="It was not.")
    services.sweep(now=at + WAIT)
    assert (again(deposit).held, payable(cast.shop)) == (D(40), 0)
    other = make_user("other", "platform")
    advances.correct(advance=advance, actor=other, now=at + 2 * WAIT, answer="It was, after all.")
    assert (again(deposit).held, payable(cast.shop)) == (D(60), 0)
    assert again(deposit).short_until is None


def test_an_advance_counts_as_recovered_once_the_deposit_paid_it(deposit, file_case, cast, now):
    """Also where an older debt, which still waits for settlements, is open."""
    owe(cast.shop, "30.00", "refund", at=now, case="D1", kind="remedy_granted")
    _case, advance, _at = advanced(file_case, cast, now)
    made_final(advance, now)
    assert standings([Advance.objects.get()])[advance.pk].open == D(20)
    services.sweep(now=now + WAIT)
    assert standings([Advance.objects.get()])[advance.pk].recovered == D(20)


def test_nothing_is_taken_in_another_currency_or_from_another_shop(deposit, cast, now):
    ask(cast, "0", shop=cast.rival_shop, now=now)
    pay(cast, "60.00", "RIVAL", shop=cast.rival_shop, now=now)
    owe(cast.shop, "20.00", "advance:1", at=now, currency="EUR")
    owe(cast.rival_shop, "20.00", "advance:2", at=now)
    services.sweep(now=now + WAIT)
    assert again(deposit).held == D(60)
    assert [m.deposit.merchant for m in DepositMove.objects.filter(kind="taken")] == [cast.rival_shop]


def test_after_the_time_settlements_fill_it_up(cast, buy, now):
    deposit = ask(cast, "50.00", now=now)
    pay(cast, "20.00", "A", now=now)
    in_time = settle(reference="S1", order=buy("10.00"), fee=ZERO, now=now + WEEK - SECOND).settlement
    assert (in_time.to_deposit, in_time.paid_out) == (0, D(10))
    owe(cast.shop, "5.00", "refund", at=now, kind="remedy_granted")
    late = settle(reference="S2", order=buy("20.00"), fee=D(1), now=now + WEEK).settlement
    assert (late.fee, late.netted, late.to_deposit, late.paid_out) == (D(1), D(5), D(14), 0)
    assert again(deposit).missing == D(16)
    last = settle(reference="S3", order=buy("40.00"), fee=ZERO, now=now + WEEK).settlement
    assert (last.to_deposit, last.paid_out) == (D(16), D(24))
    assert again(deposit).short_until is None
    assert payable(cast.shop) == 0
    assert settle(reference="S4", order=buy("9.00"), fee=ZERO, now=now + WEEK).settlement.paid_out == D(9)
    assert [m.kind for m in deposit.moves.order_by("id")] == ["paid_in", "kept", "kept"]
