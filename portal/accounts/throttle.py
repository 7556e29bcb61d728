"""Slow down guessing: count failures per address and name in the cache. Without Redis nobody is locked out."""

import hashlib
import logging
from dataclasses import dataclass

import redis
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many failures within so many seconds, and then a wait until the window is over."""

    name: str
    count: int
    seconds: int


# One address may be many people behind one router; one name tried from everywhere is one person under attack.
SIGN_IN = (Limit("pair", 10, 900), Limit("address", 100, 900), Limit("name", 50, 900))
PASSWORD_RESET = (Limit("pair", 3, 3600), Limit("address", 30, 3600), Limit("name", 5, 3600))


def is_blocked(request: HttpRequest, purpose: str, name: str, limits: tuple[Limit, ...]) -> bool:
    """Tell whether any of the limits is used up for who asks."""
    keys = _keys(request, purpose, name, limits)
    try:
        counts = cache.get_many(keys)
    except redis.RedisError as failure:
        log.warning("throttle: open, Redis is away: %s", failure)
        return False
    return any(counts.get(key, 0) >= limit.count for key, limit in zip(keys, limits, strict=True))


def count(request: HttpRequest, purpose: str, name: str, limits: tuple[Limit, ...]) -> None:
    """Count one failure against each limit."""
    try:
        for key, limit in zip(_keys(request, purpose, name, limits), limits, strict=True):
            cache.add(key, 0, limit.seconds)
            cache.incr(key)
    except (redis.RedisError, ValueError) as failure:  # ValueError: the counter expired in between
        log.warning("throttle: failure not counted: %s", failure)


def forget(request: HttpRequest, purpose: str, name: str, limits: tuple[Limit, ...]) -> None:
    """Clear the counts of this name from this address: it signed in."""
    keys = _keys(request, purpose, name, limits)
    try:
        cache.delete_many([key for key, limit in zip(keys, limits, strict=True) if limit.name == "pair"])
    except redis.RedisError as failure:
        log.warning("throttle: count not cleared: %s", failure)


def client_address(request: HttpRequest) -> str:
    """Return the caller's address: the one that the outermost proxy of ours saw, never what the caller claims."""
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    if 0 < settings.TRUSTED_PROXIES <= len(hops):
        return hops[-settings.TRUSTED_PROXIES]
    return str(request.META.get("REMOTE_ADDR", ""))


def _keys(request: HttpRequest, purpose: str, name: str, limits: tuple[Limit, ...]) -> list[str]:
    address, name = client_address(request), name.strip().casefold()
    parts = {"pair": f"{address}|{name}", "address": address, "name": name}
    # Hashed: what people type into the name field may be their password.
    return [f"throttle:{purpose}:{x.name}:{hashlib.sha256(parts[x.name].encode()).hexdigest()[:32]}" for x in limits]
