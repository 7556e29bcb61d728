"""Deposits by API: recorded by the marketplace, read by sellers, set by finance; bad input is said clearly."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from merchants.deposits.models import Deposit, DepositLevel, DepositMove
from portal.money import plain
from tests.advances.makers import advanced
from tests.deposits.makers import again, ask, owe, pay
from tests.rest.calls import Caller, problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def deposit(cast, now):
    return ask(cast, "100.00", now=now)


def money(cast, amount="120.00", reference="A", **more):
    return {"merchant": cast.shop.ref, "amount": amount, "currency": "CNY", "reference": reference, **more}


def test_in_and_out_again(deposit, cast, api):
    marketplace, owner = api("marketplace"), api("owner")
    made = marketplace.post("/deposits/", money(cast), key="one")
    assert made.status_code == 201
    assert made.json() | {"at": ""} == {
        "reference": "A",
        "kind": "paid_in",
        "merchant": cast.shop.ref,
        "currency": "CNY",
        "amount": "120.00",
        "held": "120.00",
        "case": "",
        "at": "",
    }
    assert marketplace.post("/deposits/", money(cast), key="one").headers["Idempotent-Replayed"] == "true"
    again_ = marketplace.post("/deposits/", money(cast))
    assert (again_.status_code, again_.json()) == (200, made.json())
    out = marketplace.post("/deposits/withdrawals/", money(cast, "20.00", "B"))
    assert (out.status_code, out.json()["amount"], out.json()["held"]) == (201, "-20.00", "100.00")
    (row,) = owner.get("/deposits/").json()["results"]
    assert (row["held"], row["required"], row["missing"], row["short_until"]) == ("100.00", "100.00", "0.00", None)
    assert [m["reference"] for m in owner.get("/deposits/moves/").json()["results"]] == ["B", "A"]


def test_only_what_is_above_the_level_goes_out_and_never_with_debts(deposit, cast, api, now, file_case):
    marketplace = api("marketplace")
    pay(cast, "130.00", "A", now=now)
    low = problem(marketplace.post("/deposits/withdrawals/", money(cast, "30.01", "B")), 422, "deposit_too_low")
    assert low["available"] == {"amount": "30.00", "currency": "CNY"}
    case, _advance, _at = advanced(file_case, cast, now - timedelta(days=1))
    waits = problem(marketplace.post("/deposits/withdrawals/", money(cast, "1.00", "B")), 409, "debts_open")
    assert waits["owed"] == {"amount": "20.00", "currency": "CNY"}, "the advance can still become owed"
    owe(cast.shop, "5.00", "x", at=now, kind="remedy_granted", case=case.number)
    waits = problem(marketplace.post("/deposits/withdrawals/", money(cast, "1.00", "B")), 409, "debts_open")
    assert waits["owed"]["amount"] == "25.00"
    assert again(deposit).held == Decimal("130.00")


@pytest.mark.parametrize("place", ["/deposits/", "/deposits/withdrawals/"])
@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"amount": "0"}, "deposit_refused", "amount"),
        ({"amount": "-1.00"}, "invalid", "amount"),
        ({"amount": "1.001"}, "deposit_refused", "amount"),
        ({"amount": "1.0001"}, "invalid", "amount"),
        ({"amount": "999999999999.99"}, "deposit_refused", "amount"),
        ({"amount": "1e30"}, "invalid", "amount"),
        ({"amount": "NaN"}, "invalid", "amount"),
        ({"amount": None}, "invalid", "amount"),
        ({"currency": "EUR"}, "deposit_refused", "currency"),
        ({"currency": "cny"}, "deposit_refused", "currency"),
        ({"currency": "EURO"}, "invalid", "currency"),
        ({"merchant": "nobody"}, "deposit_refused", "merchant"),
        ({"reference": ""}, "invalid", "reference"),
        ({"reference": "x" * 121}, "invalid", "reference"),
    ],
)
def test_what_makes_no_sense_is_said_and_changes_nothing(deposit, cast, api, place, wrong, code, field):
    body = problem(api("marketplace").post(place, money(cast) | wrong), 422, code)
    assert list(body["errors"]) == [field]
    assert not DepositMove.objects.exists()


def test_a_reference_is_used_once(deposit, cast, api, now):
    ask(cast, "0", shop=cast.rival_shop, now=now)
    marketplace = api("marketplace")
    marketplace.post("/deposits/", money(cast))
    for place, other in (
        ("/deposits/", {"amount": "120.01"}),
        ("/deposits/", {"merchant": cast.rival_shop.ref}),
        ("/deposits/withdrawals/", {}),
    ):
        problem(marketplace.post(place, money(cast) | other), 409, "deposit_differs")
    assert DepositMove.objects.count() == 1


@pytest.mark.parametrize("who", ["owner", "finance", "buyer", "rival", "arbitrator", "outsider"])
def test_nobody_else_moves_a_deposit(deposit, cast, api, who):
    for place in ("/deposits/", "/deposits/withdrawals/"):
        problem(api(who).post(place, money(cast)), 403, "not_allowed")
    level = {"merchant": cast.shop.ref, "currency": "CNY", "amount": "1", "why": "x"}
    problem(api(who).post("/deposits/levels/", level), 403, "not_allowed")
    assert not DepositMove.objects.exists()
    assert DepositLevel.objects.count() == 1


def test_each_sees_their_own(deposit, cast, api, now):
    pay(cast, "1.00", "A", now=now)
    for who, count in (("owner", 1), ("finance", 1), ("marketplace", 1), ("platform", 1), ("rival", 0), ("buyer", 0)):
        for place in ("/deposits/", "/deposits/moves/", f"/deposits/?merchant={cast.shop.ref}"):
            assert len(api(who).get(place).json()["results"]) == count, (who, place)
    assert api("platform").get("/deposits/?merchant=nobody").json()["results"] == []


def test_finance_sets_a_level_from_a_day_on(cast, api, now):
    level = {"merchant": cast.shop.ref, "currency": "KWD", "amount": "12.345", "why": "More orders."}
    later = (now + timedelta(days=9)).isoformat()
    made = api("platform").post("/deposits/levels/", {**level, "effective_at": later})
    assert (made.status_code, made.json()["amount"], made.json()["why"]) == (201, "12.345", "More orders.")
    assert Deposit.objects.get().required == 0
    made = api("platform").post("/deposits/levels/", level)
    assert plain(Deposit.objects.get().required, "KWD") == "12.345"
    for wrong, field in (
        ({"effective_at": (now - timedelta(days=1)).isoformat()}, "effective_at"),
        ({"currency": "ZZZ"}, "currency"),
        ({"merchant": "nobody"}, "merchant"),
    ):
        body = problem(api("platform").post("/deposits/levels/", level | wrong), 422, "deposit_refused")
        assert list(body["errors"]) == [field]
    problem(api("marketplace").post("/deposits/levels/", level), 403, "not_allowed")


@pytest.mark.parametrize("place", ["/deposits/", "/deposits/moves/"])
def test_as_many_queries_for_many_rows(cast, now, place, django_assert_num_queries):

    caller = Caller(cast.owner)
    ask(cast, "1.00", now=now)
    pay(cast, "1.00", "A", now=now)
    caller.get(place)
    with CaptureQueriesContext(connection) as few:
        caller.get(place)
    for number, currency in enumerate(["EUR", "USD", "JPY", "KWD"]):
        ask(cast, "1", now=now, currency=currency)
        pay(cast, "1", f"B{number}", now=now, currency=currency)
    with django_assert_num_queries(len(few)):
        assert len(caller.get(place).json()["results"]) == 5
