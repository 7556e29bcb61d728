"""Write down what must happen after the commit, and make it happen: at least once, in the order of writing."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from portal.outbox import delivery
from portal.outbox.kick import kick
from portal.outbox.models import Message, MessageQuerySet
from portal.outbox.registry import Payload, subscribe
from portal.rows import Statements

__all__ = ["Payload", "drain", "due", "next_due", "publish", "publish_many", "purge", "retry", "subscribe"]

KEPT_FOR = timedelta(days=30)
_PURGED_AT_ONCE = 10_000


def publish(topic: str, payload: Payload, *, now: datetime) -> None:
    """Write one message in the caller's transaction; a worker delivers it after the commit."""
    publish_many([(topic, payload)], now=now)


def publish_many(messages: Iterable[tuple[str, Payload]], *, now: datetime, along: Statements | None = None) -> None:
    """Write messages in the caller's transaction with one statement; workers deliver them after the commit.

    `along`: statements that the caller sends later in the same transaction; the messages then go with them.
    """
    rows = [Message(topic=topic, payload=payload, created_at=now, due_at=now) for topic, payload in messages]
    if rows:
        statements = along or Statements()
        statements.insert(rows)
        if along is None:
            statements.send()
        transaction.on_commit(kick, robust=True)


def due(*, now: datetime) -> int:
    """Count the messages that wait to be delivered now."""
    return Message.objects.due(now).count()


def next_due(*, after: datetime) -> datetime | None:
    """Return when the next message is to be tried (again)."""
    waiting = Message.objects.waiting().filter(due_at__gt=after)
    return waiting.order_by("due_at").values_list("due_at", flat=True).first()


def drain(*, now: datetime) -> int:
    """Deliver everything that is due, also what the handlers publish meanwhile; return how many were handled."""
    handled = 0
    # One look first: most polls find nothing, and a claim is several statements.
    while Message.objects.due(now).exists() and (count := _round(now)):
        handled += count
    return handled


def _round(now: datetime) -> int:
    """Deliver one batch; slow topics only once nothing else is due."""
    return _lane(now, slow=False) or _lane(now, slow=True)


def _lane(now: datetime, *, slow: bool) -> int:
    new = delivery.claim_new(now=now, slow=slow)
    delivery.deliver(new, now=now)
    retried = delivery.claim_retried(now=now, slow=slow)
    delivery.deliver(retried, now=now)
    return len(new) + len(retried)


def retry(messages: MessageQuerySet, *, now: datetime) -> int:
    """Give messages that were set aside, or wait for a later try, their attempts back; return how many."""
    waiting = messages.filter(done_at__isnull=True)
    changed = waiting.update(set_aside_at=None, attempts=0, due_at=now)
    transaction.on_commit(kick, robust=True)
    return changed


def purge(*, now: datetime) -> int:
    """Delete messages delivered more than 30 days ago, in portions that lock nothing long; return how many."""
    old = Message.objects.filter(done_at__lt=now - KEPT_FOR).order_by("id")
    purged = 0
    while ids := list(old.values_list("pk", flat=True)[:_PURGED_AT_ONCE]):
        purged += Message.objects.filter(pk__in=ids).delete()[0]
    return purged
