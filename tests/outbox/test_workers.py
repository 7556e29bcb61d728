"""Two workers at once, and Redis away: real connections, real servers."""

import threading
import time

import pytest
from django.db import connection, transaction

from portal.celery import app
from portal.outbox import delivery, services
from portal.outbox.models import Message
from tests.outbox.conftest import NOW, listen

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_workers_at_once_deliver_each_message_once(monkeypatch):
    handled, both_hold_a_batch = [], threading.Barrier(2, timeout=10)
    waited = threading.local()

    def handle(payloads, now):
        if not hasattr(waited, "once"):
            waited.once = both_hold_a_batch.wait()
        handled.extend(p["n"] for p in payloads)

    def work():
        try:
            services.drain(now=NOW)
        finally:
            connection.close()

    listen("test.many", handle, monkeypatch, many=True)
    services.publish_many([("test.many", {"n": n}) for n in range(2 * delivery.BATCH)], now=NOW)
    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)
    assert sorted(handled) == list(range(2 * delivery.BATCH))
    assert not Message.objects.waiting().exists()


def test_a_flood_of_commits_sends_one_celery_message(fresh_kick, monkeypatch):
    sent = []
    monkeypatch.setattr(fresh_kick, "_send", lambda: sent.append(1))
    for n in range(5):
        services.publish("test.heard", {"n": n}, now=NOW)
    assert sent == [1]
    fresh_kick.lower_flag()
    services.publish("test.heard", {"n": 6}, now=NOW)
    assert sent == [1, 1]


def test_a_kick_reaches_the_broker(fresh_kick, settings):
    queue = settings.CELERY_TASK_DEFAULT_QUEUE
    with app.connection_for_read() as broker:
        broker.default_channel.queue_purge(queue)
        services.publish("test.heard", {"n": 1}, now=NOW)
        message = broker.SimpleQueue(queue).get(timeout=5)
        assert message.headers["task"] == "portal.outbox.tasks.drain"
        message.ack()


def test_nothing_is_kicked_before_the_commit_or_after_a_rollback(fresh_kick, monkeypatch):
    sent = []
    monkeypatch.setattr(fresh_kick, "_send", lambda: sent.append(1))
    with transaction.atomic():
        services.publish("test.heard", {"n": 1}, now=NOW)
        assert sent == []
        transaction.set_rollback(True)
    assert sent == []


@pytest.mark.parametrize("address", ["redis://127.0.0.1:1/0", "redis://192.0.2.1:6379/0", "unix:///nowhere/redis.sock"])
def test_publishing_stays_quick_without_redis(fresh_kick, settings, address):
    settings.REDIS_URL = address
    fresh_kick._client.cache_clear()
    started = time.monotonic()
    for n in range(20):
        services.publish("test.heard", {"n": n}, now=NOW)
    assert Message.objects.count() == 20
    # One refused or unanswered attempt of 0.2 s, then rest; generous, since the machine may be busy.
    assert time.monotonic() - started < 2


def test_kicks_resume_once_redis_is_back(fresh_kick, settings, monkeypatch):
    sent, real = [], settings.REDIS_URL
    monkeypatch.setattr(fresh_kick, "_send", lambda: sent.append(1))
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    fresh_kick._client.cache_clear()
    services.publish("test.heard", {"n": 1}, now=NOW)
    settings.REDIS_URL = real
    fresh_kick._client.cache_clear()
    services.publish("test.heard", {"n": 2}, now=NOW)
    assert sent == []  # still resting
    monkeypatch.setattr(fresh_kick, "_resting_until", time.monotonic())
    services.publish("test.heard", {"n": 3}, now=NOW)
    assert sent == [1]
