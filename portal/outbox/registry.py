"""Who listens to which topic. Rooms subscribe in their `subscribers.py`, found when the site starts."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, overload

Payload = dict[str, Any]
Handler = Callable[[Payload, datetime], None]
BatchHandler = Callable[[list[Payload], datetime], None]


@dataclass(frozen=True, slots=True)
class Subscription:
    """A handler of a topic and how many payloads it takes at a time."""

    name: str
    handle: BatchHandler
    size: int


_subscriptions: defaultdict[str, list[Subscription]] = defaultdict(list)
_slow: set[str] = set()


@overload
def subscribe(topic: str, *, slow: bool = False) -> Callable[[Handler], Handler]: ...
@overload
def subscribe(
    topic: str, *, many: Literal[True], at_most: int = 200, slow: bool = False
) -> Callable[[BatchHandler], BatchHandler]: ...
def subscribe(topic: str, *, many: bool = False, at_most: int = 200, slow: bool = False) -> Callable[[Any], Any]:
    """Call the decorated handler for each message of a topic, or with `many` for lists of up to `at_most` payloads.

    Handlers are idempotent (delivery is at least once) and open their own transactions. A list that fails
    is delivered again payload by payload, so that one bad message never stops the others. `slow` topics talk to
    other machines (mail): they are delivered in small portions, and only while nothing else is due.
    """
    if slow:
        _slow.add(topic)

    def register(handler: Any) -> Any:
        handle = handler if many else _one_by_one(handler)
        name = f"{handler.__module__}.{handler.__qualname__}"
        _subscriptions[topic].append(Subscription(name, handle, at_most if many else 1))
        return handler

    return register


def _one_by_one(handler: Handler) -> BatchHandler:
    def handle(payloads: list[Payload], now: datetime) -> None:
        for payload in payloads:
            handler(payload, now)

    return handle


def subscriptions(topic: str) -> list[Subscription]:
    """List who listens to a topic, in the order of subscription."""
    return _subscriptions.get(topic, [])


def slow_topics() -> frozenset[str]:
    """List the topics that wait for all others."""
    return frozenset(_slow)
