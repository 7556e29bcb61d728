"""As many queries for twelve rows as for two: on every list, and on the pages of a case however much it holds."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from aftersales.advances.services import Paid, record, sweep
from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.evidence.services import add_evidence
from aftersales.disputes.services import intervention, leaving, negotiation
from aftersales.disputes.services.messages import post_message
from aftersales.settlements.services import settle
from merchants.coupons.services import issue
from merchants.plans.content import OptionContent
from tests.makers import make_shop, make_user
from tests.plans.makers import PART, make_coupon, make_plan
from tests.rest.calls import Caller

MOST = 20  # queries of a page, frame and menu included


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def same_for_many(django_assert_max_num_queries):
    """Call for few rows, add the others, call again: the same number of queries, of which none is too many."""

    def check(call, add_more):
        call()  # what a process remembers for good is read now
        with django_assert_max_num_queries(MOST):
            few = counted(call)
        add_more()
        many = counted(call)
        assert len(many) == len(few), "\n".join(sorted(set(many) - set(few)))

    return check


def counted(call):
    with CaptureQueriesContext(connection) as seen:
        answer = call()
    assert answer.status_code == 200, answer.content
    return [query["sql"] for query in seen.captured_queries]


def page(user, address):
    client = Client()
    client.force_login(user)
    return lambda: client.get(address)


def many_cases(file_case, cast, now, count):
    """Cases about several lines at several buyers' hands, some with the platform."""
    for number in range(count):
        case = file_case(price="100.00")
        if number % 2:
            continue
        case = negotiation.refuse(dispute=case, actor=cast.owner, now=now, reason="no_evidence", message="Show it.")
        leaving.escalate(dispute=case, actor=cast.buyer, now=now)


LISTS = {
    "orders": ("buyer", "/orders/"),
    "cases": ("buyer", "/disputes/"),
    "queue": ("owner", "/merchant/"),
    "queue, all": ("agent", "/merchant/?tab=waiting"),
    "desk": ("arbitrator", "/admin/desk/?tab=unassigned"),
    "desk of the platform": ("platform", "/admin/desk/?tab=attention"),
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_of_cases(name, cast, file_case, buy, now, same_for_many):
    who, address = LISTS[name]

    def more(count):
        many_cases(file_case, cast, now, count)
        for _order in range(count):
            buy("10.00", "20.00")

    more(2)
    same_for_many(page(getattr(cast, who), address), lambda: more(10))


API_LISTS = {
    "orders": ("buyer", "/orders/"),
    "orders of a shop": ("owner", "/orders/"),
    "cases": ("buyer", "/disputes/"),
    "cases of a shop": ("owner", "/disputes/?awaiting=merchant"),
    "cases of the platform": ("platform", "/disputes/?updated_since=2020-01-01T00:00:00Z"),
}


@pytest.mark.parametrize("name", API_LISTS)
def test_lists_of_the_api(name, cast, file_case, now, same_for_many):
    who, path = API_LISTS[name]
    caller = Caller(getattr(cast, who))
    many_cases(file_case, cast, now, 2)
    same_for_many(lambda: caller.get(path), lambda: many_cases(file_case, cast, now, 10))


@pytest.mark.parametrize(
    "path",
    [
        "/merchant/plans/",
        "/merchant/coupons/",
        "/merchant/coupons/statement/",
        "/merchant/coupons/moves/",
        "/api/v1/coupons/",
        "/api/v1/plans/",
    ],
)
def test_plans_and_coupons(path, cast, now, same_for_many):
    def more(count):
        for number in range(count):
            template = make_coupon(cast.shop)
            with_coupon = (PART, OptionContent("coupon", coupon=template))
            make_plan(cast.shop, actor=cast.owner, live=number % 2 == 0, options=with_coupon)
            give(template)

    def give(template):
        worth = {"currency": "CNY", "amount": template.amount, "minimum_spend": template.minimum_spend}
        issue(key=f"{template.pk}", merchant_id=cast.shop.pk, buyer_id=make_user().pk, valid_days=9, now=now, **worth)

    if path.startswith("/api/"):
        caller = Caller(cast.owner)
        call = partial(caller.get, path.removeprefix("/api/v1"))
    else:
        call = page(cast.owner, path)
    more(2)
    same_for_many(call, lambda: more(10))


MONEY_LISTS = {
    "advances of a shop": ("owner", "/merchant/advances/"),
    "advances at finance": ("platform", "/admin/desk/finance/advances/"),
    "advances of a shop, API": ("owner", "/api/v1/advances/"),
    "advances of the platform, API": ("platform", "/api/v1/advances/"),
    "settlements of a shop, API": ("owner", "/api/v1/settlements/"),
    "settlements of the marketplace, API": ("marketplace", "/api/v1/settlements/"),
    "what waits for finance": ("platform", "/admin/desk/finance/"),
}


@pytest.mark.parametrize("name", MONEY_LISTS)
def test_lists_of_money(name, cast, buy, file_case, now, same_for_many):
    who, path = MONEY_LISTS[name]

    def more(count):
        for _n in range(count):
            order, shop = buy("10.00"), make_shop() if who == "platform" else cast.shop
            record([advance_of(shop, order.number)], now=now)
            settle(reference=order.number, order=order, fee=Decimal(0), now=now)
            sweep(now=now + timedelta(days=7))  # of what is final it is said how much is still open
            if path == "/admin/desk/finance/":
                case = file_case(wants="full_refund_no_return", price="30000.00")
                negotiation.agree(dispute=case, actor=cast.owner, now=now)

    def advance_of(shop, number):
        return Paid(
            key=number,
            case=number,
            merchant_id=shop.pk,
            ground="statutory_delay",
            rule="China v1",
            amount=Decimal("10.00"),
            currency="CNY",
            objection_time=timedelta(days=7),
            reminder=timedelta(days=2),
        )

    if path.startswith("/api/"):
        call = partial(Caller(getattr(cast, who)).get, path.removeprefix("/api/v1"))
    else:
        call = page(getattr(cast, who), path)
    more(2)
    same_for_many(call, lambda: more(10))


def fill(case, cast, now, count):
    """Words, exhibits, proposals of both sides."""
    for number in range(count):
        for who in (cast.buyer, cast.owner):
            post_message(dispute=case, actor=who, now=now, body=f"Word {number}")
            content = ContentFile(f"%PDF-1.7 {case.evidence.count()}".encode(), name="a.pdf")
            add_evidence(dispute=case, actor=who, now=now, upload=content)
        case.refresh_from_db()


CASE_PAGES = {
    "buyer": ("buyer", "/disputes/{}/"),
    "merchant": ("owner", "/disputes/{}/"),
    "desk": ("arbitrator", "/admin/desk/{}/"),
    "ruling": ("arbitrator", "/admin/desk/{}/decide/"),
}


@pytest.mark.parametrize("name", CASE_PAGES)
@pytest.mark.parametrize("lines", [1, 8])
def test_pages_of_a_case_however_much_it_holds(name, lines, cast, file_case, buy, now, same_for_many):
    who, address = CASE_PAGES[name]
    case = file_case(order=buy(*["20.00"] * lines), amount="10.00")
    case = negotiation.refuse(dispute=case, actor=cast.owner, now=now, reason="no_evidence", message="Show it.")
    case = leaving.escalate(dispute=case, actor=cast.buyer, now=now)
    case = intervention.take(dispute=case, actor=cast.arbitrator, now=now)

    def more(count):
        fill(case, cast, now, count)
        for side in (cast.buyer, cast.owner):  # without this the other side still has time, and nothing can be ruled
            with suppress(RuleBroken):  # it has said so before
                intervention.finish_evidence(dispute=case, actor=side, now=now)
            case.refresh_from_db()

    more(1)
    same_for_many(page(getattr(cast, who), address.format(case.number)), lambda: more(9))


@pytest.mark.parametrize("part", ["", "timeline/", "messages/", "evidence/"])
def test_a_case_over_the_api(part, cast, file_case, now, same_for_many):
    case, caller = file_case(), Caller(cast.owner)
    fill(case, cast, now, 1)
    same_for_many(lambda: caller.get(f"/disputes/{case.number}/{part}"), lambda: fill(case, cast, now, 9))
