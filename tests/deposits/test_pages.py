"""The shop reads its deposit, finance says what is required; the file holds the same total as the page."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from merchants.deposits import services
from merchants.deposits.models import Deposit, DepositLevel
from tests.deposits.makers import again, ask, owe, pay, withdraw

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PAGE, FILE, DESK = "/merchant/deposit/", "/merchant/deposit.csv", "/admin/desk/finance/deposits/"


def read(response):
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


def text(client, address=PAGE):
    return client.get(address).content.decode()


def test_the_shop_reads_what_is_missing_until_when_and_what_then(cast, client, now):
    client.force_login(cast.finance)
    assert "No deposit is required of you" in text(client)
    ask(cast, "100.00", now=now)
    pay(cast, "20.00", "BANK-1", now=now)
    said = text(client)
    assert "Fill up the deposit: ¥80.00 is missing." in said
    assert "BANK-1" in said
    assert "is kept from your settlements" in said
    pay(cast, "80.00", "BANK-2", now=now)
    assert "The deposit holds what is required." in text(client)


def test_limits_are_said_and_end(cast, client, now):
    ask(cast, "100.00", now=now - 8 * DAY)
    client.force_login(cast.owner)
    assert "¥100.00 is missing, and the time to fill up the deposit is over." in text(client)
    pay(cast, "100.00", "BANK", now=now)
    assert "time to fill up the deposit is over" not in text(client)


def test_coupons_and_plans_say_why_they_wait(cast, client, now):
    ask(cast, "100.00", now=now - 8 * DAY)
    client.force_login(cast.owner)
    sent = {"name": "Sorry", "currency": "CNY", "kind": "amount", "amount": "5.00", "minimum_spend": "0"}
    refused = client.post("/merchant/coupons/new/", {**sent, "valid_days": "30", "validity": "days"})
    assert refused.status_code == 422
    assert "Your deposit is below what is required" in refused.content.decode()


def test_what_is_owed_says_when_it_is_taken_and_leads_to_its_case(cast, client, file_case, now):
    case = file_case()
    ask(cast, "0", now=now)
    pay(cast, "50.00", "BANK", now=now)
    owe(cast.shop, "12.00", "advance:1", at=now - DAY, case=case.number)
    client.force_login(cast.owner)
    said = text(client)
    assert "What you owe now" in said
    assert f"/disputes/{case.number}/" in said
    services.sweep(now=now + 3 * DAY)
    said = text(client)
    assert "What you owe now" not in said
    assert "Taken for what was owed" in said
    assert f"/disputes/{case.number}/" in said


def test_the_file_ends_with_what_the_page_says(cast, client, now):
    ask(cast, "10.00", now=now)
    ask(cast, "1", now=now, currency="JPY")
    pay(cast, "50.00", "A", now=now)
    pay(cast, "7000", "B", now=now, currency="JPY")
    withdraw(cast, "5.25", "C", now=now)
    client.force_login(cast.owner)
    rows = read(client.get(FILE))
    totals = {row["Currency"]: row["Balance"] for row in rows if row["What"] == "The deposit holds"}
    assert totals == {"CNY": "44.75", "JPY": "7000"}
    for currency, total in totals.items():
        assert sum(Decimal(r["Amount"]) for r in rows if r["Currency"] == currency and r["Amount"]) == Decimal(total)
        assert again(Deposit.objects.get(currency=currency)).held == Decimal(total)


def test_no_row_is_a_rivals(cast, client, now):
    ask(cast, "10.00", now=now)
    pay(cast, "50.00", "OURS", now=now)
    client.force_login(cast.rival)
    assert "OURS" not in text(client)
    assert read(client.get(FILE)) == []
    assert client.get(f"{PAGE}?shop={cast.shop.ref}").status_code == 404


def test_finance_requires_a_deposit_and_changes_it(cast, client, now):
    client.force_login(cast.platform)
    good = {"merchant": cast.shop.ref, "currency": "cny", "amount": "100", "effective_at": "", "why": "New shop."}
    for wrong in ({"merchant": "nobody"}, {"amount": "-1"}, {"amount": "1.001"}, {"currency": "ZZZ"}, {"why": " "}):
        assert client.post(DESK, good | wrong).status_code == 422
    assert client.post(DESK, good | {"effective_at": "2020-01-01T00:00"}).status_code == 422
    assert not Deposit.objects.exists()
    made = client.post(DESK, good)
    assert made.status_code == 302
    assert "New shop." in text(client, made["Location"])
    assert cast.shop.name in text(client, f"{DESK}?short")
    changed = client.post(made["Location"], {"amount": "0", "why": "Proven.", "merchant": cast.rival_shop.ref})
    assert changed.status_code == 302
    assert [level.amount for level in DepositLevel.objects.all()] == [0, 100], "of this deposit, whatever was sent"
    assert cast.shop.name not in text(client, f"{DESK}?short")


@pytest.mark.parametrize("who", ["owner", "finance", "buyer", "arbitrator", "senior"])
def test_nobody_else_requires_anything(cast, client, now, who):
    client.force_login(getattr(cast, who))
    sent = {"merchant": cast.shop.ref, "currency": "CNY", "amount": "1", "why": "x"}
    assert client.post(DESK, sent).status_code in {302, 403}
    assert not Deposit.objects.exists()


@pytest.mark.parametrize(
    ("who", "address"), [("owner", PAGE), ("owner", FILE), ("platform", DESK), ("platform", "one")]
)
def test_as_many_queries_for_many_rows(cast, client, now, who, address, django_assert_num_queries):
    deposit = ask(cast, "1.00", now=now)
    owe(cast.shop, "5.00", "debt", at=now, case="D0")
    pay(cast, "90.00", "A", now=now)
    address = f"{DESK}{deposit.pk}/" if address == "one" else address
    client.force_login(getattr(cast, who))
    b"".join(client.get(address))
    with CaptureQueriesContext(connection) as few:
        b"".join(client.get(address))
    for number in range(12):
        pay(cast, "1.00", f"B{number}", now=now)
        owe(cast.shop, "1.00", f"debt {number}", at=now, case=f"D{number}")
        ask(cast, f"{number}.00", now=now + DAY * number)
    ask(cast, "1.00", now=now, shop=cast.rival_shop)
    with django_assert_num_queries(len(few)):
        b"".join(client.get(address))
