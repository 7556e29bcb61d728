"""Deposits keep their balance and never go below zero, whoever posts, in whatever order, however many at once."""

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from aftersales.ledger import audit
from aftersales.ledger.models import Account, AccountKind
from aftersales.ledger.services import AccountKey, Posting, balance, held, post_many
from tests.makers import make_shop

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MARKETPLACE = AccountKey(AccountKind.MARKETPLACE, "CNY")


def deposit_of(shop, currency="CNY"):
    return AccountKey(AccountKind.MERCHANT_DEPOSIT, currency, merchant_id=shop.pk)


def moved(key, account, amount):
    amount = Decimal(amount)
    other = AccountKey(AccountKind.MARKETPLACE, account.currency)
    return Posting(key, "test", "", ((account, amount), (other, -amount)))


@pytest.mark.django_db
def test_a_deposit_holds_what_was_paid_in_less_what_was_taken():
    deposit = deposit_of(make_shop())
    assert held(deposit) == 0
    post_many([moved("in", deposit, "50.00")], now=NOW)
    post_many([moved("out", deposit, "-50.00")], now=NOW)
    assert held(deposit) == balance(deposit) == 0
    assert Account.objects.get(key=str(MARKETPLACE)).balance is None
    assert audit.findings() == []


@pytest.mark.django_db
def test_a_deposit_never_goes_below_zero():
    deposit = deposit_of(make_shop())
    post_many([moved("in", deposit, "50.00")], now=NOW)
    with pytest.raises(IntegrityError, match="account_holds_enough"), transaction.atomic():
        post_many([moved("out", deposit, "-50.01")], now=NOW)
    assert held(deposit) == balance(deposit) == Decimal("50.00")


@pytest.mark.django_db
@pytest.mark.parametrize(("currency", "least"), [("JPY", "1"), ("CNY", "0.01"), ("KWD", "0.001")])
def test_the_smallest_coin_too_much_is_refused_in_every_currency(currency, least):
    deposit = deposit_of(make_shop(), currency)
    post_many([moved("in", deposit, "7")], now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        post_many([moved("out", deposit, -7 - Decimal(least))], now=NOW)
    post_many([moved("all", deposit, "-7")], now=NOW)
    assert held(deposit) == 0


@pytest.mark.django_db
def test_a_key_posted_again_does_not_move_the_balance_again():
    deposit = deposit_of(make_shop())
    for _time in range(2):
        post_many([moved("same", deposit, "5.00")], now=NOW)
    assert held(deposit) == Decimal("5.00")


@pytest.mark.django_db
def test_the_audit_names_a_balance_that_is_off():
    deposit = deposit_of(make_shop())
    post_many([moved("in", deposit, "5.00")], now=NOW)
    Account.objects.filter(key=str(deposit)).update(balance=6)
    assert audit.findings() == [f"account {deposit} says 6.000, its entries say 5.000"]


@pytest.mark.django_db(transaction=True)
def test_of_many_who_take_at_once_only_as_many_as_it_holds_get_it():
    deposit = deposit_of(make_shop())
    post_many([moved("in", deposit, "5.00")], now=NOW)
    outcomes, start = Counter(), Barrier(12)

    def take(number):
        start.wait()
        try:
            with transaction.atomic():
                post_many([moved(f"out {number}", deposit, "-1.00")], now=NOW)
            outcomes["taken"] += 1
        except IntegrityError:
            outcomes["refused"] += 1
        finally:
            connection.close()

    threads = [Thread(target=take, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {"taken": 5, "refused": 7}
    assert balance(deposit) == 0
    assert audit.findings() == []


@pytest.mark.django_db(transaction=True)
def test_postings_to_two_deposits_in_either_order_do_not_lock_up():
    one, other, start = deposit_of(make_shop()), deposit_of(make_shop()), Barrier(8)
    post_many([moved("a", one, "100"), moved("b", other, "100")], now=NOW)
    failed = []

    def work(number):
        pair = (one, other) if number % 2 else (other, one)
        start.wait()
        try:
            for turn in range(5):
                post_many([moved(f"{number}/{turn}/{i}", pair[i], "-1") for i in (0, 1)], now=NOW)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert balance(one) == balance(other) == Decimal(60)
    assert audit.findings() == []


class AnySequence(TestCase):
    @settings(max_examples=30)
    @given(st.lists(st.tuples(st.integers(0, 2), st.integers(-500, 500).filter(bool)), max_size=25))
    def test_balances_are_the_sums_of_what_was_let_through(self, moves):
        deposits = [deposit_of(make_shop()) for _shop in range(3)]
        expected = [0, 0, 0]
        for number, (which, cents) in enumerate(moves):
            try:
                with transaction.atomic():
                    post_many([moved(f"m{number}", deposits[which], Decimal(cents) / 100)], now=NOW)
                expected[which] += cents
            except IntegrityError:
                assert expected[which] + cents < 0
        assert [held(d) for d in deposits] == [balance(d) for d in deposits] == [Decimal(c) / 100 for c in expected]
        assert audit.findings() == []
