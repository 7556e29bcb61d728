"""The same key and body get the first answer again; nothing is done twice, nothing half."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from aftersales.disputes.models import Dispute, Message
from aftersales.remedies.models import RefundInstruction
from portal.rest.idempotency import _CLAIM
from portal.rest.models import IdempotentRequest
from portal.rest.tasks import purge
from tests.plans.makers import make_plan
from tests.rest.calls import opening, problem


def at_once(calls):
    """Run calls on connections of their own, all at the same moment; return what they return."""
    ready, answers = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place, call):
        try:
            ready.wait()
            answers[place] = call()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_the_same_key_and_body_get_the_first_answer(api, buy):
    buyer, sent = api("buyer"), opening(buy())
    first = buyer.post("/disputes/", sent, key="once")
    again = buyer.post("/disputes/", dict(reversed(sent.items())), key="once")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert (again["ETag"], again["Location"]) == (first["ETag"], first["Location"])
    assert Dispute.objects.count() == 1


def test_another_body_under_a_used_key_is_refused(api, buy):
    buyer, order = api("buyer"), buy()
    buyer.post("/disputes/", opening(order), key="once")
    problem(buyer.post("/disputes/", opening(order, statement="Other"), key="once"), 422, "idempotency_key_reused")
    problem(buyer.post("/disputes/X/withdraw/", opening(order), key="once"), 422, "idempotency_key_reused")
    assert Dispute.objects.count() == 1


def test_keys_belong_to_their_user(api, buy):
    api("buyer").post("/disputes/", opening(buy()), key="once")
    problem(api("outsider").post("/disputes/", opening(buy()), key="once"), 404, "unknown_order")


@pytest.mark.parametrize(("key", "code"), [("", "required"), ("x" * 201, "invalid"), ("a b", "invalid")])
def test_a_key_is_asked_for(api, buy, key, code):
    answer = api("buyer").post("/disputes/", opening(buy()), **{"idempotency-key": key})
    problem(answer, 400, f"idempotency_key_{code}")
    assert not Dispute.objects.exists()


def test_a_broken_rule_is_an_answer_and_given_again(api, buy):
    buyer, sent = api("buyer"), opening(buy(), wants={"remedy": "partial_refund_keep", "amount": "1000.00"})
    first = buyer.post("/disputes/", sent, key="once")
    again = buyer.post("/disputes/", sent, key="once")
    assert first.status_code == 422
    assert (again.content, again["Content-Type"]) == (first.content, "application/problem+json")
    assert again["Idempotent-Replayed"] == "true"


def test_what_was_not_carried_out_leaves_the_key_unused(api, buy):
    buyer, sent = api("buyer"), opening(buy())
    assert buyer.post("/disputes/", {**sent, "type": "nonsense"}, key="once").status_code == 422
    assert buyer.post("/disputes/", sent, key="once").status_code == 201


def test_a_fault_leaves_neither_effect_nor_key(api, buy, monkeypatch):
    """As a crash does: the effect, the key and the answer are one transaction."""
    buyer, sent = api("buyer"), opening(buy())
    buyer.client.raise_request_exception = False
    with monkeypatch.context() as patch:
        patch.setattr("aftersales.disputes.api.views.body.new_body", lambda *_a, **_k: 1 / 0)
        problem(buyer.post("/disputes/", sent, key="once"), 500, "fault")
    assert not Dispute.objects.exists()
    assert not IdempotentRequest.objects.exists()
    assert buyer.post("/disputes/", sent, key="once").status_code == 201


@pytest.mark.django_db(transaction=True)
def test_while_the_first_one_runs_the_second_is_told_so_at_once(api, buy, cast):
    """The running request is a transaction on another connection that holds the key and has not ended."""
    buyer, sent = api("buyer"), opening(buy())
    running, done = threading.Event(), threading.Event()

    def run():
        values = {"user": cast.buyer.pk, "key": "once", "fingerprint": "", "now": timezone.now()}
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(_CLAIM, {**values, "lock": f"idempotency:{cast.buyer.pk}:once"})
            running.set()
            done.wait(30)
            cursor.execute("ROLLBACK")
        connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    running.wait(30)
    answer = buyer.post("/disputes/", sent, key="once")
    done.set()
    thread.join()
    problem(answer, 409, "idempotency_in_progress")
    assert answer["Retry-After"] == "1"
    assert buyer.post("/disputes/", sent, key="once").status_code == 201  # the first one was undone: this one runs


@pytest.mark.django_db(transaction=True)
def test_of_many_with_one_key_one_is_carried_out(api, buy):
    buyer, sent = api("buyer"), opening(buy())
    answers = at_once([lambda: buyer.post("/disputes/", sent, key="once")] * 8)
    assert {a.status_code for a in answers} <= {201, 409}
    assert len({a.content for a in answers if a.status_code == 201}) == 1
    assert Dispute.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_who_accept_with_different_keys_one_is_paid(api, buy, cast):
    make_plan(cast.shop)
    buyer = api("buyer")
    case = buyer.post("/disputes/", opening(buy())).json()
    accept, offer = f"/disputes/{case['number']}/accept-offer/", {"offer": case["offers"][0]["id"]}
    answers = at_once([lambda: buyer.post(accept, offer)] * 8)
    codes = sorted(a.status_code for a in answers)
    assert codes == [200] + [409] * 7, [a.content for a in answers]
    assert RefundInstruction.objects.count() == 1
    late = next(a for a in answers if a.status_code == 409)
    assert problem(late, 409, "dispute_moved")["current"]["status"] == "fulfilling"


def test_messages_are_sent_once(api, buy):
    buyer = api("buyer")
    number = buyer.post("/disputes/", opening(buy())).json()["number"]
    for _time in range(2):
        assert buyer.post(f"/disputes/{number}/messages/", {"body": "Hello?"}, key="hello").status_code == 201
    assert Message.objects.count() == 1


def test_old_answers_are_forgotten(cast, db):
    now = timezone.now()
    for name, age in [("old", 31), ("young", 29)]:
        IdempotentRequest.objects.create(
            user=cast.buyer, key=name, fingerprint="", created_at=now - timedelta(days=age), status=200
        )
    purge()
    assert [row.key for row in IdempotentRequest.objects.all()] == ["young"]
