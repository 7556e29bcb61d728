"""The trial balance: sums to zero, every number opens what is behind it, the CSV says the same."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from aftersales.disputes.services import negotiation
from aftersales.ledger.models import AccountKind
from aftersales.ledger.trial import entries, trial_balance
from aftersales.settlements.services import settle

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def booked(buy, file_case, cast, now):
    """100.00 settled less 5.00, then 30.00 refunded; and 1,000 yen settled."""
    order = buy("100.00")
    settle(reference="S1", order=order, fee=D(5), now=now)
    negotiation.agree(dispute=file_case(order=order), actor=cast.owner, now=now)
    settle(reference="S2", order=buy("1000", currency="JPY"), fee=D(0), now=now)


def test_it_sums_to_zero_by_currency(booked, now):
    sheets = {sheet.currency: sheet for sheet in trial_balance(now + timedelta(seconds=1))}
    assert {currency: sheet.off for currency, sheet in sheets.items()} == {"CNY": 0, "JPY": 0}
    balances = {line.kind: line.balance for line in sheets["CNY"].lines}
    assert balances == {
        AccountKind.FEES: D(5),
        AccountKind.MARKETPLACE: D(95),
        AccountKind.MERCHANT_PAYABLE: D(-30),
        AccountKind.ORDER_MONEY: D(-100),
        AccountKind.REFUNDS_CLEARING: D(30),
    }
    assert trial_balance(now) == [], "nothing was booked before"


def test_each_number_is_the_sum_of_its_entries(booked, now):
    until = now + timedelta(seconds=1)
    for sheet in trial_balance(until):
        for line in sheet.lines:
            assert sum(entry.amount for entry in entries(line.kind, sheet.currency, until)) == line.balance


def test_page_entries_and_file_say_the_same(booked, cast, client):
    client.force_login(cast.platform)
    page = client.get("/admin/desk/finance/books/").content.decode()
    assert page.count('class="notice success"') == 2
    behind = client.get("/admin/desk/finance/books/fees/CNY/").content.decode()
    assert "fee:S1" in behind
    file = client.get("/admin/desk/finance/books.csv").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(file)))[1:]
    assert sum(D(row[-1]) for row in rows if row[1] == "CNY") == 0
    assert [row[2:] for row in rows if row[1] == "JPY"] == [
        ["1000", "0", "1000"],
        ["1000", "-1000", "0"],
        ["0", "-1000", "-1000"],
    ]


@pytest.mark.parametrize("address", ["?day=tomorrow", "?day=1066-10-14", "gold/CNY/"])
def test_what_is_no_day_and_no_account_is_not_found(cast, client, address):
    client.force_login(cast.platform)
    assert client.get(f"/admin/desk/finance/books/{address}").status_code == 404


def test_an_old_day_shows_what_was_booked_by_then(booked, cast, client):
    client.force_login(cast.platform)
    before = timezone.localdate() - timedelta(days=400)
    assert "Sums to zero" not in client.get(f"/admin/desk/finance/books/?day={before}").content.decode()


def test_the_number_of_queries_does_not_grow(booked, buy, cast, client, now, django_assert_max_num_queries):
    client.force_login(cast.platform)
    for number in range(20):
        settle(reference=f"more-{number}", order=buy("10.00"), fee=D(0), now=now)
    with django_assert_max_num_queries(8):
        client.get("/admin/desk/finance/books/marketplace/CNY/")
