"""Statements: opening and movements make the closing, for each account and currency by itself."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, Posting, post_many

OCTOBER, NOVEMBER = datetime(2026, 10, 10, 12, 0, tzinfo=UTC), datetime(2026, 11, 10, 12, 0, tzinfo=UTC)
PAGE, FILE = "/merchant/statements/?month=2026-11", "/merchant/statements.csv?month=2026-11"


def post(shop, key, amount, at, currency="CNY", case=""):
    amount = Decimal(amount)
    entries = (
        (AccountKey(AccountKind.MERCHANT_PAYABLE, currency, merchant_id=shop.pk), amount),
        (AccountKey(AccountKind.REFUNDS_CLEARING, currency), -amount),
    )
    post_many([Posting(key, "remedy_granted", case, entries)], now=at)


@pytest.fixture
def moved(cast):
    post(cast.shop, "before", "-10.00", OCTOBER)
    post(cast.shop, "out", "-30.50", NOVEMBER, case="D123")
    post(cast.shop, "back", "4.25", NOVEMBER)
    post(cast.shop, "yen", "-700", NOVEMBER, "JPY")
    post(cast.shop, "dinar", "-1.125", NOVEMBER, "KWD")
    post(cast.rival_shop, "rival", "-99.00", NOVEMBER)


def read(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_each_account_reconciles(moved, cast, client):
    client.force_login(cast.finance)
    found = {s.currency: s for s in client.get(PAGE).context["sheets"]}
    assert set(found) == {"CNY", "JPY", "KWD"}
    yuan = found["CNY"]
    assert (yuan.opening, yuan.came_in, yuan.went_out) == (Decimal("-10.00"), Decimal("4.25"), Decimal("-30.50"))
    assert yuan.closing == Decimal("-36.25")
    following = client.get("/merchant/statements/?month=2026-12").context["sheets"]
    assert {s.currency: s.opening for s in following} == {c: s.closing for c, s in found.items()}


def test_the_csv_reconciles_and_writes_each_currency_with_its_own_decimals(moved, cast, client):
    client.force_login(cast.owner)
    rows = read(client.get(FILE))
    for currency, closing in [("CNY", "-36.25"), ("JPY", "-700"), ("KWD", "-1.125")]:
        first, *middle, last = [row for row in rows if row["Currency"] == currency]
        assert last["Balance"] == closing
        assert Decimal(first["Balance"]) + sum(Decimal(r["Amount"]) for r in middle) == Decimal(closing)
    assert [r["Case"] for r in rows if r["Reference"] == "out"] == ["D123"]
    assert not any(r["Reference"] == "rival" for r in rows)


def test_rows_lead_to_their_case_and_none_is_a_rivals(moved, cast, client):
    client.force_login(cast.owner)
    page = client.get(PAGE).content.decode()
    assert "/disputes/D123/" in page
    assert "99.00" not in page


def test_as_many_queries_for_many_movements(moved, cast, client, django_assert_num_queries):
    client.force_login(cast.owner)
    client.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        client.get(PAGE)
    for number in range(12):
        post(cast.shop, f"more {number}", "-1.00", NOVEMBER)
    with django_assert_num_queries(len(few)):
        client.get(PAGE)


@pytest.mark.parametrize("month", ["x", "2026-13", "0001-01", "9999-12", "2026-11-01"])
def test_what_is_no_month_is_not_found(month, cast, client):
    client.force_login(cast.owner)
    assert client.get(f"/merchant/statements/?month={month}").status_code == 404
    assert client.get(f"/merchant/statements.csv?month={month}").status_code == 404


def test_a_shop_without_movements_says_so(cast, client):
    client.force_login(cast.owner)
    assert "No movements yet" in client.get("/merchant/statements/").content.decode()
