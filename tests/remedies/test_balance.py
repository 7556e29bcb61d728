"""Store balance: shown to its owner, drawn on by the marketplace, never twice and never below zero."""

from decimal import Decimal

import pytest

from aftersales.ledger import audit
from aftersales.remedies.balances import balances_of
from aftersales.remedies.models import PayoutAccount
from aftersales.remedies.services import run_due
from portal.accounts.models import User
from tests.disputes.test_races import at_once
from tests.makers import make_order
from tests.remedies.conftest import NOW, grant
from tests.rest.calls import problem


@pytest.fixture
def rich(cast, settings):
    """The buyer with a balance of 80 CNY and 500 JPY."""
    settings.GATEWAYS = {"*": "balance"}
    User.objects.filter(pk=cast.buyer.pk).update(buyer_ref="B-1")
    grant(make_order(shop=cast.shop, customer=cast.buyer), "80.00", key="D-AAAAA-BBBBB:1")
    grant(make_order(["500"], shop=cast.shop, customer=cast.buyer, currency="JPY"), "500", key="K:2")
    run_due(now=NOW)
    return cast.buyer


def draw(api, amount="30.00", **more):
    sent = {"buyer": "B-1", "amount": amount, "currency": "CNY", "reference": "order-9", **more}
    return api("marketplace").post("/balances/draws/", sent)


@pytest.mark.django_db
def test_the_buyer_sees_balance_and_entries(rich, api, client):
    draw(api)
    client.force_login(rich)
    page = client.get("/balance/").content.decode()
    assert "50.00" in page
    assert "order-9" in page
    assert "/disputes/D-AAAAA-BBBBB/" in page
    assert "Your store balance" in client.get("/orders/").content.decode()
    assert api("buyer").get("/balances/").json() == [
        {"currency": "CNY", "amount": "50.00"},
        {"currency": "JPY", "amount": "500"},
    ]


@pytest.mark.django_db
def test_an_empty_balance_says_so(client, cast):
    client.force_login(cast.outsider)
    assert "No balance yet" in client.get("/balance/").content.decode()
    assert "Your store balance" not in client.get("/orders/").content.decode()


@pytest.mark.django_db
def test_a_draw_counts_once_per_reference(rich, api):
    first, again = draw(api), draw(api)
    assert (first.status_code, again.status_code) == (201, 200)
    assert (
        first.json() == again.json() == {"reference": "order-9", "amount": "30.00", "currency": "CNY", "left": "50.00"}
    )
    problem(draw(api, "31.00"), 409, "draw_differs")
    problem(draw(api, "500", currency="JPY"), 409, "draw_differs")
    assert balances_of(rich) == [("CNY", 50), ("JPY", 500)]
    assert audit.findings() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"amount": "80.01"}, 422, "balance_too_low"),
        ({"amount": "1", "currency": "EUR"}, 422, "balance_too_low"),
        ({"amount": "0"}, 422, "draw_refused"),
        ({"amount": "0.001"}, 422, "draw_refused"),
        ({"buyer": "nobody"}, 404, "not_found"),
    ],
)
def test_draws_that_are_refused(rich, api, sent, status, code):
    problem(draw(api, **sent), status, code)
    assert balances_of(rich) == [("CNY", 80), ("JPY", 500)]


@pytest.mark.django_db
def test_nobody_but_the_marketplace_draws_or_looks_at_another(rich, api):
    sent = {"buyer": "B-1", "amount": "1.00", "currency": "CNY", "reference": "x"}
    for who in ("buyer", "owner", "arbitrator"):
        problem(api(who).post("/balances/draws/", sent), 403, "not_allowed")
        problem(api(who).get("/balances/", {"buyer": "B-1"}), 403, "not_allowed")
    assert api("marketplace").get("/balances/", {"buyer": "B-1"}).json()[0]["amount"] == "80.00"


@pytest.mark.django_db(transaction=True)
def test_ten_draws_at_once_never_spend_a_cent_twice(rich, api):
    callers = [api("marketplace") for _n in range(10)]

    def work(n):
        sent = {"buyer": "B-1", "amount": "30.00", "currency": "CNY", "reference": f"order-{n}"}
        return lambda: callers[n].post("/balances/draws/", sent).status_code

    results = at_once(*[work(n) for n in range(10)])
    assert sorted(results) == [201, 201, *[422] * 8]
    assert dict(balances_of(rich))["CNY"] == Decimal("20.00")


@pytest.mark.django_db
def test_the_buyer_names_a_bank_account(client, cast):
    client.force_login(cast.buyer)
    wrong = client.post("/balance/account/", {"holder": "Ana", "iban": "DE88 3704 0044 0532 0130 00"})
    assert (wrong.status_code, PayoutAccount.objects.count()) == (422, 0)
    assert "not a valid IBAN" in wrong.content.decode()
    for holder in ("Ana", "Ana Silva"):
        sent = {"holder": holder, "iban": "de89 3704 0044 0532 0130 00", "bic": ""}
        assert client.post("/balance/account/", sent).status_code == 302
    account = PayoutAccount.objects.get()
    assert (account.buyer, account.holder, account.iban) == (cast.buyer, "Ana Silva", "DE89370400440532013000")
