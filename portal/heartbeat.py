"""Worker and beat say that they are alive: an instant in Redis each few seconds, for /healthz."""

import logging
import threading
import time
from functools import lru_cache
from typing import Any

import redis
from celery.signals import beat_init, worker_ready
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger(__name__)
PARTS = ("worker", "beat")
EVERY = 3  # seconds
STALE = 12  # seconds after which a part counts as dead


@lru_cache(maxsize=1)
def client() -> "redis.Redis":
    """Return a Redis client that never makes a page wait."""
    url = settings.REDIS_URL.replace("redis+socket://", "unix://")
    once = Retry(NoBackoff(), 0)  # the client's own default tries for seconds
    return redis.Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5, retry=once)


def read() -> dict[str, float] | None:
    """Return when each part was last alive (Unix seconds), or None where Redis does not answer."""
    try:
        values = client().mget([f"alive:{part}" for part in PARTS])
    except redis.RedisError:
        return None
    return {part: float(value) for part, value in zip(PARTS, values, strict=True) if value}


def _beat_for(part: str) -> None:
    def run() -> None:
        while True:
            try:
                client().set(f"alive:{part}", time.time(), ex=60)
            except redis.RedisError as problem:
                log.warning("%s cannot say that it is alive: %s", part, problem)
            time.sleep(EVERY)

    threading.Thread(target=run, daemon=True, name=f"heartbeat-{part}").start()


def _worker_is_up(**_: Any) -> None:
    _beat_for("worker")


def _beat_is_up(**_: Any) -> None:
    _beat_for("beat")


worker_ready.connect(_worker_is_up)
beat_init.connect(_beat_is_up)
