"""Points and coupons go back in kind: asked of the marketplace, confirmed, refused, or never answered."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aftersales.ledger import audit as ledger_audit
from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, balance
from aftersales.orders.models import OrderPayment
from aftersales.remedies import audit, by_hand
from aftersales.remedies.gateways import in_kind, reconciling
from aftersales.remedies.gateways.registry import gateway
from aftersales.remedies.models import InKindRefund, RefundAttempt, RefundInstruction
from aftersales.remedies.services import run_due
from aftersales.remedies.summary import views_of
from portal import gateway_settings
from portal.accounts.models import User
from portal.outbox.models import Message
from tests.makers import make_order
from tests.remedies.conftest import NOW, grant
from tests.rest.calls import problem

pytestmark = pytest.mark.django_db
D = Decimal
SOON = timezone.now() + timedelta(hours=2)  # the API answers by the real clock


@pytest.fixture
def order(cast):
    """100.00, of it 70.00 by card, 20.00 with a voucher (a money account) and 10.00 in points."""
    User.objects.filter(pk=cast.buyer.pk).update(buyer_ref="B-1")
    paid = [("card", "70.00"), ("voucher", "20.00"), ("points", "10.00")]
    return make_order(["60.00", "40.00"], paid, shop=cast.shop, customer=cast.buyer)


@pytest.fixture(autouse=True)
def books_agree(db):
    yield
    assert [*audit.findings(), *ledger_audit.findings()] == []


@pytest.fixture
def asked(order):
    """Points worth 5.00 wait for the marketplace; the money is paid."""
    grant(order, "50.00")
    run_due(now=NOW)
    return InKindRefund.objects.get()


def answer(api, asked, verb="confirm", *, who="marketplace", key=None, **sent):
    given = {"amount": "5.00", "currency": "CNY"} if verb == "confirm" else {"refusal": "spent"}
    return api(who).post(f"/in-kind-refunds/{asked.key}/{verb}/", given | sent, key=key)


def parts():
    (remedy,) = views_of("CASE")
    return remedy.state, {share.channel: (share.amount, bool(share.paid_at)) for share in remedy.shares}


def test_the_marketplace_is_told_and_the_part_is_pending(order, asked, api):
    assert parts() == ("granted", {"card": (35, True), "voucher": (10, True), "points": (5, False)})
    assert Message.objects.get(topic="in_kind.asked").payload == {"key": asked.key}
    (row,) = api("marketplace").get("/in-kind-refunds/", {"state": "waiting"}).json()["results"]
    assert row == api("marketplace").get(f"/in-kind-refunds/{asked.key}/").json()
    told = (row["kind"], row["order"], row["case"], row["buyer"], row["payment"], row["amount"], row["currency"])
    assert told == ("points", order.number, "CASE", "B-1", f"{order.number}-points", "5.00", "CNY")


def test_confirmed_it_is_paid_once(asked, api):
    first = answer(api, asked, key="k1", reference="PTS-1")
    assert (first.status_code, first.json()["state"]) == (200, "confirmed")
    assert answer(api, asked, reference="PTS-1").json() == first.json()  # a repetition under another key
    assert api("marketplace").get("/in-kind-refunds/", {"state": "waiting"}).json()["results"] == []
    run_due(now=SOON)
    assert parts() == ("succeeded", {"card": (35, True), "voucher": (10, True), "points": (5, True)})
    assert balance(AccountKey(AccountKind.MARKETPLACE, "CNY")) == 5
    assert RefundAttempt.objects.get(gateway="in_kind").reference == "PTS-1"
    problem(answer(api, asked, "refuse"), 409, "no_longer_asked")


@pytest.mark.parametrize("sent", [{"amount": "5.01"}, {"currency": "EUR"}])
def test_another_amount_is_refused(asked, api, sent):
    body = problem(answer(api, asked, **sent), 422, "wrong_amount")
    assert "5.00 CNY were to be given back" in body["errors"]["amount"][0]
    run_due(now=SOON)
    assert parts()[1]["points"] == (5, False)


def test_a_spent_coupon_waits_for_a_person_who_may_pay_it_as_store_balance(cast, asked, api):
    assert answer(api, asked, "refuse", reason="Used for order 77.").json()["refusal"] == "spent"
    assert answer(api, asked, "refuse").status_code == 200
    run_due(now=SOON)
    assert parts()[0] == "failed"
    refund = RefundInstruction.objects.get()
    assert "Spent already. Used for order 77." in RefundAttempt.objects.get(gateway="in_kind").error
    balance_now = AccountKey(AccountKind.BUYER_BALANCE, "CNY", buyer_id=cast.buyer.pk)
    assert balance(balance_now) == 0  # only by a person's decision
    by_hand.try_again(instruction=refund, by=cast.platform, why="Spent.", now=SOON, channel="balance")
    run_due(now=SOON)
    assert parts()[0] == "succeeded"
    assert balance(balance_now) == 5
    problem(answer(api, asked), 409, "no_longer_asked")


def test_silence_ends_in_the_same_queue_and_a_late_confirmation_pays_nothing_twice(cast, asked, api):
    day = timedelta(days=1)
    assert not gateway("in_kind").health(now=NOW)
    assert "has not answered about 1 refund" in gateway("in_kind").health(now=NOW + day)
    run_due(now=NOW + 3 * day - timedelta(seconds=1))
    assert parts()[0] == "granted"
    run_due(now=NOW + 4 * day)
    assert parts()[0] == "failed"
    assert RefundAttempt.objects.get(gateway="in_kind").error == "The marketplace has not answered in time."
    problem(answer(api, asked), 409, "no_longer_asked")
    # Asked again, it is a request of its own.
    by_hand.try_again(instruction=RefundInstruction.objects.get(), by=cast.platform, why="", now=NOW + 4 * day)
    run_due(now=NOW + 4 * day)
    again = InKindRefund.objects.get(state="waiting")
    assert again.key != asked.key
    assert answer(api, again).status_code == 200
    run_due(now=SOON)
    assert parts()[0] == "succeeded"


def test_a_confirmation_counts_although_another_part_waits_for_a_person(order, api, settings):
    settings.GATEWAYS = {"card": "nobody", "points": "in_kind", "*": "simulated"}
    grant(order, "50.00")
    run_due(now=NOW)
    assert parts()[0] == "failed"
    assert answer(api, InKindRefund.objects.get()).status_code == 200
    reconciling.reconcile(now=SOON)
    assert parts() == ("failed", {"card": (35, False), "voucher": (10, True), "points": (5, True)})


def test_who_sees_and_who_answers(asked, api):
    assert api("buyer").get(f"/in-kind-refunds/{asked.key}/").json()["amount"] == "5.00"
    for verb in ("confirm", "refuse"):
        problem(answer(api, asked, verb, who="buyer"), 403, "not_allowed")
        for who in ("outsider", "rival", "owner"):
            problem(answer(api, asked, verb, who=who), 404, "not_found")
    assert api("outsider").get("/in-kind-refunds/").json()["results"] == []
    problem(api("outsider").get(f"/in-kind-refunds/{asked.key}/"), 404, "not_found")
    problem(api("marketplace").get("/in-kind-refunds/", {"state": "odd"}), 400, "bad_parameter")
    asked.refresh_from_db()
    assert asked.state == "waiting"


def test_the_list_asks_the_same_for_any_number_of_rows(order, api, django_assert_max_num_queries):
    marketplace = api("marketplace")
    for n in range(6):
        grant(order, "10.00", key=f"CASE:{n}")
    run_due(now=NOW)
    with django_assert_max_num_queries(4):
        assert len(marketplace.get("/in-kind-refunds/").json()["results"]) == 6


def test_the_table_of_channels(monkeypatch, asked):
    assert gateway_settings.routes(production=True)["points"] == "in_kind"
    monkeypatch.setenv("IN_KIND", "miles=points")
    assert gateway_settings.in_kind() == {"miles": "points"}
    monkeypatch.setenv("GATEWAYS", "miles=balance")
    assert gateway_settings.routes(production=True)["miles"] == "balance"
    monkeypatch.setenv("IN_KIND", "none")
    assert gateway_settings.in_kind() == {}
    for wrong in ("points", "points=gold", "points=points,points=coupon"):
        monkeypatch.setenv("IN_KIND", wrong)
        with pytest.raises(ImproperlyConfigured):
            gateway_settings.in_kind()


def test_a_part_that_is_no_longer_in_kind_waits_for_a_person(order, settings):
    settings.IN_KIND = {}
    grant(order, "50.00")
    run_due(now=NOW)
    assert parts()[0] == "failed"
    assert not InKindRefund.objects.exists()


_cents = st.integers(min_value=1, max_value=9000)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(paid=st.tuples(_cents, _cents, _cents), cuts=st.lists(st.integers(1, 99), min_size=1, max_size=6))
def test_partial_refunds_in_any_order_give_each_payment_its_own_to_the_cent(paid, cuts):
    """SAMR order 31 art. 14-17: card, voucher and points each get back what was paid with them, never more."""
    card, voucher, points = (D(cents) / 100 for cents in paid)
    total = card + voucher + points
    order = make_order([total], [("card", card), ("voucher", voucher), ("points", points)])
    left, asks = total, 0
    for n, cut in enumerate([*cuts, 100]):
        part = left if cut == 100 else (left * cut / 100).quantize(D("0.01"))
        if part:
            refund = grant(order, part, key=f"{order.number}:{n}", case=order.number)
            assert sum(p.amount for p in refund.parts.all()) == part
            asks += refund.parts.filter(payment__channel="points").count()
            left -= part
    run_due(now=NOW)
    for asked in InKindRefund.objects.filter(order=order.number):
        in_kind.confirm(asked=asked, amount=asked.amount, currency="CNY", now=NOW)
    run_due(now=SOON)
    assert InKindRefund.objects.filter(order=order.number, state="confirmed").count() == asks
    back = OrderPayment.objects.filter(order=order).values_list("channel", "refunded_amount")
    assert dict(back) == {"card": card, "voucher": voucher, "points": points}
    assert not RefundInstruction.objects.filter(order=order).exclude(state="succeeded").exists()
