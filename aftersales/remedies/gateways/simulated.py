"""A gateway that pays nobody: keeps books of its own and behaves as it is told (`SimulatedBehaviour`)."""

import hmac
import json
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from secrets import token_hex

from django.db import connection
from django.db.models import F

from aftersales.remedies.gateways import Answer, Call, Forged, NoAnswer, RefundRequest, Seen, Verdict
from aftersales.remedies.models import SimulatedBehaviour, SimulatedMode, SimulatedRefund

_OBEDIENT = SimulatedBehaviour(target="all", mode=SimulatedMode.SUCCEED)
_SILENT = {SimulatedMode.PAID_NO_ANSWER, SimulatedMode.NOT_PAID_NO_ANSWER}


class Simulated:
    """Called outside any transaction, so that its books survive whatever happens to ours, like a real gateway's."""

    name = "simulated"

    def __init__(self, *, webhook_secret: str) -> None:
        self._secret = webhook_secret

    def refund(self, request: RefundRequest, *, now: datetime) -> Answer:
        """Do as told, once per key. Raises NoAnswer where told to keep silent."""
        told = _behaviour(request)
        if told.mode != SimulatedMode.SUCCEED and (known := self.look_up(request, now=now)):
            return known
        if told.mode == SimulatedMode.FAIL:
            return Answer(Verdict.FAILED, reason="The account to be refunded is closed.", permanent=True)
        if told.mode == SimulatedMode.FAIL_FOR_A_WHILE:
            return Answer(Verdict.FAILED, reason="The channel is busy; try again later.")
        settles_at = now + timedelta(seconds=told.seconds) if told.mode == SimulatedMode.LATE else now
        answer = None
        if told.mode != SimulatedMode.NOT_PAID_NO_ANSWER:
            answer = enter(request, settles_at, now) or self.look_up(request, now=now)
        if told.mode in _SILENT:
            time.sleep(told.seconds)
        if told.mode in _SILENT or answer is None:
            raise NoAnswer("The gateway was told to keep silent.")
        return answer

    def look_up(self, request: RefundRequest, *, now: datetime) -> Answer | None:
        """Read the books."""
        entry = SimulatedRefund.objects.filter(key=request.key).first()
        if entry is None:
            return None
        return _state(entry, now)

    def refunds_since(self, since: datetime, *, now: datetime) -> Iterator[Seen]:
        """Read the books, oldest first."""
        for entry in SimulatedRefund.objects.filter(created_at__gte=since).order_by("id").iterator():
            verdict = _state(entry, now).verdict
            yield Seen(entry.reference, verdict, key=entry.key, amount=entry.amount, currency=entry.currency)

    def listen(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Call:
        """Read a webhook signed with our secret; its fields are those of `Seen`, and `id`. Raises Forged."""
        if not hmac.compare_digest(headers.get("Simulated-Signature", ""), self.sign(body)):
            raise Forged("The signature does not fit.")
        told = json.loads(body)
        amount = None if told.get("amount") is None else Decimal(told["amount"])
        known = {
            name: told[name] for name in ("key", "payment_ref", "currency", "reason", "chargeback") if name in told
        }
        return Call(str(told["id"]), Seen(told["reference"], Verdict(told["verdict"]), amount=amount, **known))

    def sign(self, body: bytes) -> str:
        """Sign a webhook as this gateway does."""
        return hmac.digest(self._secret.encode(), body, "sha256").hex()

    def health(self, *, now: datetime) -> str:
        """Never ill."""
        return ""


def _state(entry: SimulatedRefund, now: datetime) -> Answer:
    if entry.reversed_at and entry.reversed_at <= now:
        return Answer(Verdict.FAILED, entry.reference, reason="The account was closed; the money came back.")
    return _answer(entry.reference, entry.settles_at, now)


def _answer(reference: str, settles_at: datetime, now: datetime) -> Answer:
    return Answer(Verdict.SUCCEEDED if settles_at <= now else Verdict.PENDING, reference=reference)


def enter(request: RefundRequest, settles_at: datetime, now: datetime) -> Answer | None:
    """Book a refund; None for a key that is booked already, for which nothing more is paid."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO remedies_simulatedrefund (key, reference, amount, currency, settles_at, created_at)
            VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (key) DO NOTHING RETURNING reference
            """,
            [request.key, f"sim_{token_hex(8)}", request.amount, request.currency, settles_at, now],
        )
        row = cursor.fetchone()
    return _answer(row[0], settles_at, now) if row else None


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
