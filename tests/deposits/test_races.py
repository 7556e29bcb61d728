"""Many hands at one deposit on real connections: never below zero, nothing twice; in any order the sums are right."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from aftersales.advances import audit as advances
from aftersales.ledger import audit as ledger
from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, balance
from aftersales.orders.models import Order
from aftersales.settlements.models import Settlement
from aftersales.settlements.services import settle
from merchants.deposits import audit, booking, services
from merchants.deposits.errors import DebtsOpen, MovedOtherwise, NotEnough
from merchants.deposits.models import DepositMove
from portal.money import ZERO
from tests.advances.makers import advanced
from tests.deposits.makers import again, ask, owe, pay, withdraw
from tests.deposits.test_taking import appealed, decide, made_final
from tests.disputes.test_races import at_once

D, DAY = Decimal, timedelta(days=1)


def payable(shop):
    return balance(AccountKey(AccountKind.MERCHANT_PAYABLE, "CNY", merchant_id=shop.pk))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(4))
def test_two_withdrawals_and_a_taking_at_once(cast, now, turn):
    """100.00 held: either two sums of 60.00 are not both paid back, or 80.00 is taken and nothing is paid back."""
    deposit = ask(cast, "0", now=now)
    pay(cast, "100.00", "IN", now=now)
    at = now + 4 * DAY

    def take():
        owe(cast.shop, "80.00", "advance:1", at=now, case="D1")
        return services.sweep(now=at)

    def out(reference):
        return lambda: withdraw(cast, "60.00", reference, now=at)

    works = [out("A"), take, out("B")]
    results = at_once(*works[turn % 3 :], *works[: turn % 3])
    assert all(isinstance(r, int | services.Moved | NotEnough | DebtsOpen) for r in results), results
    services.sweep(now=at)
    moves = list(DepositMove.objects.values_list("kind", "amount"))
    assert [m for m in moves if m[0] == "withdrawn"] in ([], [("withdrawn", D(-60))])
    held = again(deposit).held
    assert held == sum(amount for _kind, amount in moves) >= 0
    assert payable(cast.shop) == -80 - sum(amount for kind, amount in moves if kind == "taken")
    assert [*audit.findings(), *ledger.findings()] == []


@pytest.mark.django_db(transaction=True)
def test_eight_sweeps_and_a_top_up_take_a_debt_once(cast, now):
    deposit = ask(cast, "10.00", now=now)
    pay(cast, "30.00", "IN", now=now)
    owe(cast.shop, "50.00", "advance:1", at=now, case="D1")
    at = now + 4 * DAY
    results = at_once(
        *[lambda: services.sweep(now=at)] * 8,
        lambda: pay(cast, "60.00", "MORE", now=at),
    )
    assert not [r for r in results if isinstance(r, Exception)]
    services.sweep(now=at)
    assert (again(deposit).held, payable(cast.shop)) == (D(40), 0)
    assert [*audit.findings(), *ledger.findings()] == []


@pytest.mark.django_db(transaction=True)
def test_the_same_reference_from_ten_callers_counts_once(cast, now):
    deposit = ask(cast, "0", now=now)
    ask(cast, "0", now=now, shop=cast.rival_shop)
    shops = [cast.shop] * 5 + [cast.rival_shop] * 5
    results = at_once(*[lambda shop=shop: pay(cast, "10.00", "SAME", shop=shop, now=now) for shop in shops])
    assert sum(isinstance(r, services.Moved) and r.is_new for r in results) == 1
    assert sum(isinstance(r, MovedOtherwise) for r in results) == 5
    assert DepositMove.objects.count() == 1
    assert again(deposit).held in {0, 10}
    assert [*audit.findings(), *ledger.findings()] == []


@pytest.mark.django_db(transaction=True)
def test_settlements_takings_and_top_ups_at_once(cast, buy, now):
    """Settlements fill up a deposit that is short for too long while debts are taken from it: nobody locks up."""
    deposit = ask(cast, "100.00", now=now)
    pay(cast, "20.00", "IN", now=now)
    owe(cast.shop, "30.00", "advance:1", at=now, case="D1")
    orders, at = [buy("25.00") for _order in range(6)], now + 10 * DAY

    def pay_out(number):
        order = Order.objects.get(pk=orders[number].pk)
        return settle(reference=f"S{number}", order=order, fee=ZERO, now=at)

    results = at_once(
        *[lambda n=n: pay_out(n) for n in range(6)],
        lambda: services.sweep(now=at),
        lambda: services.sweep(now=at),
        lambda: pay(cast, "5.00", "MORE", now=at),
    )
    assert not [r for r in results if isinstance(r, Exception)], results
    services.sweep(now=at)
    # 20 + 5 paid in and 150 settled, 30 of it for the debt: 100 stay in the deposit, 45 are paid out.
    settled = [r.settlement for r in results if hasattr(r, "settlement")]
    assert (again(deposit).held, payable(cast.shop)) == (D(100), 0)
    assert sum(s.paid_out for s in settled) == D(45)
    assert [*audit.findings(), *ledger.findings()] == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(3))
def test_an_appeal_a_taking_and_a_settlement_at_once(cast, file_case, buy, now, turn):
    """20.00 were advanced, 5.00 are due on appeal: in whatever order, the seller has paid 5.00 in the end."""
    deposit = ask(cast, "50.00", now=now)
    pay(cast, "60.00", "IN", now=now)
    case, advance, at = advanced(file_case, cast, now)
    made_final(advance, at)
    case, order, late = appealed(case, advance, cast, at), buy("10.00"), at + 3 * DAY
    works = [
        lambda: decide(case, cast, late, "5.00"),
        lambda: services.sweep(now=late),
        lambda: settle(reference="S", order=order, fee=ZERO, now=late),
    ]
    results = at_once(*works[turn:], *works[:turn])
    assert not [r for r in results if isinstance(r, Exception)], results
    services.sweep(now=late)
    netted = Settlement.objects.get().netted
    assert (60 - again(deposit).held) + netted - payable(cast.shop) == 5
    assert [*audit.findings(), *ledger.findings(), *advances.findings()] == []


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_between_leaves_nothing_half_done(cast, now, monkeypatch):
    """Killed after the movement's row, before the posting: nothing is there; the next worker does it once."""
    deposit = ask(cast, "0", now=now)
    pay(cast, "100.00", "IN", now=now)
    owe(cast.shop, "20.00", "advance:1", at=now, case="D1")
    at = now + 4 * DAY

    class Killed(BaseException):
        pass

    def die(*args, **kwargs):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(booking, "post_many", die)
        with pytest.raises(Killed):
            services.sweep(now=at)
        with pytest.raises(Killed):
            pay(cast, "5.00", "MORE", now=at)
    assert (again(deposit).held, DepositMove.objects.count()) == (D(100), 1)
    services.sweep(now=at)
    services.sweep(now=at)
    pay(cast, "5.00", "MORE", now=at)
    assert (again(deposit).held, payable(cast.shop)) == (D(85), 0)
    assert [*audit.findings(), *ledger.findings()] == []


cents = st.integers(1, 9000).map(lambda n: D(n) / 100)
verbs = st.sampled_from(["in", "out", "owe", "level", "settle", "back", "days"])
deeds = st.lists(st.tuples(verbs, cents), max_size=14)


@pytest.mark.django_db
@how(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=deeds)
def test_the_deposit_is_what_came_in_less_what_went_out(deeds, cast, buy, now):
    """deposit = paid in + kept + put back - taken - withdrawn >= 0, and the ledger says the same; never more is taken
    than was owed."""
    with transaction.atomic():
        deposit, at, owed = ask(cast, "0", now=now), now, ZERO
        for number, (deed, amount) in enumerate(deeds):
            match deed:
                case "in":
                    pay(cast, amount, f"I{number}", now=at)
                case "out":
                    with suppress(NotEnough, DebtsOpen):
                        withdraw(cast, amount, f"O{number}", now=at)
                case "owe":
                    owe(cast.shop, amount, f"debt {number}", at=at, case=f"D{number}")
                    owed += amount
                case "level":
                    ask(cast, amount, now=at)
                case "settle":
                    settle(reference=f"S{number}", order=buy(str(amount)), fee=ZERO, now=at)
                case "back":
                    case = f"D{number - 1}"
                    services.put_back(merchant_id=cast.shop.pk, currency="CNY", case=case, amount=amount, now=at)
                    taken = DepositMove.objects.filter(case=case, kind="returned").exists()
                    if taken:  # what is put back was given back by somebody
                        owe(cast.shop, -amount, f"back {number}", at=at, case=case, kind="appeal_correction")
                case "days":
                    at += 4 * DAY
                    services.sweep(now=at)
            held = again(deposit).held
            moves = list(DepositMove.objects.filter(deposit=deposit).values_list("kind", "amount"))
            assert held == sum((a for _k, a in moves), ZERO) == balance(booking.account(deposit)) >= 0
            assert -sum((a for k, a in moves if k in {"taken", "returned"}), ZERO) <= owed
            assert [*audit.findings(), *ledger.findings()] == []
        transaction.set_rollback(True)
