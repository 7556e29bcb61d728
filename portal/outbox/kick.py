"""Wake a worker right after a commit: quick while Redis lives, harmless while it does not.

A flag in Redis says that a drain is on its way, so a flood of requests sends one Celery message, not one each.
Nothing depends on it: the beat's sweep drains every few seconds anyway.
"""

import logging
import time
from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger(__name__)

FLAG = "outbox:kick"
_FLAG_MS = 1000  # a drain message that got lost holds kicks up no longer than this
_TIMEOUT = 0.2  # seconds a page may lose to a Redis that does not answer
_REST = 5.0  # seconds without kicks after a failure
_resting_until = 0.0


@cache
def _client() -> redis.Redis:
    url = settings.REDIS_URL.replace("redis+socket://", "unix://")
    return redis.Redis.from_url(
        url, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT, retry=Retry(NoBackoff(), 0)
    )


def kick() -> None:
    """Ask for a drain unless one is on its way. Never raises, and never waits long."""
    global _resting_until
    if time.monotonic() < _resting_until:
        return
    try:
        if _client().set(FLAG, 1, nx=True, px=_FLAG_MS):
            _send()
    except Exception as failure:  # whatever is wrong with the broker, the caller's work is already committed
        _resting_until = time.monotonic() + _REST
        log.warning("outbox: no kick for %.0f s: %s", _REST, failure)


def _send() -> None:
    from portal.outbox.tasks import drain  # tasks need the services, which need this module

    drain.apply_async(retry=False, expires=30)


def lower_flag() -> None:
    """Let the next commit kick again; a drain does this before it looks, so that nothing slips between."""
    try:
        _client().delete(FLAG)
    except redis.RedisError as failure:
        log.warning("outbox: flag not lowered: %s", failure)
