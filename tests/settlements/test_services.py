"""Order money reaches the seller once, never what a case claims, and debts are paid first. To the cent."""

from collections import Counter
from contextlib import suppress
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, example, given
from hypothesis import settings as how
from hypothesis import strategies as st

from aftersales.disputes.services import leaving, negotiation
from aftersales.ledger import audit as ledger_audit
from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, Posting, balance, post_many
from aftersales.orders.models import Order, OrderLine
from aftersales.settlements import audit, services
from aftersales.settlements.models import Settlement
from portal.money import ZERO
from tests.disputes.test_races import at_once
from tests.rest.calls import Caller, problem

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture(autouse=True)
def books_are_in_order(db):
    yield
    assert [*audit.findings(), *ledger_audit.findings()] == []


def settle(order, now, reference="S1", fee="0"):
    return services.settle(reference=reference, order=order, fee=D(fee), now=now).settlement


def payable(shop, currency="CNY"):
    return balance(AccountKey(AccountKind.MERCHANT_PAYABLE, currency, merchant_id=shop.pk))


def test_an_order_without_a_case_is_paid_out_less_the_fee(buy, cast, now):
    done = settle(buy("100.00", "50.00"), now, fee="7.50")
    assert (done.gross, done.fee, done.netted, done.paid_out, done.held) == (D(150), D("7.50"), 0, D("142.50"), 0)
    assert payable(cast.shop) == 0
    assert balance(AccountKey(AccountKind.FEES, "CNY")) == D("7.50")
    with pytest.raises(services.NothingToRelease):
        settle(Order.objects.get(), now, reference="S2")


def test_what_a_case_claims_is_held_and_released_when_it_closes(buy, file_case, cast, now):
    order = buy("100.00", "50.00")
    case = file_case(order=order)
    with pytest.raises(services.NothingToRelease) as nothing:
        settle(order, now)
    assert nothing.value.held == D(150)
    leaving.withdraw(dispute=case, actor=cast.buyer, now=now)
    assert settle(order, now).paid_out == D(150)


def test_some_pieces_are_held_the_others_are_not(buy, cast, now, file_case):
    """Three pieces for 100.00, one under a case: 66.66 now, the 33.34 when it is closed."""
    order = buy("33.34", quantity=3)
    OrderLine.objects.filter(order=order).update(discount="0.02", disputed_quantity=1)
    first = settle(order, now)
    assert (first.gross, first.held) == (D("66.66"), D("33.34"))
    OrderLine.objects.filter(order=order).update(disputed_quantity=0)
    assert settle(order, now, reference="S2").gross == D("33.34")


def test_the_statement_shows_as_held_what_settling_holds(buy, file_case, cast, client, now):
    """Of three pieces for 100.00 one is under a case; an order settled before its case holds nothing."""
    settled, order = buy("80.00"), buy("33.34", quantity=3)
    settle(settled, now, reference="S0")
    file_case(order=settled)
    case = file_case(order=order)
    OrderLine.objects.filter(order=order).update(discount="0.02", disputed_quantity=1)
    client.force_login(cast.finance)
    assert client.get("/merchant/statements/").context["held"] == [("CNY", D("33.34"))]
    assert settle(order, now).held == D("33.34")
    assert client.get("/merchant/statements/").context["held"] == [("CNY", D("33.34"))]
    OrderLine.objects.filter(order=order).update(disputed_quantity=3)
    leaving.withdraw(dispute=case, actor=cast.buyer, now=now)
    assert client.get("/merchant/statements/").context["held"] == []


def test_what_the_seller_owes_is_kept_first(buy, file_case, cast, now):
    """30.00 refunded after an order was settled: the next order of 50.00 pays 20.00 out."""
    order = buy("100.00")
    assert settle(order, now).paid_out == D(100)
    negotiation.agree(dispute=file_case(order=order), actor=cast.owner, now=now)
    assert payable(cast.shop) == D(-30)
    done = settle(buy("50.00"), now, reference="S2")
    assert (done.netted, done.paid_out) == (D(30), D(20))
    assert payable(cast.shop) == 0


def test_a_debt_larger_than_the_order_stays(buy, file_case, cast, now):
    order = buy("100.00")
    settle(order, now)
    negotiation.agree(dispute=file_case(order=order), actor=cast.owner, now=now)
    done = settle(buy("10.00"), now, reference="S2", fee="1.00")
    assert (done.netted, done.paid_out) == (D(9), 0)
    assert payable(cast.shop) == D(-21)


def test_the_same_reference_settles_once(buy, now):
    order = buy("100.00")
    assert services.settle(reference="S1", order=order, fee=ZERO, now=now).is_new
    again = services.settle(reference="S1", order=order, fee=ZERO, now=now)
    assert not again.is_new
    with pytest.raises(services.SettledOtherwise):
        services.settle(reference="S1", order=order, fee=D(1), now=now)
    assert Settlement.objects.count() == 1


@pytest.mark.parametrize("fee", ["-0.01", "100.01", "0.001"])
def test_a_fee_that_does_not_fit_changes_nothing(buy, now, fee):
    order = buy("100.00")
    with pytest.raises(services.Refused):
        settle(order, now, fee=fee)
    assert not Settlement.objects.exists()
    assert OrderLine.objects.get().settled_amount == 0


def test_the_database_refuses_what_the_service_would(buy, now):
    order = buy("100.00")
    done = settle(order, now)
    for wrong in ({"paid_out": D(101)}, {"gross": D(0)}, {"fee": D(1)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Settlement.objects.filter(pk=done.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        OrderLine.objects.update(settled_amount="100.01")


@pytest.mark.django_db(transaction=True)
def test_settlements_and_a_filing_at_once(buy, file_case, cast, now):
    """Ten settlements race each other and a filing: money leaves once, and what the case claims only before it."""
    order = buy("100.00")

    def pay(number):
        return lambda: settle(Order.objects.get(pk=order.pk), now, reference=f"S{number}")

    at_once(*(pay(n) for n in range(5)), lambda: file_case(order=order), *(pay(n) for n in range(5, 10)))
    line = OrderLine.objects.get()
    assert line.settled_amount in {D(0), D(100)}
    assert Settlement.objects.count() == (1 if line.settled_amount else 0)


what = st.lists(st.sampled_from(["settle", "refund", "withdraw", "buy"]), max_size=12)


@how(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=what)
@example(deeds=["withdraw"] * 6)
def test_whatever_happens_the_seller_gets_what_was_paid_less_fees_and_refunds(deeds, buy, file_case, cast, now):
    with transaction.atomic():
        orders, refunded, filed = [buy("60.00")], ZERO, Counter()
        for number, deed in enumerate(deeds):
            order = orders[-1]
            if deed == "buy":
                orders.append(buy("40.00"))
            elif deed == "settle":
                with suppress(services.NothingToRelease):
                    settle(order, now, reference=f"{order.number}-{number}", fee="1.00")
            elif not OrderLine.objects.filter(order=order, refunded_amount__gt=0).exists() and filed[order.pk] < 5:
                filed[order.pk] += 1  # no rule lets more cases than that be opened about an item
                case = file_case(order=Order.objects.prefetch_related("lines", "payments").get(pk=order.pk))
                if deed == "withdraw":
                    leaving.withdraw(dispute=case, actor=cast.buyer, now=now)
                else:
                    negotiation.agree(dispute=case, actor=cast.owner, now=now)
                    refunded += 30
        mine = Settlement.objects.filter(order__in=orders)
        sums = mine.aggregate(g=Sum("gross", default=0), f=Sum("fee", default=0), p=Sum("paid_out", default=0))
        assert payable(cast.shop) == sums["g"] - sums["f"] - sums["p"] - refunded
        assert sums["p"] <= max(ZERO, sums["g"] - sums["f"])
        assert [*audit.findings(), *ledger_audit.findings()] == []
        transaction.set_rollback(True)


def test_by_api(buy, cast):
    order = buy("100.00")
    asked = {"reference": "S1", "order": order.number, "currency": "CNY", "fee": "5.00"}
    marketplace = Caller(cast.marketplace)
    made = marketplace.post("/settlements/", asked)
    assert (made.status_code, made.json()["paid_out"]) == (201, "95.00")
    again = marketplace.post("/settlements/", asked)
    assert (again.status_code, again.json()) == (200, made.json())
    problem(marketplace.post("/settlements/", asked | {"reference": "S2"}), 409, "nothing_to_settle")
    problem(marketplace.post("/settlements/", asked | {"fee": "6.00"}), 409, "settlement_differs")
    problem(marketplace.post("/settlements/", asked | {"order": "none"}), 422, "settlement_refused")
    problem(marketplace.post("/settlements/", asked | {"currency": "EUR"}), 422, "settlement_refused")
    problem(marketplace.post("/settlements/", asked | {"fee": "-1"}), 422, "invalid")
    assert Caller(cast.owner).get("/settlements/").json()["results"] == [made.json()]
    assert Caller(cast.owner).get("/settlements/S1/").json() == made.json()
    problem(Caller(cast.owner).post("/settlements/", asked | {"reference": "S3"}), 403, "not_allowed")
    problem(Caller(cast.rival).get("/settlements/S1/"), 404, "not_found")
    assert Caller(cast.buyer).get("/settlements/").json()["results"] == []


def test_what_the_seller_is_owed_is_paid_along(buy, cast, now):
    """The platform's coupon of 5.00 was used, or an appeal gave 5.00 back: the next settlement pays it out."""
    shop = AccountKey(AccountKind.MERCHANT_PAYABLE, "CNY", merchant_id=cast.shop.pk)
    fund = AccountKey(AccountKind.PLATFORM_FUND, "CNY")
    post_many([Posting("appeal:D1:1", "appeal_correction", "D1", ((fund, D(-5)), (shop, D(5))))], now=now)
    done = settle(buy("50.00"), now, fee="1.00")
    assert (done.netted, done.paid_out) == (D(-5), D(54))
    assert payable(cast.shop) == 0
    assert audit.findings() == []
