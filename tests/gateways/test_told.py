"""What gateways tell by themselves: confirmed, late, repeated, forged, for something else, come back, outside us."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings as django_settings

from aftersales.ledger import audit as ledger_audit
from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, balance
from aftersales.remedies import audit, execution
from aftersales.remedies.gateways import RefundRequest, simulated
from aftersales.remedies.gateways.hearing import due, handle
from aftersales.remedies.gateways.registry import gateway
from aftersales.remedies.models import (
    GatewayEvent,
    GatewayHealth,
    OutsideRefund,
    RefundAttempt,
    RefundInstruction,
    SimulatedBehaviour,
    SimulatedRefund,
)
from aftersales.remedies.services import AmountExceeds, failed_remedies, reconcile, retry, run_due
from portal.outbox.models import Message
from tests.makers import make_order, make_user
from tests.remedies.conftest import NOW, grant
from tests.rest.calls import problem

LATER = NOW + timedelta(hours=8)


@pytest.fixture(autouse=True)
def books_agree(db):
    yield
    assert audit.findings() == []
    assert ledger_audit.findings() == []


@pytest.fixture
def card():
    """An order of 100, paid by card."""
    order = make_order()
    order.payments.update(ref="card-1")
    return order


@pytest.fixture
def tell(client):
    """Send a webhook of the simulated gateway; return the answer's status."""

    def send(signature=None, gateway_name="simulated", raw=None, **told):
        body = raw if raw is not None else json.dumps({"id": "e1", **told}).encode()
        signature = gateway("simulated").sign(body) if signature is None else signature
        path = f"/webhooks/gateways/{gateway_name}/"
        headers = {"simulated-signature": signature}
        return client.post(path, body, content_type="application/json", headers=headers).status_code

    return send


def deal(now=LATER):
    GatewayEvent.objects.filter(state="received").update(next_at=now)
    assert all(handle(pk, now=now) for pk in due(now=now))


def state(thing):
    thing.refresh_from_db()
    return thing.state


def booked(attempt, **more):
    """What the gateway tells of an attempt."""
    return {
        "key": attempt.key,
        "reference": f"sim-{attempt.pk}",
        "verdict": "succeeded",
        "amount": str(attempt.part.amount),
        "currency": "CNY",
        **more,
    }


@pytest.fixture
def waiting(card):
    """A refund of 50 whose attempt is on its way at the gateway."""
    SimulatedBehaviour.objects.create(target="all", mode="late", seconds=3600)
    refund = grant(card, "50.00")
    execution.execute(refund.pk, now=NOW)
    return refund


def test_a_webhook_settles_what_is_on_its_way_and_once(waiting, tell):
    attempt = RefundAttempt.objects.get()
    told = booked(attempt, reference=attempt.reference)
    assert [tell(**told), tell(**told)] == [200, 200]
    assert tell(**{**told, "id": "e2"}) == 200  # another event, the same news
    assert GatewayEvent.objects.count() == 2
    assert state(waiting) == "granted"  # the answer came before the work
    deal()
    assert state(waiting) == "succeeded"
    assert set(GatewayEvent.objects.values_list("state", flat=True)) == {"done"}
    assert Message.objects.filter(topic="remedy.done").count() == 1
    assert balance(AccountKey(AccountKind.GATEWAY, "CNY")) == 50


def test_what_is_not_signed_leaves_no_trace(waiting, tell):
    told = booked(RefundAttempt.objects.get())
    assert tell(signature="", **told) == 403
    assert tell(signature="00" * 32, **told) == 403
    assert tell(gateway_name="nobody-of-this-name", **told) == 404
    assert tell(gateway_name="balance", **told) == 404  # sends none
    assert tell(raw=b"x" * 300_000) == 413
    assert not GatewayEvent.objects.exists()


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{}", b"\xff", b'{"id": 1, "reference": "r", "verdict": "so"}', b'{"id": "1", "amount": "x"}']
)
def test_signed_nonsense_is_refused(tell, raw):
    assert tell(raw=raw) == 400
    assert not GatewayEvent.objects.exists()


@pytest.mark.parametrize("wrong", [{"amount": "51.00"}, {"currency": "USD"}, {"amount": "-50.00"}])
def test_another_amount_or_currency_waits_for_a_person(waiting, tell, wrong):
    attempt = RefundAttempt.objects.get()
    assert tell(**booked(attempt, **wrong)) == 200
    deal()
    assert (state(waiting), state(attempt)) == ("failed", "unknown")
    assert "we asked for 50.00 CNY" in attempt.error
    assert GatewayEvent.objects.get().state == "odd"
    assert failed_remedies("CASE")
    retry(instruction=waiting, now=LATER)  # a person looked: the gateway itself is asked, and had paid 50
    run_due(now=LATER)
    assert state(waiting) == "succeeded"


@pytest.mark.parametrize("told", [{"payment_ref": "no-such"}, {"payment_ref": ""}, {"payment_ref": "twice"}])
def test_an_unknown_reference_waits_for_a_person(tell, told):
    for order in (make_order(), make_order()):
        order.payments.update(ref="twice")
    assert tell(reference="r1", verdict="succeeded", amount="10.00", currency="CNY", **told) == 200
    deal()
    assert GatewayEvent.objects.get().state == "odd"
    assert "No payment" in OutsideRefund.objects.get().note
    assert not RefundInstruction.objects.exists()


def test_money_that_comes_back_long_after_is_booked_and_paid_another_way(card, tell):
    refund = grant(card, "50.00")
    run_due(now=NOW)
    attempt = RefundAttempt.objects.get()
    back = booked(attempt, verdict="failed", reference=attempt.reference)
    tell(**back)
    deal()
    assert state(refund) == "succeeded"  # the gateway, asked back, knows nothing of it

    SimulatedRefund.objects.update(reversed_at=LATER)
    tell(**{**back, "id": "e2"})
    deal()
    assert (state(refund), state(attempt)) == ("reversed", "reversed")
    assert balance(AccountKey(AccountKind.REFUNDS_CLEARING, "CNY")) == 50
    assert balance(AccountKey(AccountKind.GATEWAY, "CNY")) == 0
    assert failed_remedies("CASE")
    tell(**{**back, "id": "e3"})
    deal()
    assert balance(AccountKey(AccountKind.REFUNDS_CLEARING, "CNY")) == 50  # counted once

    retry(instruction=refund, now=LATER, channel="balance")
    run_due(now=LATER)
    assert state(refund) == "succeeded"
    assert balance(AccountKey(AccountKind.BUYER_BALANCE, "CNY", buyer_id=card.buyer_id)) == 50


def test_another_way_only_once_the_first_ones_outcome_is_known(waiting):
    SimulatedBehaviour.objects.update(mode="not_paid_no_answer", seconds=0)
    SimulatedRefund.objects.all().delete()
    waiting.refresh_from_db()
    while waiting.next_at:
        run_due(now=waiting.next_at)
        waiting.refresh_from_db()
    retry(instruction=waiting, now=LATER + timedelta(days=1), channel="balance")
    SimulatedBehaviour.objects.all().delete()
    run_due(now=LATER + timedelta(days=1))
    assert state(waiting) == "succeeded"
    assert RefundAttempt.objects.get().gateway == "simulated"  # the open one was settled first, where it was begun


def outside_refund(ref="out-1", amount="30.00"):
    """Somebody refunds at the gateway, past us."""
    request = RefundRequest(f"manual-{ref}", "card", "card-1", Decimal(amount), "CNY")
    simulated.enter(request, NOW, NOW)
    reference = SimulatedRefund.objects.get(key=request.key).reference
    return {
        "reference": reference,
        "verdict": "succeeded",
        "amount": amount,
        "currency": "CNY",
        "payment_ref": "card-1",
    }


def test_a_refund_made_at_the_gateway_is_booked_and_matched(card, tell):
    refund = grant(card, "40.00")
    run_due(now=NOW)
    tell(**outside_refund())
    deal()
    row = OutsideRefund.objects.get()
    assert (row.netted, row.booked, row.excess, row.case) == (0, 30, 0, refund.case)
    made = RefundInstruction.objects.exclude(pk=refund.pk).get()
    assert (made.state, made.amount, made.case) == ("succeeded", 30, "CASE")
    with pytest.raises(AmountExceeds) as refused:
        grant(card, "30.01", key="CASE:2")
    assert refused.value.available == 30


def test_it_is_taken_off_what_is_still_to_be_paid(card, tell):
    refund = grant(card, "40.00")
    tell(**outside_refund(amount="30.00"))
    deal()
    run_due(now=LATER)
    assert state(refund) == "succeeded"
    assert sorted(SimulatedRefund.objects.values_list("amount", flat=True)) == [10, 30]
    row = OutsideRefund.objects.get()
    assert (row.netted, row.booked, row.excess) == (30, 0, 0)


def test_what_was_paid_too_much_is_contested_by_a_person(card, tell):
    grant(card, "90.00")
    run_due(now=NOW)
    tell(**outside_refund(amount="30.00"))
    deal()
    row = OutsideRefund.objects.get()
    assert (row.booked, row.excess) == (10, 20)
    assert "20.00 CNY reached the buyer twice" in GatewayEvent.objects.get().note
    assert balance(AccountKey(AccountKind.PLATFORM_FUND, "CNY")) == -20


CHARGEBACK = {"reference": "cb-1", "amount": "40.00", "currency": "CNY", "reason": "fraud"}


@pytest.fixture
def mine(buy):
    return buy("100.00")


def test_a_chargeback_nets_the_refund_so_that_nobody_is_paid_twice(api, mine):
    refund = grant(mine, "40.00", case="D-1")
    sent = {**CHARGEBACK, "order": mine.number}
    answer = api("marketplace").post("/chargebacks/", sent)
    assert answer.status_code == 201, answer.json()
    told = answer.json()
    assert (told["netted"], told["booked"], told["excess"], told["case"]) == ("40.00", "0.00", "0.00", "D-1")
    assert state(refund) == "succeeded"
    run_due(now=LATER)
    assert not SimulatedRefund.objects.exists()
    assert not RefundAttempt.objects.exists()

    again = api("marketplace").post("/chargebacks/", sent)
    assert (again.status_code, again.json()) == (200, told)
    problem(api("marketplace").post("/chargebacks/", {**sent, "amount": "41.00"}), 409, "chargeback_differs")


def test_a_chargeback_first_leaves_that_much_less_to_give_back(api, mine):
    told = api("marketplace").post("/chargebacks/", {**CHARGEBACK, "order": mine.number, "lines": ["1"]}).json()
    assert (told["booked"], told["case"]) == ("40.00", None)
    with pytest.raises(AmountExceeds):
        grant(mine, "60.01")
    run_due(now=LATER)
    assert not SimulatedRefund.objects.exists()


def test_a_chargeback_meets_a_refund_whose_outcome_is_open(api, mine):
    """It counts as paid too much until the attempt turns out to have failed; then it is what pays the refund."""
    SimulatedBehaviour.objects.create(target="all", mode="not_paid_no_answer", times=1)
    refund = grant(mine, "100.00", now=NOW)
    execution.execute(refund.pk, now=NOW)
    told = api("marketplace").post("/chargebacks/", {**CHARGEBACK, "order": mine.number}).json()
    assert (told["netted"], told["excess"]) == ("0.00", "40.00")
    SimulatedBehaviour.objects.update(mode="fail_for_a_while", times=1)
    refund.refresh_from_db()
    run_due(now=refund.next_at)
    refund.refresh_from_db()
    run_due(now=refund.next_at)
    assert state(refund) == "succeeded"
    assert SimulatedRefund.objects.get().amount == 60
    assert OutsideRefund.objects.get().excess == 0
    assert balance(AccountKey(AccountKind.PLATFORM_FUND, "CNY")) == 0


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"order": "none"}, "order"),
        ({"currency": "EUR"}, "currency"),
        ({"amount": "0"}, "amount"),
        ({"amount": "1.005"}, "amount"),
        ({"payment": "wallet"}, "payment"),
        ({"lines": ["9"]}, "lines"),
    ],
)
def test_chargebacks_that_make_no_sense(api, mine, wrong, field):
    answer = api("marketplace").post("/chargebacks/", {**CHARGEBACK, "order": mine.number, **wrong})
    assert list(problem(answer, 422, "chargeback_refused")["errors"]) == [field]
    assert not OutsideRefund.objects.exists()


@pytest.mark.parametrize("who", ["buyer", "owner", "arbitrator"])
def test_chargebacks_are_the_marketplaces(api, mine, who):
    problem(api(who).post("/chargebacks/", {**CHARGEBACK, "order": mine.number}), 403, "not_allowed")


def test_the_reconciler_finds_what_nobody_told(card):
    refund = grant(card, "50.00")
    run_due(now=NOW)
    outside_refund(amount="10.00")
    SimulatedRefund.objects.filter(key=RefundAttempt.objects.get().key).update(reversed_at=NOW)
    assert reconcile(now=NOW) == 2
    assert state(refund) == "reversed"
    # The simulated books name no payment: somebody must say whose it is.
    assert "No payment" in OutsideRefund.objects.get().note
    assert [e.state for e in GatewayEvent.objects.all()] == ["odd"]
    reconcile(now=NOW)
    assert GatewayEvent.objects.count() == 1
    health = GatewayHealth.objects.get(gateway="simulated")
    assert (health.problem, health.checked_at, health.reconciled_until < NOW) == ("", NOW, True)


def test_the_reconciler_asks_after_what_was_given_up(waiting):
    RefundInstruction.objects.update(state="failed", next_at=None)
    RefundAttempt.objects.update(state="unknown")
    assert reconcile(now=NOW) > 0
    assert state(waiting) == "failed"
    reconcile(now=LATER)
    assert state(waiting) == "succeeded"


def test_a_gateway_that_is_not_set_up_is_said_to_be_ill(settings):
    settings.GATEWAYS = {"card": "stripe", "*": "simulated"}
    settings.GATEWAY_OPTIONS = {**django_settings.GATEWAY_OPTIONS, "stripe": {"api_key": None}}
    reconcile(now=NOW)
    assert "not set up" in GatewayHealth.objects.get(gateway="stripe").problem
    assert GatewayHealth.objects.get(gateway="simulated").problem == ""


def test_a_person_matches_what_had_no_payment(card, client):
    outside_refund(amount="10.00")
    reconcile(now=NOW)
    row = OutsideRefund.objects.get()
    assert row.booked == 0
    user = make_user(duty="platform")
    user.is_staff = True
    user.save()
    client.force_login(user)
    page = f"/admin/remedies/outsiderefund/{row.pk}/change/"
    assert client.post(page, {"payment": card.payments.get().pk}).status_code == 302
    row.refresh_from_db()
    assert (row.payment, row.booked, row.note) == (card.payments.get(), 10, "")
    assert client.post(page, {"payment": card.payments.get().pk}).status_code == 403  # once
