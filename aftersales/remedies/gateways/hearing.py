"""Hearing what gateways tell by themselves: a row first, answered at once; workers deal with it, the sweep finishes.

A webhook is believed only as far as its signature; what would change a settled refund is asked back at the gateway.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from aftersales.remedies.gateways import Call, Listens, NoAnswer, Seen
from aftersales.remedies.gateways.models import EventState, GatewayEvent
from aftersales.remedies.gateways.registry import gateway, in_service
from aftersales.remedies.gateways.taking import take
from portal.outbox.services import publish

log = logging.getLogger(__name__)

MAX_TRIES = 10
_LEASE = timedelta(seconds=90)
_LONGEST_WAIT = timedelta(hours=1)
_AT_ONCE = 500


class NotListening(Exception):
    """No gateway of that name is in service, or it sends no webhooks."""


def hear(*, name: str, headers: Mapping[str, str], body: bytes, now: datetime) -> GatewayEvent:
    """Verify a webhook and keep it; told again, the first row comes back. Asks no gateway.

    Raises NotListening, Forged, ValueError for one that is signed but cannot be read.
    """
    if name not in in_service():
        raise NotListening(name)
    try:
        served_by = gateway(name)
    except NoAnswer as absent:
        raise NotListening(str(absent)) from absent
    if not isinstance(served_by, Listens):
        raise NotListening(name)
    return keep(name=name, call=_read(served_by, headers, body, now), now=now)


def _read(served_by: Listens, headers: Mapping[str, str], body: bytes, now: datetime) -> Call:
    try:
        return served_by.listen(headers, body, now=now)
    except (KeyError, TypeError, AttributeError, ArithmeticError) as unreadable:  # signed, but not as documented
        raise ValueError(f"{type(unreadable).__name__}: {unreadable}") from unreadable


@transaction.atomic
def keep(*, name: str, call: Call, now: datetime) -> GatewayEvent:
    """Keep an event once; a worker is told of a new one."""
    about_refunds = call.seen is not None
    event, is_new = GatewayEvent.objects.get_or_create(
        gateway=name,
        event_id=call.event_id[:160],
        defaults={
            "seen": call.seen.dump() if call.seen else None,
            "state": EventState.RECEIVED if about_refunds else EventState.DONE,
            "received_at": now,
            "handled_at": None if about_refunds else now,
            "next_at": now if about_refunds else None,
        },
    )
    if is_new and about_refunds:
        publish("gateway.told", {"event": event.pk}, now=now)
    return event


def handle(event_id: int, *, now: datetime) -> bool:
    """Deal with one event, unless somebody does; tell whether it was there to be dealt with. Not in a transaction."""
    due = GatewayEvent.objects.filter(pk=event_id, state=EventState.RECEIVED, next_at__lte=now)
    if not due.update(next_at=now + _LEASE):
        return False
    event = GatewayEvent.objects.get(pk=event_id)
    try:
        note = take(event.gateway, Seen.parse(event.seen or {}), now=now)
    except Exception as fault:  # the gateway is silent, or a fault of ours: never lose what was told
        log.warning("gateway event %s", event, exc_info=True)
        _later(event, repr(fault), now)
        return True
    state = EventState.ODD if note else EventState.DONE
    still = GatewayEvent.objects.filter(pk=event.pk, state=EventState.RECEIVED)
    still.update(state=state, note=note, handled_at=now, next_at=None)
    return True


def due(*, now: datetime, at_most: int = _AT_ONCE) -> list[int]:
    """List events that wait to be dealt with, longest waiting first."""
    waiting = GatewayEvent.objects.filter(state=EventState.RECEIVED, next_at__lte=now)
    return list(waiting.order_by("next_at", "id").values_list("pk", flat=True)[:at_most])


def _later(event: GatewayEvent, note: str, now: datetime) -> None:
    """Try again twice as late each time; a person's queue in the end."""
    event.tries += 1
    event.note = note[:2000]
    if event.tries >= MAX_TRIES:
        event.state, event.handled_at, event.next_at = EventState.ODD, now, None
    else:
        event.next_at = now + min(timedelta(seconds=10) * 2**event.tries, _LONGEST_WAIT)
    event.save(update_fields=["tries", "note", "state", "handled_at", "next_at"])
