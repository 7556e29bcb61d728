"""Statements: opening and movements make the closing, for each account and currency by itself."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, Posting, post_many
from aftersales.ledger.statements import movements, rows, sheets
from merchants.models import Merchant

pytestmark = pytest.mark.django_db

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


def test_pages_carry_the_balance_on(cast, client):
    for number in range(230):
        post(cast.shop, f"row {number:03}", "-1.00", NOVEMBER)
    client.force_login(cast.owner)
    pages = [client.get(f"{PAGE}&page={number}").context["rows"] for number in (1, 2, 3)]
    assert [len(rows) for rows in pages] == [100, 100, 30]
    assert [rows[-1].held for rows in pages] == [-100, -200, -230]
    assert [row.held for rows in pages for row in rows] == [Decimal(-n) for n in range(1, 231)]


_MOVED = st.lists(
    st.tuples(
        st.sampled_from(["CNY", "JPY"]),
        st.integers(min_value=-10_000, max_value=10_000).filter(bool),
        st.integers(min_value=0, max_value=40 * 24),
    ),
    max_size=12,
)


@given(moved=_MOVED, cuts=st.lists(st.integers(min_value=0, max_value=40 * 24), max_size=4))
@settings(max_examples=25, deadline=None)
def test_each_period_opens_with_what_the_one_before_closed_with(moved, cuts):
    with transaction.atomic():
        shop, first = Merchant.objects.create(ref="period", name="Period"), datetime(2026, 9, 1, tzinfo=UTC)
        for number, (currency, amount, hour) in enumerate(moved):
            post(shop, f"p{number}", amount, first + timedelta(hours=hour), currency)
        edges = [first + timedelta(hours=hour) for hour in sorted({0, *cuts, 41 * 24})]
        held = {}
        for begin, end in pairwise(edges):
            for sheet in sheets(shop, begin, end):
                key = sheet.kind, sheet.currency
                assert sheet.opening == held.get(key, 0)
                shown = list(rows(movements(shop, begin, end, sheet), [sheet]))
                assert sheet.opening + sum(row.amount for row in shown) == sheet.closing
                assert [row.held for row in shown[-1:]] in ([], [sheet.closing])
                held[key] = sheet.closing
        assert {currency: total for (_kind, currency), total in held.items()} == _sums(moved)
        transaction.set_rollback(True)


def _sums(moved):
    currencies = dict.fromkeys(currency for currency, _amount, _hour in moved)
    return {of: sum(amount for currency, amount, _hour in moved if currency == of) for of in currencies}
