"""Two hundred hands on one case, on real connections: one decision, one refund, one payment at the gateway."""

import json
from collections import Counter
from itertools import cycle, islice

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from aftersales.disputes import audit as disputes_audit
from aftersales.disputes.errors import DisputeMoved
from aftersales.disputes.models import Dispute, Event, Offer
from aftersales.disputes.services import negotiation
from aftersales.ledger import audit as ledger_audit
from aftersales.remedies import audit, execution
from aftersales.remedies.gateways.hearing import due, handle
from aftersales.remedies.gateways.registry import gateway
from aftersales.remedies.models import (
    GatewayEvent,
    RefundAttempt,
    RefundInstruction,
    SimulatedBehaviour,
    SimulatedRefund,
)
from aftersales.remedies.services import run_due
from portal.accounts.models import User
from portal.outbox.models import Message
from tests.disputes.states import reach
from tests.disputes.test_races import at_once
from tests.rest.calls import Caller

pytestmark = pytest.mark.django_db(transaction=True)

HANDS, EACH = 40, 5  # so many connections at once, as the server allows, each pressing so often


def press(*works):
    """Run 200 calls, spread over the works, from 40 connections at the same instant; return their results."""

    def hand(number):
        def run():
            return [attempt(work) for work in islice(cycle(works[number % len(works) :] + works), EACH)]

        return run

    def attempt(work):
        try:
            return work()
        except Exception as problem:
            return problem

    return [result for results in at_once(*[hand(n) for n in range(HANDS)]) for result in results]


@pytest.fixture(autouse=True)
def everything_adds_up(transactional_db):
    yield
    assert audit.findings() == []
    assert ledger_audit.findings() == []
    assert list(disputes_audit.findings()) == []


def test_two_hundred_accepts_and_agreements_decide_once(file_case, cast, now):
    case = reach("awaiting_buyer", file_case, cast, now)
    offer = case.offers.get(by_role="merchant")
    buyer, owner = Caller(cast.buyer), Caller(cast.owner)
    path = f"/disputes/{case.number}"

    def accept():
        return negotiation.accept_offer(
            dispute=Dispute.objects.get(pk=case.pk),
            actor=User.objects.get(pk=cast.buyer.pk),
            now=now,
            offer=Offer.objects.get(pk=offer.pk),
        )

    def over_the_api():
        return Caller.post(buyer, f"{path}/accept-offer/", {"offer": f"offer_{offer.pk}"}).status_code

    def agree():
        return Caller.post(owner, f"{path}/agree/").status_code

    results = press(accept, over_the_api, agree)
    assert len(results) == HANDS * EACH
    won = [r for r in results if isinstance(r, Dispute) or r == 200]
    assert len(won) == 1
    assert all(r == 409 or isinstance(r, DisputeMoved) for r in results if r not in won)
    assert RefundInstruction.objects.count() == 1
    assert Event.objects.filter(action__in=["accept_offer", "agree"]).count() == 1
    run_due(now=timezone.now())
    assert SimulatedRefund.objects.count() == 1


def test_two_hundred_rulings_rule_once(file_case, cast, now):
    case = reach("awaiting_ruling", file_case, cast, now)
    arbitrator = Caller(cast.arbitrator)
    words = {"facts": "The seam is open.", "evidence": "Photograph 1.", "rule": "Quality window.", "language": "en"}

    def rule(amount):
        lines = [{"line": "1", "amount": amount}]
        decision = {"kind": "partial_refund_keep", "amounts": lines, "merchant_fault": 100, **words}
        return lambda: Caller.post(arbitrator, f"/disputes/{case.number}/rule/", decision).status_code

    results = Counter(press(rule("20.00"), rule("10.00")))
    assert results == {200: 1, 409: HANDS * EACH - 1}
    owner = Caller(cast.owner)
    results = Counter(press(lambda: Caller.post(owner, f"/disputes/{case.number}/execute/").status_code))
    assert results == {200: 1, 409: HANDS * EACH - 1}
    run_due(now=timezone.now())
    assert RefundInstruction.objects.count() == SimulatedRefund.objects.count() == 1


def test_two_hundred_workers_webhooks_and_answers_pay_once(file_case, cast, now):
    """The gateway accepts and pays later: workers, sweeps and webhooks all bring the same news at the same time."""
    case = reach("fulfilling", file_case, cast, now)
    refund = RefundInstruction.objects.get(case=case.number)
    SimulatedBehaviour.objects.create(target="all", mode="late", seconds=1)
    execution.execute(refund.pk, now=now)
    attempt = RefundAttempt.objects.get()
    RefundInstruction.objects.update(next_at=now)
    later = timezone.now() + execution.LEASE
    told = {"key": attempt.key, "reference": attempt.reference, "verdict": "succeeded", "amount": "30.00"}

    def webhook(event):
        body = json.dumps({"id": event, "currency": "CNY", **told}).encode()
        headers = {"simulated-signature": gateway("simulated").sign(body)}
        path = "/webhooks/gateways/simulated/"
        return lambda: Client().post(path, body, content_type="application/json", headers=headers).status_code

    def deal():
        return [handle(pk, now=later) for pk in due(now=later)]

    def work():
        return execution.execute(refund.pk, now=later)

    results = press(webhook("e1"), webhook("e2"), work, deal)
    assert not [r for r in results if isinstance(r, Exception)]
    deal()
    refund.refresh_from_db()
    assert refund.state == "succeeded"
    assert GatewayEvent.objects.count() == 2
    assert SimulatedRefund.objects.count() == RefundAttempt.objects.count() == 1
    assert Message.objects.filter(topic="remedy.done").count() == 1
    connection.close()


def test_two_hundred_chargebacks_of_one_reference_count_once(buy, cast):
    order = buy("100.00")
    sent = {"reference": "cb-1", "order": order.number, "amount": "40.00", "currency": "CNY"}
    marketplace = Caller(cast.marketplace)
    results = Counter(press(lambda: Caller.post(marketplace, "/chargebacks/", sent).status_code))
    assert results[201] == 1
    assert results[201] + results[200] == HANDS * EACH
    order.payments.get().refresh_from_db()
    assert order.payments.get().refunded_amount == 40
