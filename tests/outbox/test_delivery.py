from datetime import timedelta

import pytest
from django.db import transaction

from portal.outbox import delivery, registry, services
from portal.outbox.models import Message
from tests.outbox.conftest import NOW, listen

pytestmark = pytest.mark.django_db


def test_what_is_published_is_delivered_once_and_in_order(heard):
    services.publish("test.heard", {"n": 1}, now=NOW)
    services.publish_many([("test.heard", {"n": 2}), ("test.heard", {"n": 3})], now=NOW)
    assert services.due(now=NOW) == 3
    assert services.drain(now=NOW) == 3
    assert services.drain(now=NOW) == 0
    assert heard == [1, 2, 3]
    assert services.due(now=NOW) == 0


def test_publishing_costs_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):
        services.publish_many([("test.heard", {"n": n}) for n in range(50)], now=NOW)


def test_nothing_is_left_of_a_transaction_rolled_back(heard):
    def publish_and_fail():
        with transaction.atomic():
            services.publish("test.heard", {"n": 1}, now=NOW)
            raise LookupError

    with pytest.raises(LookupError):
        publish_and_fail()
    services.drain(now=NOW)
    assert heard == []
    assert not Message.objects.exists()


def test_a_message_is_not_delivered_before_it_is_due(heard):
    services.publish("test.heard", {"n": 1}, now=NOW)
    assert services.drain(now=NOW - timedelta(seconds=1)) == 0
    assert heard == []


def test_what_a_handler_publishes_is_delivered_in_the_same_drain(heard, monkeypatch):
    listen("test.first", lambda payload, now: services.publish("test.heard", payload, now=now), monkeypatch)
    services.publish("test.first", {"n": 7}, now=NOW)
    assert services.drain(now=NOW) == 2
    assert heard == [7]


def test_a_batch_handler_gets_lists(monkeypatch, django_assert_num_queries):
    lists = []
    listen("test.many", lambda payloads, now: lists.append(len(payloads)), monkeypatch, many=True, at_most=20)
    services.publish_many([("test.many", {}) for _ in range(50)], now=NOW)
    services.drain(now=NOW)
    assert lists == [20, 20, 10]


def test_one_bad_message_does_not_stop_the_others(monkeypatch):
    handled = []

    def refuse_two(payloads, now):
        if any(p["n"] == 2 for p in payloads):
            raise ValueError("two is bad")
        handled.extend(p["n"] for p in payloads)

    listen("test.many", refuse_two, monkeypatch, many=True)
    services.publish_many([("test.many", {"n": n}) for n in range(1, 5)], now=NOW)
    services.drain(now=NOW)
    assert handled == [1, 3, 4]
    bad = Message.objects.waiting().get()
    assert bad.payload == {"n": 2}
    assert "two is bad" in bad.error
    assert bad.due_at > NOW


def test_ten_failures_set_a_message_aside_until_a_person_retries(heard, monkeypatch):
    def fail(payload, now):
        raise RuntimeError("still broken")

    listen("test.heard", fail, monkeypatch)
    services.publish("test.heard", {"n": 1}, now=NOW)
    now = NOW
    for _ in range(delivery.MAX_ATTEMPTS):
        assert services.drain(now=now) == 1
        assert services.drain(now=now) == 0
        now += timedelta(hours=2)
    message = Message.objects.set_aside().get()
    assert message.attempts == delivery.MAX_ATTEMPTS
    assert services.drain(now=now) == 0

    listen("test.heard", lambda payload, now: heard.append(payload["n"]), monkeypatch)
    assert services.retry(Message.objects.all(), now=now) == 1
    services.drain(now=now)
    assert heard == [1]


def test_the_wait_between_attempts_doubles_up_to_an_hour():
    for attempts in range(1, 12):
        wanted = min(5 * 2 ** (attempts - 1), 3600)
        assert wanted * 0.8 <= delivery.retry_delay(attempts).total_seconds() <= wanted * 1.2


def test_a_killed_workers_messages_come_back_one_by_one_after_the_lease(heard):
    services.publish_many([("test.heard", {"n": n}) for n in range(3)], now=NOW)
    assert len(delivery.claim_new(now=NOW)) == 3  # and then the worker is killed
    assert services.drain(now=NOW + delivery.LEASE - timedelta(seconds=1)) == 0
    later = NOW + delivery.LEASE
    assert len(delivery.claim_retried(now=later)) == 1
    assert services.drain(now=later) == 2
    assert services.drain(now=later + delivery.LEASE) == 1
    assert sorted(heard) == [0, 1, 2]


def test_a_message_that_kills_its_worker_every_time_is_set_aside(heard):
    services.publish("test.heard", {"n": 1}, now=NOW)
    now = NOW
    assert delivery.claim_new(now=now)
    for _ in range(delivery.MAX_ATTEMPTS - 1):
        now += delivery.LEASE
        assert delivery.claim_retried(now=now)
    services.drain(now=now + delivery.LEASE)
    assert heard == []
    assert Message.objects.set_aside().get().error == "The worker died each time."


def test_a_slow_handler_keeps_its_lease(heard, monkeypatch):
    services.publish_many([("test.heard", {"n": n}) for n in range(2)], now=NOW)
    clock = iter([0.0, *range(40, 1000, 40)])
    monkeypatch.setattr(delivery.time, "monotonic", lambda: next(clock))
    batch = delivery.claim_new(now=NOW)
    seen = []
    listen(
        "test.heard", lambda payload, now: seen.append(Message.objects.due(NOW + delivery.LEASE).count()), monkeypatch
    )
    delivery.deliver(batch, now=NOW)
    assert seen == [0, 0]


def test_a_topic_nobody_listens_to_is_done():
    services.publish("test.nobody", {}, now=NOW)
    services.drain(now=NOW)
    assert not Message.objects.waiting().exists()


def test_delivered_messages_are_purged_after_thirty_days(heard):
    services.publish("test.heard", {"n": 1}, now=NOW)
    services.drain(now=NOW)
    services.publish("test.heard", {"n": 2}, now=NOW)
    assert services.purge(now=NOW + timedelta(days=30)) == 0
    assert services.purge(now=NOW + timedelta(days=30, seconds=1)) == 1
    assert Message.objects.get().payload == {"n": 2}


def test_draining_costs_the_same_for_one_and_for_a_hundred(heard, django_assert_num_queries):
    for count in (1, 100):
        services.publish_many([("test.heard", {"n": n}) for n in range(count)], now=NOW)
        # A look; claim: savepoint, select, update, release; done; no retries: savepoint, select, release; a last look.
        with django_assert_num_queries(10):
            services.drain(now=NOW)


def test_an_empty_poll_is_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        services.drain(now=NOW)


def test_slow_topics_wait_for_all_others(heard, monkeypatch):
    monkeypatch.setattr(registry, "_slow", set())
    listen("test.slow", lambda payload, now: heard.append(payload["n"]), monkeypatch, slow=True)
    services.publish_many([("test.slow", {"n": n}) for n in range(25)], now=NOW)
    services.publish("test.heard", {"n": "quick"}, now=NOW)
    assert services.drain(now=NOW) == 26
    assert heard[0] == "quick"
    assert sorted(heard[1:]) == list(range(25))
