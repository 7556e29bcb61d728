"""What a gateway tells of a refund, held against what we know: confirmed, late, come back, made elsewhere, or odd."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, Posting, post_many
from aftersales.remedies import outcomes
from aftersales.remedies.gateways import Answer, RefundRequest, Seen, Verdict, outside
from aftersales.remedies.gateways.registry import gateway
from aftersales.remedies.models import AttemptState, InstructionState, RefundAttempt, RefundInstruction, RefundPart
from portal.money import plain
from portal.outbox.services import publish

_OPEN = {AttemptState.PENDING, AttemptState.UNKNOWN}


def take(name: str, seen: Seen, *, now: datetime) -> str:
    """Take note of what the gateway `name` tells; return a sentence where a person must look, else nothing.

    Must not be called inside a transaction: it may ask the gateway. Raises NoAnswer.
    """
    attempt = None if seen.chargeback else _attempt_of(name, seen)
    if attempt is None:
        return outside.book(name, seen, now=now)
    if seen.amount is not None and (seen.amount, seen.currency) != (_sent(attempt), _currency(attempt)):
        return _other_amount(attempt, seen, now)
    if attempt.state in _OPEN:
        answer = Answer(seen.verdict, seen.reference, seen.reason)
        outside.record(attempt.part.instruction_id, [_outcome(attempt, answer)], now=now)
    elif (attempt.state, seen.verdict) == (AttemptState.SUCCEEDED, Verdict.FAILED):
        return _came_back(attempt, now)
    elif (attempt.state, seen.verdict) == (AttemptState.FAILED, Verdict.SUCCEEDED):
        return _paid_after_all(attempt, seen, now)
    return ""


def reverse(*, attempt: RefundAttempt, reason: str, now: datetime) -> bool:
    """Book that paid money came back to the gateway: the refund waits for a person. Twice does nothing more."""
    with transaction.atomic():
        refund = outcomes.lock(attempt.part.instruction_id)
        paid = RefundAttempt.objects.filter(pk=attempt.pk, state=AttemptState.SUCCEEDED)
        if not paid.update(state=AttemptState.REVERSED, error=reason, settled_at=now):
            return False
        RefundPart.objects.filter(pk=attempt.part_id).update(paid_at=None)
        RefundInstruction.objects.filter(pk=refund.pk).update(
            state=InstructionState.REVERSED, settled_at=None, next_at=None
        )
        back = _sent(attempt)
        entries = (
            (AccountKey(AccountKind.GATEWAY, refund.currency), -back),
            (AccountKey(AccountKind.REFUNDS_CLEARING, refund.currency), back),
        )
        post_many([Posting(f"reversed:{attempt.key}", "refund_reversed", refund.case, entries)], now=now)
        if refund.case:
            publish("remedy.failed", {"case": refund.case, "kind": "refund", "key": refund.key}, now=now)
    return True


def _attempt_of(name: str, seen: Seen) -> RefundAttempt | None:
    attempts = RefundAttempt.objects.select_related("part__instruction", "part__payment").filter(gateway=name)
    if seen.key and (found := attempts.filter(key=seen.key).first()):
        return found
    return attempts.filter(reference=seen.reference).first() if seen.reference else None


def _sent(attempt: RefundAttempt) -> Decimal:
    return attempt.part.amount - attempt.part.netted


def _currency(attempt: RefundAttempt) -> str:
    return attempt.part.instruction.currency


def _outcome(attempt: RefundAttempt, answer: Answer) -> outcomes.Outcome:
    return outcomes.Outcome(attempt.pk, attempt.sent_at, answer, answer.reason)


def _other_amount(attempt: RefundAttempt, seen: Seen, now: datetime) -> str:
    """Leave the attempt open, and its refund to a person: neither paying again nor calling it paid would be right."""
    said = _("The gateway speaks of %(told)s %(told_currency)s, we asked for %(sent)s %(currency)s.") % {
        "told": plain(seen.amount or Decimal(0), seen.currency),
        "told_currency": seen.currency,
        "sent": plain(_sent(attempt), _currency(attempt)),
        "currency": _currency(attempt),
    }
    with transaction.atomic():
        refund = outcomes.lock(attempt.part.instruction_id)
        doubted = RefundAttempt.objects.filter(pk=attempt.pk, state__in=_OPEN)
        if doubted.update(state=AttemptState.UNKNOWN, error=said) and refund.state == InstructionState.GRANTED:
            RefundInstruction.objects.filter(pk=refund.pk).update(state=InstructionState.FAILED, next_at=None)
            if refund.case:
                publish("remedy.failed", {"case": refund.case, "kind": "refund", "key": refund.key}, now=now)
    return said


def _came_back(attempt: RefundAttempt, now: datetime) -> str:
    """Believe it only from the gateway itself: old news may arrive late, in any order."""
    answer = gateway(attempt.gateway).look_up(request_of(attempt), now=now)
    if answer is not None and answer.verdict == Verdict.FAILED:
        reverse(attempt=attempt, reason=answer.reason or _("The money came back."), now=now)
    return ""


def _paid_after_all(attempt: RefundAttempt, seen: Seen, now: datetime) -> str:
    """A refusal turns out to be a payment: it counts unless the part was paid, or is being paid, by another attempt."""
    with transaction.atomic():
        outcomes.lock(attempt.part.instruction_id)
        others = RefundAttempt.objects.filter(part=attempt.part_id, state__in=[*_OPEN, AttemptState.SUCCEEDED])
        if others.exclude(pk=attempt.pk).exists():
            return _("Paid twice: the gateway had refused this attempt, and another one was made.")
        if RefundAttempt.objects.filter(pk=attempt.pk, state=AttemptState.FAILED).update(state=AttemptState.UNKNOWN):
            answer = Answer(Verdict.SUCCEEDED, seen.reference)
            outcomes.record_within(attempt.part.instruction_id, [_outcome(attempt, answer)], now=now)
    return ""


def request_of(attempt: RefundAttempt) -> RefundRequest:
    """Write what was asked with an attempt once more, to ask what became of it."""
    part, refund = attempt.part, attempt.part.instruction
    payment = part.payment
    return RefundRequest(
        key=attempt.key,
        channel=part.channel or (payment.channel if payment else ""),
        payment_ref=payment.ref if payment else "",
        amount=_sent(attempt),
        currency=refund.currency,
        paid=payment.amount if payment else Decimal(0),
        buyer_id=refund.buyer_id,
    )
