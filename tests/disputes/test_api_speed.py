"""How many statements the API's main calls take: fixed, whatever the case or the list holds."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.plans.makers import make_plan
from tests.rest.calls import opening

FRAME = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")  # round trips too, but not work


@pytest.fixture(autouse=True)
def plan(cast):
    return make_plan(cast.shop)


def statements(call):
    """Make a call; return the statements that it took beside the frame of the transaction."""
    with CaptureQueriesContext(connection) as seen:
        answer = call()
    assert answer.status_code < 300, answer.content
    return [q["sql"] for q in seen.captured_queries if not q["sql"].startswith(FRAME)]


@pytest.mark.parametrize("lines", [1, 20])
def test_open(api, buy, lines):
    buyer = api("buyer")
    for _time in range(2):  # the first one reads the rules and the plan, which the process remembers
        order = buy(*["100.00"] * lines)
        seen = statements(lambda order=order: buyer.post("/disputes/", opening(order)))
    assert len(seen) <= 14


@pytest.mark.parametrize("lines", [1, 20])
def test_accept(api, buy, lines):
    buyer = api("buyer")
    for _time in range(2):  # the first one opens the ledger's accounts
        case = buyer.post("/disputes/", opening(buy(*["100.00"] * lines))).json()
        accept, offer = f"/disputes/{case['number']}/accept-offer/", {"offer": case["offers"][0]["id"]}
        seen = statements(lambda accept=accept, offer=offer: buyer.post(accept, offer))
    assert len(seen) <= 14


@pytest.mark.parametrize("cases", [1, 20])
def test_queue(api, buy, cases):
    buyer, owner = api("buyer"), api("owner")
    for _time in range(cases):
        buyer.post("/disputes/", opening(buy()))
    assert len(statements(lambda: owner.get("/disputes/?awaiting=buyer"))) == 3


def test_one_case(api, buy):
    buyer = api("buyer")
    number = buyer.post("/disputes/", opening(buy())).json()["number"]
    assert len(statements(lambda: buyer.get(f"/disputes/{number}/"))) == 3
