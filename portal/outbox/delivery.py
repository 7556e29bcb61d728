"""Claim due messages, hand them to their subscribers, and write down how it went."""

import logging
import random
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby, islice

from django.db import transaction
from django.db.models import F

from portal.outbox.models import Message, MessageQuerySet
from portal.outbox.registry import Subscription, slow_topics, subscriptions

log = logging.getLogger(__name__)

BATCH, SLOW_BATCH = 200, 20
LEASE = timedelta(seconds=60)  # a claimed message comes back after this, should its worker be killed
MAX_ATTEMPTS = 10
_FIRST_RETRY, _LONGEST_RETRY = 5.0, 3600.0  # seconds


def claim_new(*, now: datetime, slow: bool = False) -> list[Message]:
    """Take a batch of due messages that nobody tried yet."""
    return _claim(_lane(now, slow).filter(attempts=0), SLOW_BATCH if slow else BATCH, now)


def claim_retried(*, now: datetime, slow: bool = False) -> list[Message]:
    """Take one due message that was tried before: alone, so that if it kills its worker it takes none with it."""
    return _claim(_lane(now, slow).filter(attempts__gt=0), 1, now)


def _lane(now: datetime, slow: bool) -> MessageQuerySet:
    due = Message.objects.due(now)
    return due.filter(topic__in=slow_topics()) if slow else due.exclude(topic__in=slow_topics())


@transaction.atomic
def _claim(due: MessageQuerySet, limit: int, now: datetime) -> list[Message]:
    """Push the due instant forward; other workers skip these rows until that lease runs out."""
    messages = list(due.select_for_update(skip_locked=True)[:limit])
    Message.objects.filter(pk__in=[m.pk for m in messages]).update(due_at=now + LEASE, attempts=F("attempts") + 1)
    for message in messages:
        message.attempts += 1
    return messages


def deliver(messages: Sequence[Message], *, now: datetime) -> None:
    """Run the handlers of claimed messages and mark each done, to be retried, or set aside."""
    if not messages:
        return
    lease = _Lease(messages, now)
    errors = {m.pk: "The worker died each time." for m in messages if m.attempts > MAX_ATTEMPTS}
    for topic, group in groupby(sorted(messages, key=lambda m: (m.topic, m.pk)), key=lambda m: m.topic):
        batch = [m for m in group if m.pk not in errors]
        for subscription in subscriptions(topic):
            for chunk in _chunks(batch, subscription.size):
                errors |= _hand_over(subscription, chunk, lease)
    Message.objects.filter(pk__in=[m.pk for m in messages if m.pk not in errors]).update(done_at=now, error="")
    for message in messages:
        if message.pk in errors:
            _put_off(message, errors[message.pk], now)


class _Lease:
    """Keeps claimed messages claimed while a slow handler works on them."""

    def __init__(self, messages: Sequence[Message], now: datetime) -> None:
        self.ids = [m.pk for m in messages]
        self.now = now
        self.started = self.renewed = time.monotonic()

    def keep(self) -> None:
        """Renew once half of the lease is used up."""
        if time.monotonic() - self.renewed < LEASE.total_seconds() / 2:
            return
        self.renewed = time.monotonic()
        until = self.now + timedelta(seconds=self.renewed - self.started) + LEASE
        Message.objects.filter(pk__in=self.ids).update(due_at=until)


def _chunks(messages: list[Message], size: int) -> Iterator[list[Message]]:
    rest = iter(messages)
    while chunk := list(islice(rest, size)):
        yield chunk


def _hand_over(subscription: Subscription, messages: list[Message], lease: _Lease) -> dict[int, str]:
    """Run one handler; a failed list is tried again one by one. Returns the errors by message."""
    lease.keep()
    try:
        subscription.handle([m.payload for m in messages], lease.now)
    except Exception as failure:  # any failure of a handler is that message's, never the drain's
        if len(messages) > 1:
            singles = [_hand_over(subscription, [m], lease) for m in messages]
            return {pk: error for errors in singles for pk, error in errors.items()}
        log.warning("outbox: %s failed on %s", subscription.name, messages[0], exc_info=True)
        return {messages[0].pk: f"{subscription.name}: {failure!r}"[:2000]}
    return {}


def _put_off(message: Message, error: str, now: datetime) -> None:
    """Write the error down; retry later, or leave it to a person after the last attempt."""
    if message.attempts >= MAX_ATTEMPTS:
        Message.objects.filter(pk=message.pk).update(set_aside_at=now, error=error)
        return
    Message.objects.filter(pk=message.pk).update(due_at=now + retry_delay(message.attempts), error=error)


def retry_delay(attempts: int) -> timedelta:
    """Return the wait after the given number of attempts: doubling from 5 s to an hour, 20 % either way."""
    seconds = min(_FIRST_RETRY * 2 ** (attempts - 1), _LONGEST_RETRY)
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311 - spreads load, guards nothing
