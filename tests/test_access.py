"""(URL x role): who gets in where. A URL that does not stand here fails the test."""

from decimal import Decimal

import pytest
from django.urls import get_resolver, resolve

from aftersales.fund import services as fund
from aftersales.settlements.services import settle
from tests.advances.makers import advanced
from tests.deposits.makers import ask
from tests.disputes.states import reach
from tests.recalls.makers import opened
from tests.rest.calls import Caller

ROLES = ("anonymous", "buyer", "outsider", "owner", "agent", "finance", "rival", "arbitrator", "senior", "platform")
IN, LOGIN, GONE, NO, POST = 200, 302, 404, 403, 405


def row(anonymous, buyer, outsider, owner, agent, finance, rival, arbitrator, senior, platform):
    return dict(
        zip(
            ROLES, (anonymous, buyer, outsider, owner, agent, finance, rival, arbitrator, senior, platform), strict=True
        )
    )


ANYBODY = row(*[IN] * 10)
SIGNED_IN = row(LOGIN, *[IN] * 9)
POSTED = row(*[POST] * 10)
CASE = row(LOGIN, IN, GONE, IN, IN, IN, GONE, IN, IN, IN)
SHOP = row(LOGIN, GONE, GONE, IN, IN, IN, IN, GONE, GONE, GONE)
DESK = row(LOGIN, LOGIN, LOGIN, LOGIN, LOGIN, LOGIN, LOGIN, IN, IN, IN)
MOVED = row(*[302] * 10)

# Name (or route) of each URL outside of API and stock admin, with a GET's answer. {case} is a case of the cast.
TABLE = {
    "healthz": ("/healthz", None),
    "standing": ("/standing/", SIGNED_IN),
    "band": ("/merchant/band/", SHOP),
    "dashboard:statement": ("/merchant/statements/", SHOP),
    "dashboard:statement_csv": ("/merchant/statements.csv", SHOP),
    "orders": ("/orders/", SIGNED_IN),
    "balance": ("/balance/", SIGNED_IN),
    "payout_account": ("/balance/account/", SIGNED_IN),
    "disputes": ("/disputes/", SIGNED_IN),
    "case": ("/disputes/{case}/", CASE),
    "case_say": ("/disputes/{case}/say/", POSTED),
    "case_upload": ("/disputes/{case}/evidence/", POSTED),
    "return_slip": ("/disputes/{case}/slip.pdf", row(LOGIN, *[GONE] * 9)),
    "return_code": ("/disputes/{case}/slip.svg", row(LOGIN, *[GONE] * 9)),
    "case_act": ("/disputes/{case}/no-such-action/", row(LOGIN, *[GONE] * 9)),
    "exhibit": ("/disputes/{case}/evidence/1/", row(LOGIN, *[GONE] * 9)),
    "exhibit_small": ("/disputes/{case}/evidence/1/small/", row(LOGIN, *[GONE] * 9)),
    "coupons": ("/coupons/", SIGNED_IN),
    "start": ("/orders/{order}/dispute/", row(LOGIN, LOGIN, *[GONE] * 8)),
    "step": ("/orders/{free}/dispute/what/", row(LOGIN, IN, *[GONE] * 8)),
    "dashboard:queue": ("/merchant/", SHOP),
    "dashboard:export": ("/merchant/cases.csv", SHOP),
    "desk:queue": ("/admin/desk/", DESK),
    "desk:case": ("/admin/desk/{case}/", DESK),
    "desk:take": ("/admin/desk/take/", row(*[LOGIN] * 7, POST, POST, POST)),
    "desk:decide": ("/admin/desk/{case}/decide/", row(*[LOGIN] * 7, LOGIN, LOGIN, NO)),
    "recalls:list": ("/admin/desk/recalls/", DESK),
    "recalls:new": ("/admin/desk/recalls/new/", row(*[LOGIN] * 7, NO, NO, IN)),
    "recalls:recall": ("/admin/desk/recalls/{recall}/", DESK),
    "finance:queue": ("/admin/desk/finance/", row(*[LOGIN] * 7, NO, NO, IN)),
    "finance:confirm": ("/admin/desk/finance/confirm/", row(*[LOGIN] * 7, NO, NO, POST)),
    "finance:trial": ("/admin/desk/finance/books/", row(*[LOGIN] * 7, NO, NO, IN)),
    "finance:trial_csv": ("/admin/desk/finance/books.csv", row(*[LOGIN] * 7, NO, NO, IN)),
    "finance:account": ("/admin/desk/finance/books/fees/CNY/", row(*[LOGIN] * 7, NO, NO, IN)),
    "finance:advances": ("/admin/desk/finance/advances/", row(*[LOGIN] * 7, NO, NO, IN)),
    "finance:advance": ("/admin/desk/finance/advances/{advance}/", row(*[LOGIN] * 7, NO, NO, IN)),
    "finance:deposits": ("/admin/desk/finance/deposits/", row(*[LOGIN] * 7, NO, NO, IN)),
    "finance:deposit": ("/admin/desk/finance/deposits/{deposit}/", row(*[LOGIN] * 7, NO, NO, IN)),
    "dashboard:deposit": ("/merchant/deposit/", SHOP),
    "dashboard:deposit_csv": ("/merchant/deposit.csv", SHOP),
    "dashboard:advances": ("/merchant/advances/", SHOP),
    "dashboard:advance": (
        "/merchant/advances/{advance}/",
        row(LOGIN, GONE, GONE, IN, IN, IN, GONE, GONE, GONE, IN),
    ),
    "finance:fund": ("/admin/desk/finance/fund/", row(*[LOGIN] * 7, NO, NO, IN)),
    "finance:fund_book": ("/admin/desk/finance/fund/book/", row(*[LOGIN] * 7, NO, NO, IN)),
    "finance:fund_booking": ("/admin/desk/finance/fund/{booking}/", row(*[LOGIN] * 7, NO, NO, IN)),
    "finance:done": ("/admin/desk/finance/done/", row(*[LOGIN] * 7, NO, NO, IN)),
    "gateway_webhook": ("/webhooks/gateways/simulated/", POSTED),
    "styleguide": ("/styleguide/", ANYBODY),
    "ui:scheme": ("/scheme/", POSTED),
    "buyers:talk": ("/orders/{free}/talk/", row(LOGIN, IN, *[GONE] * 8)),
    "buyers:take_back": ("/orders/{free}/talk/1/take-back/", POSTED),
    "front_door": ("/", MOVED),
    "signin": ("/signin/", None),
    "settings": ("/settings/", SIGNED_IN),
    "renew_calendar": ("/settings/calendar/", POSTED),
    "calendar_feed": ("/calendar/unknown.ics", row(*[GONE] * 10)),
}


@pytest.fixture
def places(file_case, cast, now, buy):
    case = reach("refused", file_case, cast, now)
    recall = opened(case.order, cast, now).pk
    advance = advanced(file_case, cast, now)[1].pk
    asked = fund.Asked("BANK-1", "CNY", Decimal("50.00"), "For the year")
    booking = fund.book(asked=asked, actor=cast.platform, now=now).pk
    return {
        "booking": booking,
        "case": case.number,
        "order": case.order.number,
        "free": buy().number,
        "recall": recall,
        "advance": advance,
        "deposit": ask(cast, now=now).pk,
    }


def people(cast):
    return {role: None if role == "anonymous" else getattr(cast, role) for role in ROLES}


@pytest.mark.parametrize("name", [n for n, (_path, answers) in TABLE.items() if answers])
def test_each_cell(name, places, cast, client):
    path, answers = TABLE[name]
    got = {}
    for role, user in people(cast).items():
        client.logout()
        if user:
            client.force_login(user)
        got[role] = client.get(path.format(**places)).status_code
    assert got == answers


@pytest.mark.parametrize("action", ["agree", "refuse", "withdraw", "escalate", "propose", "take", "extend"])
def test_actions_of_a_case_are_for_their_role(action, places, cast, client):
    allowed = {
        "agree": {"owner", "agent"},
        "refuse": set(),
        "withdraw": {"buyer"},
        "escalate": {"buyer"},
        "propose": {"buyer", "owner", "agent"},
        "take": set(),
        "extend": {"arbitrator", "senior", "platform"},
    }[action]
    for role, user in people(cast).items():
        client.logout()
        if user:
            client.force_login(user)
        status = client.get(f"/disputes/{places['case']}/{action}/").status_code
        if role == "anonymous":
            assert status == LOGIN
        elif role in {"outsider", "rival"}:
            assert status == GONE, role
        elif role in allowed:
            assert status == IN, role
        else:
            assert status in {NO, 409}, (role, status)


# How many of the shop's rows somebody sees over the API; everybody else's list is empty.
SHOPS = dict.fromkeys(["owner", "agent", "finance"], 1)
API_ROWS = {
    "/advances/": {**SHOPS, "platform": 1},
    "/settlements/": {**SHOPS, "platform": 1, "marketplace": 1},
}


@pytest.mark.parametrize("path", API_ROWS)
def test_money_over_the_api_is_for_the_shop_and_those_who_keep_the_books(path, places, cast, buy, now, client):
    settle(reference="S1", order=buy(), fee=Decimal(0), now=now)
    rowed = {**people(cast), "marketplace": cast.marketplace}
    seen = {role: len(Caller(user).get(path).json()["results"]) for role, user in rowed.items() if user}
    assert {role: count for role, count in seen.items() if count} == API_ROWS[path]
    assert client.get(f"/api/v1{path}").status_code == 401


# Parts whose URLs have a matrix of their own: stock admin, API, plans and coupons, accounts and notices.
ELSEWHERE = ("admin/", "api/v1/", "merchant/", "notices/", "settings/", "password-reset/", "signout/", "styles/")


def test_every_page_stands_in_the_table(places):
    known = {resolve(path.format(**places)).route for path, _answers in TABLE.values()}
    missing = {route for route in routes(get_resolver().url_patterns) if route not in known}
    missing = {route for route in missing if not route.startswith(ELSEWHERE)}
    assert not missing


def routes(patterns, prefix=""):
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route
