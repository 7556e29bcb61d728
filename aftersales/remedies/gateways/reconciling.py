"""Comparing with the gateways: attempts whose outcome is open, refunds of a period, and how each gateway is."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice

from django.db.models import F, Q

from aftersales.remedies.gateways import Call, Lists, NoAnswer, Seen, hearing, outside
from aftersales.remedies.gateways.models import GatewayHealth
from aftersales.remedies.gateways.registry import gateway, in_service
from aftersales.remedies.gateways.taking import request_of, take
from aftersales.remedies.models import AttemptState, InstructionState, RefundAttempt
from aftersales.remedies.outcomes import Outcome

log = logging.getLogger(__name__)

_OVERLAP = timedelta(hours=1)  # clocks differ, and lists fill late
_FIRST_PERIOD = timedelta(days=7)
_SETTLED_FOR = timedelta(minutes=10)  # what is younger may still be on its way here
_AT_ONCE = 500


def reconcile(*, now: datetime) -> int:
    """Compare everything once; return how many differences were found. Not in a transaction. Safe to run twice."""
    found = _ask_after_open(now)
    for name in in_service():
        health, _made = GatewayHealth.objects.get_or_create(gateway=name)
        try:
            health.problem = gateway(name).health(now=now)
            found += _compare(name, health, now)
        except NoAnswer as silence:
            health.problem = str(silence)
        health.checked_at = now
        health.save()
    return found


def _ask_after_open(now: datetime) -> int:
    """Look up attempts whose outcome is open though their refund was given up; the executor asks after the others."""
    given_up = RefundAttempt.objects.filter(
        state__in=[AttemptState.PENDING, AttemptState.UNKNOWN],
        part__instruction__state__in=[InstructionState.FAILED, InstructionState.REVERSED],
    ).select_related("part__instruction", "part__payment")
    found = 0
    for attempt in given_up.order_by("id")[:_AT_ONCE]:
        try:
            answer = gateway(attempt.gateway).look_up(request_of(attempt), now=now)
        except NoAnswer as silence:
            log.info("attempt %s: %s", attempt.key, silence)
            continue
        if answer:
            outcome = Outcome(attempt.pk, attempt.sent_at, answer, answer.reason)
            outside.record(attempt.part.instruction_id, [outcome], now=now)
            found += 1
    return found


def _compare(name: str, health: GatewayHealth, now: datetime) -> int:
    served_by = gateway(name)
    if not isinstance(served_by, Lists):
        return 0
    since = health.reconciled_until - _OVERLAP if health.reconciled_until else now - _FIRST_PERIOD
    odd, listed = 0, served_by.refunds_since(since, now=now)
    while portion := list(islice(listed, _AT_ONCE)):
        known = _known(name, portion)
        odd += sum(_keep_odd(name, seen, now) for seen in portion if _figures(seen) not in known)
    health.reconciled_until = now - _SETTLED_FOR
    return odd


def _known(name: str, portion: Sequence[Seen]) -> set[tuple[object, ...]]:
    """What our attempts say of these refunds, under their key and under their reference; one statement."""
    ours = RefundAttempt.objects.filter(gateway=name).filter(
        Q(key__in=[seen.key for seen in portion]) | Q(reference__in=[seen.reference for seen in portion])
    )
    figures = ours.values_list("key", "reference", "state", F("part__amount") - F("part__netted"))
    return {(by, state, amount) for key, ref, state, amount in figures for by in (key, ref)}


def _figures(seen: Seen) -> tuple[object, ...]:
    return (seen.key or seen.reference, seen.verdict.value, seen.amount)


def _keep_odd(name: str, seen: Seen, now: datetime) -> int:
    """Take a difference in; what a person must look at becomes an event of its own."""
    note = take(name, seen, now=now)
    if note:
        event = hearing.keep(name=name, call=Call(f"list:{seen.reference}:{seen.verdict.value}", seen), now=now)
        hearing.handle(event.pk, now=now)
    return 1
