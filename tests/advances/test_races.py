"""Many hands at an advance at the same instant, on real connections: each amount counts once."""

from datetime import timedelta
from decimal import Decimal

import pytest

from aftersales.advances import audit, services
from aftersales.advances.coverage import standings
from aftersales.advances.models import Advance
from aftersales.arbitration import services as arbitration
from aftersales.disputes import audit as disputes_audit
from aftersales.disputes.models import Dispute
from aftersales.ledger import audit as ledger_audit
from aftersales.ledger.models import AccountKind, Transaction
from aftersales.ledger.services import AccountKey, balance
from aftersales.remedies import audit as remedies_audit
from aftersales.remedies.services import run_due
from aftersales.settlements.services import settle
from portal.notices.models import Notice
from portal.outbox.services import drain
from tests.advances.makers import advanced
from tests.disputes.states import decision
from tests.disputes.test_races import at_once
from tests.makers import make_user

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal
SECOND = timedelta(seconds=1)


def books_are_whole():
    rooms = (audit, ledger_audit, remedies_audit, disputes_audit)
    assert [fault for room in rooms for fault in room.findings()] == []


def fund_and_seller(shop):
    merchant = AccountKey(AccountKind.MERCHANT_PAYABLE, "CNY", merchant_id=shop.pk)
    return balance(AccountKey(AccountKind.PLATFORM_FUND, "CNY")), balance(merchant)


def appealed(file_case, cast, now):
    """An advance of 20.00 whose decision was appealed, and lies with a senior arbitrator."""
    case, advance, at = advanced(file_case, cast, now)
    while run_due(now=at) + drain(now=at):
        pass
    case = Dispute.objects.get(pk=case.pk)
    case = arbitration.appeal(dispute=case, actor=cast.owner, now=at, ground="fact_wrong", text="It was intact.")
    return arbitration.take(dispute=case, actor=cast.senior, now=at), advance


@pytest.mark.parametrize("right", [True, False])
def test_silence_objection_appeal_and_settlement_at_once_count_each_amount_once(file_case, cast, buy, now, right):
    """Of 20.00 paid in each of three cases 5.00 are due: the seller owes that or nothing, never more."""
    cases = [appealed(file_case, cast, now) for _n in range(3)]
    orders = [buy("2.00") for _n in range(3)]
    until = max(advance.object_until for _case, advance in cases)

    def ruled(case):
        less = decision(case, cash="5.00")
        return lambda: arbitration.decide_appeal(
            dispute=case, actor=cast.senior, now=until, result="varied", decision=less
        )

    def objected(advance):
        at = advance.object_until - SECOND
        return lambda: services.object_to(advance=advance, actor=cast.owner, now=at, text="No.")

    def settled(number, order):
        return lambda: settle(reference=f"S{number}", order=order, fee=D(0), now=until)

    results = at_once(
        *[ruled(case) for case, _advance in cases],
        *[objected(advance) for _case, advance in cases],
        *[settled(number, order) for number, order in enumerate(orders)],
        lambda: services.sweep(now=until),
        lambda: services.sweep(now=until),
    )
    assert all(isinstance(ruling, Dispute) for ruling in results[:3]), results[:3]
    assert all(isinstance(one, Advance | services.NotOpen) for one in results[3:6]), results[3:6]
    assert not [one for one in results[6:] if isinstance(one, Exception)]
    services.sweep(now=until)
    objected_to = Advance.objects.filter(state="objected")
    upheld = len(objected_to) if right else 0
    for advance in objected_to:
        services.decide(advance=advance, actor=cast.platform, now=until, right=right, answer="So it is.")
    owed = 5 * (3 - upheld)
    fund, seller = fund_and_seller(cast.shop)
    assert fund == owed - 60
    handed_on = sum(done.settlement.paid_out for done in results[6:9])
    assert seller == 6 - handed_on - owed, "order money pays debts; what an appeal gives back later is the seller's"
    found = list(Advance.objects.all())
    shares = standings(found).values()
    assert sum(one.recovered + one.open for one in shares) == owed
    assert all(one.recovered >= 0 and one.open >= 0 and one.borne >= 0 for one in shares)
    books_are_whole()


def test_two_of_finance_answer_at_once_and_one_is_heard(file_case, cast, now):
    _case, advance, at = advanced(file_case, cast, now)
    services.object_to(advance=advance, actor=cast.owner, now=at, text="No.")
    second = make_user("platform", "platform")

    def answer(who, right):
        return lambda: services.decide(advance=advance, actor=who, now=at, right=right, answer="So it is.")

    results = at_once(*[answer(who, right) for who in (cast.platform, second) for right in (True, False)])
    assert sum(isinstance(one, Advance) for one in results) == 1
    assert sum(isinstance(one, services.NotOpen) for one in results) == 3
    books_are_whole()


def test_two_correct_an_answer_at_once_and_it_is_turned_round_once(file_case, cast, now):
    _case, advance, at = advanced(file_case, cast, now)
    services.object_to(advance=advance, actor=cast.owner, now=at, text="No.")
    services.decide(advance=advance, actor=cast.platform, now=at, right=False, answer="So it is.")
    others = [make_user("platform", "platform") for _n in range(3)]
    results = at_once(
        *[lambda who=who: services.correct(advance=advance, actor=who, now=at, answer="It is not.") for who in others]
    )
    assert sum(isinstance(one, Advance) for one in results) == 1
    assert fund_and_seller(cast.shop) == (D(-20), D(0))
    books_are_whole()


def test_many_sweeps_take_remind_and_note_once(file_case, cast, buy, now):
    advances = [advanced(file_case, cast, now)[1] for _n in range(5)]
    remind = max(advance.remind_at for advance in advances)
    until = max(advance.object_until for advance in advances)
    at_once(*[lambda: services.sweep(now=remind)] * 4)
    assert sum(at_once(*[lambda: services.sweep(now=until)] * 4)) == 5
    assert Transaction.objects.filter(kind="advance_recovered").count() == 5
    settle(reference="S", order=buy("1000.00"), fee=D(0), now=until)
    at_once(*[lambda: services.sweep(now=until)] * 4)
    drain(now=until)
    told = Notice.objects.filter(user=cast.owner, kind__startswith="advance")
    for kind in ("advance_paid", "advance_reminder", "advance_final", "advance_recovered"):
        assert told.filter(kind=kind).count() == 5
    books_are_whole()
