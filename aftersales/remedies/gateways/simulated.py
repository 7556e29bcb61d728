"""A gateway that pays nobody: keeps books of its own and behaves as it is told (`SimulatedBehaviour`)."""

import secrets
import time
from datetime import datetime, timedelta

from django.db.models import F

from aftersales.remedies.gateways import Answer, NoAnswer, RefundRequest, Verdict
from aftersales.remedies.models import SimulatedBehaviour, SimulatedMode, SimulatedRefund

_OBEDIENT = SimulatedBehaviour(target="all", mode=SimulatedMode.SUCCEED)
_SILENT = {SimulatedMode.PAID_NO_ANSWER, SimulatedMode.NOT_PAID_NO_ANSWER}


class Simulated:
    """Called outside any transaction, so that its books survive whatever happens to ours, like a real gateway's."""

    name = "simulated"

    def refund(self, request: RefundRequest, *, now: datetime) -> Answer:
        """Do as told, once per key. Raises NoAnswer where told to keep silent."""
        told = _behaviour(request)
        if told.mode != SimulatedMode.SUCCEED and (known := self.look_up(request.key, now=now)):
            return known
        if told.mode == SimulatedMode.FAIL:
            return Answer(Verdict.FAILED, reason="The account to be refunded is closed.", permanent=True)
        if told.mode == SimulatedMode.FAIL_FOR_A_WHILE:
            return Answer(Verdict.FAILED, reason="The channel is busy; try again later.")
        settles_at = now + timedelta(seconds=told.seconds) if told.mode == SimulatedMode.LATE else now
        if told.mode != SimulatedMode.NOT_PAID_NO_ANSWER:
            _enter(request, settles_at, now)
        if told.mode in _SILENT:
            time.sleep(told.seconds)
            raise NoAnswer("The gateway was told to keep silent.")
        answer = self.look_up(request.key, now=now)
        if answer is None:
            raise NoAnswer("The books were lost.")
        return answer

    def look_up(self, key: str, *, now: datetime) -> Answer | None:
        """Read the books."""
        entry = SimulatedRefund.objects.filter(key=key).first()
        if entry is None:
            return None
        return Answer(Verdict.SUCCEEDED if entry.settles_at <= now else Verdict.PENDING, reference=entry.reference)


def _enter(request: RefundRequest, settles_at: datetime, now: datetime) -> None:
    entry = SimulatedRefund(
        key=request.key,
        reference=f"sim_{secrets.token_hex(8)}",
        amount=request.amount,
        currency=request.currency,
        settles_at=settles_at,
        created_at=now,
    )
    SimulatedRefund.objects.bulk_create([entry], ignore_conflicts=True)  # the same key pays once


def _behaviour(request: RefundRequest) -> SimulatedBehaviour:
    """Find the narrowest order that still holds; one with a number of times is used up by this."""
    targets = [f"payment:{request.payment_ref}", f"channel:{request.channel}", "all"]
    told = {order.target: order for order in SimulatedBehaviour.objects.filter(target__in=targets)}
    for order in (told[target] for target in targets if target in told):
        if order.times is None or _use(order):
            return order
    return _OBEDIENT


def _use(order: SimulatedBehaviour) -> bool:
    return bool(SimulatedBehaviour.objects.filter(pk=order.pk, times__gt=0).update(times=F("times") - 1))
