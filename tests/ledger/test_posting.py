from datetime import UTC, datetime
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.db import DatabaseError, connection, transaction

from aftersales.ledger import audit
from aftersales.ledger.models import Account, AccountKind, Entry, Transaction
from aftersales.ledger.services import AccountKey, Posting, Unbalanced, balance, post_many
from tests.makers import make_shop

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CLEARING = AccountKey(AccountKind.REFUNDS_CLEARING, "CNY")
FUND = AccountKey(AccountKind.PLATFORM_FUND, "CNY")
YEN = AccountKey(AccountKind.GATEWAY, "JPY")


def posting(key="a", amount="5.00", source=FUND):
    return Posting(key, "test", "CASE", ((source, -Decimal(amount)), (CLEARING, Decimal(amount))))


@pytest.mark.django_db
def test_posts_any_number_in_one_statement_once_accounts_exist(django_assert_num_queries):
    with django_assert_num_queries(3):  # find no accounts, open them, post
        post_many([posting("first")], now=NOW)
    with django_assert_num_queries(1):
        post_many([posting("second")], now=NOW)
    with django_assert_num_queries(1):
        post_many([posting(f"many {i}") for i in range(200)], now=NOW)
    assert balance(CLEARING) == Decimal("1010.00")
    assert balance(FUND) == Decimal("-1010.00")
    assert Transaction.objects.count() == 202
    assert audit.findings() == []


@pytest.mark.django_db
def test_nothing_to_post_costs_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        post_many([], now=NOW)
    assert balance(CLEARING) == 0


@pytest.mark.django_db
def test_each_merchant_has_an_account_of_its_own():
    one, other = make_shop(), make_shop()
    payable = AccountKey(AccountKind.MERCHANT_PAYABLE, "CNY", merchant_id=one.pk)
    post_many([posting("one", "3.00", payable)], now=NOW)
    assert balance(payable) == Decimal("-3.00")
    assert balance(AccountKey(AccountKind.MERCHANT_PAYABLE, "CNY", merchant_id=other.pk)) == 0
    assert Account.objects.get(merchant=one).key == str(payable)


@pytest.mark.django_db
def test_a_key_is_posted_once():
    post_many([posting("same")], now=NOW)
    post_many([posting("same"), posting("new")], now=NOW)
    assert balance(CLEARING) == Decimal("10.00")


@pytest.mark.django_db
def test_an_account_opened_by_a_transaction_that_failed_is_opened_again():
    with transaction.atomic():
        post_many([posting()], now=NOW)
        transaction.set_rollback(True)
    post_many([posting()], now=NOW)
    assert balance(CLEARING) == Decimal("5.00")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "entries",
    [
        ((FUND, Decimal(-5)), (CLEARING, Decimal(4))),
        ((FUND, Decimal(-5)), (YEN, Decimal(5))),
    ],
)
def test_refuses_what_does_not_sum_to_zero_in_each_currency(entries):
    with pytest.raises(Unbalanced):
        post_many([Posting("bad", "test", "", entries)], now=NOW)
    assert not Transaction.objects.exists()


@pytest.mark.django_db
def test_the_database_refuses_an_unbalanced_transaction():
    post_many([posting()], now=NOW)
    account = Account.objects.first()
    bad = Transaction.objects.create(key="bad", kind="test", posted_at=NOW)
    Entry.objects.create(transaction=bad, account=account, amount=1, currency="CNY")
    with pytest.raises(DatabaseError, match="does not sum to zero"):
        connection.check_constraints()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET amount = amount + 1",
        "DELETE FROM ledger_entry",
        "UPDATE ledger_transaction SET kind = 'other'",
        "DELETE FROM ledger_transaction",
    ],
)
def test_the_database_refuses_to_change_the_past(statement):
    post_many([posting()], now=NOW)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert balance(CLEARING) == Decimal("5.00")


@pytest.mark.django_db(transaction=True)
def test_many_workers_opening_the_same_accounts_at_once():
    shop, start = make_shop(), Barrier(8)
    payable = AccountKey(AccountKind.MERCHANT_PAYABLE, "CNY", merchant_id=shop.pk)

    def work(number):
        start.wait()
        with transaction.atomic():
            post_many([posting(f"w{number}", "1.00", payable)], now=NOW)
        connection.close()

    threads = [Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert balance(payable) == Decimal("-8.00")
    assert Account.objects.filter(merchant=shop).count() == 1
    assert audit.findings() == []


@pytest.mark.django_db
def test_audit_names_what_is_wrong():
    post_many([posting()], now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # no triggers: as after a bad restore
    Transaction.objects.create(key="empty", kind="test", posted_at=NOW)
    lopsided = Transaction.objects.create(key="lopsided", kind="test", posted_at=NOW)
    yen = Account.objects.create(kind=AccountKind.GATEWAY, currency="JPY")
    Entry.objects.create(transaction=lopsided, account=yen, amount=1, currency="CNY")
    assert audit.findings() == [
        "ledger transaction lopsided is off by 1.000 CNY",
        "the ledger as a whole is off by 1.000 CNY",
        "ledger transaction empty has no entries",
        f"ledger entry {Entry.objects.get(transaction=lopsided).pk} in CNY stands in account gateway:JPY:m:b",
    ]
