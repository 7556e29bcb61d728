"""The compensation fund: booked by finance, watched by everybody of it, and never off by a cent."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from aftersales.disputes.services.sweep import sweep
from aftersales.finance.reconciliation import reconcile
from aftersales.fund import audit
from aftersales.fund.forecast import forecast
from aftersales.fund.models import BookingState, FundBooking
from aftersales.fund.services import Asked, NotForYou, Refused, book, decide
from aftersales.fund.warning import warn
from aftersales.ledger.models import AccountKind, Transaction
from aftersales.ledger.services import AccountKey, Posting, balance, post_many
from portal.accounts.models import User
from portal.notices.models import Notice
from tests.advances.makers import advanced
from tests.disputes.test_races import at_once
from tests.makers import make_user

pytestmark = pytest.mark.django_db
D = Decimal
FUND = AccountKey(AccountKind.PLATFORM_FUND, "CNY")


@pytest.fixture
def second(cast):
    user = make_user("second", "platform")
    user.is_staff = True
    user.save()
    return user


def enter(cast, now, amount, reference="BANK-1", currency="CNY", why="For the year"):
    return book(asked=Asked(reference, currency, D(amount), why), actor=cast.platform, now=now)


def lose(amount, at, key="lost"):
    """Let a case cost the fund something."""
    clearing = AccountKey(AccountKind.REFUNDS_CLEARING, "CNY")
    post_many([Posting(key, "remedy_granted", "", ((FUND, -D(amount)), (clearing, D(amount))))], now=at)


def test_what_comes_in_is_booked_at_once_and_once(cast, now):
    enter(cast, now, "500.00")
    enter(cast, now, "500.00")
    assert balance(FUND) == 500
    assert FundBooking.objects.count() == 1
    with pytest.raises(Refused, match="another amount"):
        enter(cast, now, "501.00")
    assert audit.findings() == []


def test_what_goes_out_takes_two_people(cast, second, now):
    enter(cast, now, "500.00")
    out = enter(cast, now, "-200.00", "OUT-1")
    assert (out.state, balance(FUND)) == (BookingState.PROPOSED, 500)
    with pytest.raises(NotForYou):
        decide(booking=out, actor=cast.platform, now=now, right=True, answer="")
    decide(booking=out, actor=second, now=now, right=True, answer="")
    assert balance(FUND) == 300
    with pytest.raises(Refused, match="decided before"):
        decide(booking=out, actor=second, now=now, right=True, answer="")
    assert audit.findings() == []


def test_the_database_refuses_one_person_alone(cast, now):
    enter(cast, now, "500.00")
    out = enter(cast, now, "-200.00", "OUT-1")
    with pytest.raises(IntegrityError), transaction.atomic():
        FundBooking.objects.filter(pk=out.pk).update(state="booked", decided_by=cast.platform, decided_at=now)


def test_a_refusal_says_why_and_moves_nothing(cast, second, now):
    enter(cast, now, "500.00")
    out = enter(cast, now, "-200.00", "OUT-1")
    with pytest.raises(Refused) as refused:
        decide(booking=out, actor=second, now=now, right=False, answer=" ")
    assert refused.value.field == "answer"
    decide(booking=out, actor=second, now=now, right=False, answer="Not in the plan")
    assert balance(FUND) == 500


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (Asked("R", "CNY", D(0), "why"), "amount"),
        (Asked("R", "CNY", D("0.001"), "why"), "amount"),
        (Asked("R", "JPY", D("0.5"), "why"), "amount"),
        (Asked("R", "CNY", D(10) ** 13, "why"), "amount"),
        (Asked("R", "CNY", D("-0.01"), "why"), "amount"),
        (Asked(" ", "CNY", D(1), "why"), "reference"),
        (Asked("R" * 81, "CNY", D(1), "why"), "reference"),
        (Asked("R", "CNY", D(1), " "), "why"),
    ],
)
def test_what_does_not_fit_is_refused(asked, field, cast, now):
    with pytest.raises(Refused) as refused:
        book(asked=asked, actor=cast.platform, now=now)
    assert refused.value.field == field
    assert not FundBooking.objects.exists()


def test_others_may_not(cast, now):
    for user in (cast.buyer, cast.owner, cast.arbitrator, cast.senior):
        with pytest.raises(NotForYou):
            book(asked=Asked("R", "CNY", D(1), "why"), actor=user, now=now)


def test_how_long_it_lasts(cast, now):
    enter(cast, now - timedelta(days=60), "1000.00")
    lose("300.00", now - timedelta(days=40), "long ago")
    lose("150.00", now - timedelta(days=3), "lately")
    (fund,) = forecast(now)
    assert (fund.balance, fund.loss, fund.days_left) == (D("550.00"), D("150.00"), 110)
    assert not fund.is_low


def test_finance_is_warned_once_a_day(cast, second, now):
    enter(cast, now, "100.00")
    lose("60.00", now)
    (fund,) = forecast(now)
    assert (fund.days_left, fund.is_low) == (20, False)
    lose("30.00", now, "more")
    assert forecast(now)[0].days_left == 3
    for at in (now, now, now + timedelta(days=1)):
        assert warn(now=at) == 1
    assert Notice.objects.filter(kind="fund_low", user=second).count() == 2
    lose("20.00", now, "all")
    warn(now=now + timedelta(days=2))
    assert Notice.objects.filter(kind="fund_empty", user=cast.platform).count() == 1
    assert not Notice.objects.filter(user=cast.owner, kind__startswith="fund").exists()


def test_it_adds_up_with_the_records_of_what_caused_it(file_case, cast, now):
    enter(cast, now, "500.00")
    case, advance, at = advanced(file_case, cast, now)
    call_command("run_due", "--at", at.isoformat(), stdout=StringIO())
    assert {row.name: (row.booked, row.difference) for row in reconcile()} == {
        "bookings": (500, 0),
        "refunds": (-20, 0),
    }
    until = advance.object_until
    sweep(now=until)
    call_command("run_due", "--at", until.isoformat(), stdout=StringIO())
    assert {row.name: (row.booked, row.difference) for row in reconcile()}["advances"] == (20, 0)
    lose("5.00", now, "made up")
    assert {row.name: row.difference for row in reconcile()}["refunds"] == -5
    assert forecast(until)[0].balance == balance(FUND)
    assert case.number


def test_the_audit_finds_what_was_not_booked(cast, now):
    booking = enter(cast, now, "500.00")
    outside = AccountKey(AccountKind.MARKETPLACE, "CNY")
    post_many([Posting("fund:GHOST", "fund_paid_in", "", ((outside, D(-5)), (FUND, D(5))))], now=now)
    FundBooking.objects.filter(pk=booking.pk).update(amount=D(600))
    assert len(audit.findings()) == 2


@pytest.mark.django_db(transaction=True)
def test_two_payouts_confirmed_at_once_never_take_more_than_there_is(cast, second, now):
    enter(cast, now, "500.00")
    outs = [enter(cast, now, "-300.00", f"OUT-{n}") for n in range(6)]

    def confirm(out):
        actor = User.objects.get(pk=second.pk)
        return decide(booking=out, actor=actor, now=now, right=True, answer="")

    results = at_once(*[lambda out=out: confirm(out) for out in [*outs, *outs]])
    assert sum(isinstance(result, FundBooking) for result in results) == 1
    assert balance(FUND) == 200
    assert audit.findings() == []


def test_pages(cast, second, client, now):
    client.force_login(cast.platform)
    assert "The fund was never used" in client.get("/admin/desk/finance/fund/").content.decode()
    asked = {"direction": "in", "currency": "cny", "amount": "500.00", "reference": "BANK-1", "why": "For the year"}
    assert client.post("/admin/desk/finance/fund/book/", asked).status_code == 302
    asked |= {"direction": "out", "amount": "600.00", "reference": "OUT-1"}
    refused = client.post("/admin/desk/finance/fund/book/", asked)
    assert refused.status_code == 422
    assert "The fund holds 500.00" in refused.content.decode()
    client.post("/admin/desk/finance/fund/book/", asked | {"amount": "100.00"})
    out = FundBooking.objects.get(reference="OUT-1")
    page = f"/admin/desk/finance/fund/{out.pk}/"
    assert "somebody else confirms it" in client.get(page).content.decode()
    assert client.post(page, {"confirm": "1", "answer": ""}).status_code == 422
    client.force_login(second)
    assert client.post(page, {"confirm": "1", "answer": ""}).status_code == 302
    assert client.post(page, {"confirm": "1", "answer": ""}).status_code == 422
    shown = client.get("/admin/desk/finance/fund/").content.decode()
    assert "¥400.00" in shown
    assert Transaction.objects.filter(key="fund:OUT-1").count() == 1
    behind = client.get("/admin/desk/finance/books/platform_fund/CNY/?of=fund_taken_out").content.decode()
    assert "fund:OUT-1" in behind
    assert "fund:BANK-1" not in behind


@pytest.mark.parametrize("amount", ["", "x", "-5", "0", "1e99", "NaN", "9" * 40])
def test_nonsense_in_the_form(amount, cast, client):
    client.force_login(cast.platform)
    asked = {"direction": "in", "currency": "CNY", "amount": amount, "reference": "R", "why": "w"}
    assert client.post("/admin/desk/finance/fund/book/", asked).status_code == 422
    assert not FundBooking.objects.exists()
