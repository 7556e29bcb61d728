"""Stripe over HTTP: the official SDK against localstripe, which does not honour Idempotency-Key."""

import hashlib
import hmac
import json
import time
from decimal import Decimal

import pytest
import stripe
from django.db import transaction

from aftersales.orders.models import OrderPayment
from aftersales.remedies import audit, execution
from aftersales.remedies.gateways import Forged, RefundRequest, Verdict
from aftersales.remedies.gateways.registry import gateway
from aftersales.remedies.gateways.stripe import KEY
from aftersales.remedies.models import RefundAttempt
from aftersales.remedies.services import grant_many, run_due
from tests.gateways.conftest import forward
from tests.makers import make_order
from tests.portal.waiting import until
from tests.remedies.conftest import NOW, grant_of

SECRET = "whsec_for_tests"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def use(settings, localstripe):
    """Serve cards by Stripe at an address: localstripe's own unless another is given."""

    def at(address=localstripe):
        settings.GATEWAYS = {"card": "stripe"}
        settings.GATEWAY_OPTIONS = {"stripe": {"api_key": "sk_test", "webhook_secret": SECRET, "api_base": address}}
        return gateway("stripe")

    return at


@pytest.fixture
def client(localstripe):
    return stripe.StripeClient("sk_test", base_addresses={"api": localstripe})


@pytest.fixture
def pay(client):
    """Pay an order of 100 at Stripe; return it."""

    def make(currency="CNY", amount=10000):
        intent = client.v1.payment_intents.create(
            params={
                "amount": amount,
                "currency": currency.lower(),
                "payment_method": "pm_card_visa",
                "confirm": True,
            }
        )
        assert intent.status == "succeeded"
        order = make_order(currency=currency)
        OrderPayment.objects.filter(order=order).update(ref=intent.id)
        return order

    return make


def refund_of(order, cash, key="CASE:1"):
    with transaction.atomic():
        grant_many([grant_of(order, cash, key=key)], now=NOW)
    return order.refunds.get(key=key)


def at_stripe(client, order):
    found = client.v1.refunds.list(params={"payment_intent": order.payments.get().ref})
    return [(r.amount, r.currency, r.metadata[KEY]) for r in found.data]


def test_a_partial_refund_and_the_rest(use, client, pay):
    use()
    order = pay()
    refund_of(order, "30.00")
    refund_of(order, "70.00", key="CASE:2")
    run_due(now=NOW)
    attempts = RefundAttempt.objects.order_by("id")
    assert {a.state for a in attempts} == {"succeeded"}
    assert all(a.reference.startswith("re_") for a in attempts)
    assert sorted(at_stripe(client, order)) == sorted(
        (amount, "cny", key) for amount, key in zip([3000, 7000], [a.key for a in attempts], strict=True)
    )
    assert audit.findings() == []


def test_a_lost_answer_is_looked_up_before_anything_is_sent_again(use, client, pay, serve, localstripe):
    """The refund is made, its answer never comes: without the look-up this server would pay a second time."""
    lost = []

    def lossy(method, path, headers, body):
        answer = forward(localstripe, method, path, headers, body)
        if method == "POST" and not lost:
            return lost.append(path)  # None: hang up
        return answer

    use(serve(lossy))
    order = pay()
    refund = refund_of(order, "30.00")
    execution.execute(refund.pk, now=NOW)
    assert RefundAttempt.objects.get().state == "unknown"
    assert len(at_stripe(client, order)) == 1
    refund.refresh_from_db()
    run_due(now=refund.next_at)
    refund.refresh_from_db()
    assert (refund.state, lost) == ("succeeded", ["/v1/refunds"])
    assert len(at_stripe(client, order)) == 1


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ((500, {"Content-Type": "application/json"}, b"{}"), "unknown"),
        ((200, {"Content-Type": "application/json"}, b"<html>busy</html>"), "unknown"),
        ((429, {"Content-Type": "application/json"}, b'{"error": {"message": "slow down"}}'), "failed"),
        ((401, {"Content-Type": "application/json"}, b'{"error": {"message": "Invalid API Key"}}'), "failed"),
        (None, "unknown"),
    ],
)
def test_answers_that_settle_nothing_are_tried_again(use, pay, serve, answer, state):
    use(serve(lambda *request: answer))
    refund = refund_of(pay(), "30.00")
    execution.execute(refund.pk, now=NOW)
    refund.refresh_from_db()
    assert (RefundAttempt.objects.get().state, refund.state) == (state, "granted")
    assert RefundAttempt.objects.get().error
    assert refund.next_at > NOW


@pytest.mark.parametrize("wrong", [{"amount": 3001}, {"currency": "usd"}, {"status": "perhaps"}])
def test_an_answer_for_something_else_is_not_believed(use, pay, serve, localstripe, wrong):
    def twisted(method, path, headers, body):
        status, kind, content = forward(localstripe, method, path, headers, body)
        told = json.loads(content)
        for refund in told.get("data", [told]):
            refund.update(wrong)
        return status, kind, json.dumps(told).encode()

    use(serve(twisted))
    refund = refund_of(pay(), "30.00")
    execution.execute(refund.pk, now=NOW)
    attempt = RefundAttempt.objects.get()
    assert attempt.state == "unknown"
    assert "Stripe" in attempt.error


def test_a_refusal_for_good_waits_for_a_person(use):
    use()
    order = make_order()
    OrderPayment.objects.filter(order=order).update(ref="pi_nobody_knows")
    refund = refund_of(order, "30.00")
    run_due(now=NOW)
    refund.refresh_from_db()
    assert refund.state == "failed"
    assert RefundAttempt.objects.get().error


@pytest.mark.parametrize(("currency", "amount", "minor"), [("JPY", "3000", 3000), ("EUR", "30.05", 3005)])
def test_minor_units_follow_the_currency(use, client, pay, currency, amount, minor):
    stripe_gateway = use()
    order = pay(currency, 10000)
    ref = order.payments.get().ref
    asked = RefundRequest("K:1", "card", ref, Decimal(amount), currency)
    answer = stripe_gateway.refund(asked, now=NOW)
    assert answer.verdict == Verdict.SUCCEEDED
    assert stripe_gateway.look_up(asked, now=NOW).reference == answer.reference
    assert [r[0] for r in at_stripe(client, order)] == [minor]
    assert answer.reference in [s.reference for s in stripe_gateway.refunds_since(NOW.fromtimestamp(0), now=NOW)]


def sign(body, at=None, secret=SECRET):
    at = int(at or time.time())
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Stripe-Signature": f"t={at},v1={digest}"}


def refund_event(**more):
    thing = {
        "object": "refund",
        "id": "re_1",
        "amount": 3000,
        "currency": "cny",
        "status": "failed",
        "payment_intent": "pi_1",
        "charge": "ch_1",
        "metadata": {KEY: "CASE:1:1:1"},
        "failure_reason": "expired_or_canceled_card",
        **more,
    }
    body = {"id": "evt_1", "object": "event", "type": "refund.failed", "data": {"object": thing}}
    return json.dumps(body).encode()


def test_a_webhook_is_read(use):
    call = use().listen(sign(refund_event()), refund_event(), now=NOW)
    assert call.event_id == "evt_1"
    assert (call.seen.key, call.seen.verdict, call.seen.amount) == ("CASE:1:1:1", Verdict.FAILED, Decimal(30))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Stripe-Signature": "nonsense"},
        sign(refund_event(), secret="another"),
        sign(refund_event(amount=1)),
        sign(refund_event(), at=time.time() - 3600),
    ],
)
def test_forged_and_old_webhooks_are_refused(use, headers):
    with pytest.raises(Forged):
        use().listen(headers, refund_event(), now=NOW)


def test_localstripes_own_signature_is_believed(use, client, serve, localstripe):
    calls = []
    ours = serve(lambda method, path, headers, body: calls.append((headers, body)) or (200, {}, b""))
    config = json.dumps({"url": ours, "secret": SECRET}).encode()
    assert forward(localstripe, "POST", "/_config/webhooks/t", {"Content-Type": "application/json"}, config)[0] == 200
    client.v1.customers.create(params={"email": "a@example.org"})
    until(lambda: calls)
    call = use().listen(*calls[0], now=NOW)
    assert call.event_id.startswith("evt_")
    assert call.seen is None
