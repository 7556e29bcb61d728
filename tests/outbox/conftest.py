from datetime import UTC, datetime

import pytest

from portal.outbox import kick, registry

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def heard(monkeypatch):
    """A topic `test.heard` whose payloads are collected in a list."""
    payloads = []
    listen("test.heard", lambda payload, now: payloads.append(payload["n"]), monkeypatch)
    return payloads


def listen(topic, handler, monkeypatch, **options):
    """Subscribe a handler for one test only."""
    monkeypatch.setitem(registry._subscriptions, topic, [])
    registry.subscribe(topic, **options)(handler)


@pytest.fixture
def fresh_kick(monkeypatch):
    """No kick was sent, and none failed, before the test."""
    monkeypatch.setattr(kick, "_resting_until", 0.0)
    kick._client.cache_clear()
    kick.lower_flag()
    yield kick
    kick._client.cache_clear()
