"""What people do about refunds that failed or came back: try again, pay another way, or enter what the bank paid."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Max, Sum
from django.utils.translation import gettext as _

from aftersales.remedies import outcomes, services
from aftersales.remedies.gateways import Answer, Verdict
from aftersales.remedies.models import (
    AttemptState,
    Handled,
    RefundAttempt,
    RefundHandling,
    RefundInstruction,
    RefundPart,
)
from portal.money import ZERO

if TYPE_CHECKING:
    from portal.accounts.models import User

GATEWAY = "hand"  # what attempts are filed under that a person paid
_OPEN = [AttemptState.PENDING, AttemptState.UNKNOWN]


class OutcomeOpen(Exception):
    """A gateway may have paid already: until that is known nobody pays a second time."""


class ReferenceUsed(Exception):
    """The bank's reference stands for another refund."""


@transaction.atomic
def try_again(*, instruction: RefundInstruction, by: "User", why: str, now: datetime, channel: str = "") -> None:
    """Send a refund on its way again, through another channel where one is given. Raises NotFailed."""
    services.retry(instruction=instruction, now=now, channel=channel)
    _note(instruction, by, Handled.BALANCE if channel == "balance" else Handled.RETRY, why, now)


@transaction.atomic
def mark_paid(*, instruction: RefundInstruction, by: "User", why: str, reference: str, now: datetime) -> None:
    """Enter that the bank paid what was still open, under its reference; the ledger then says so.

    Raises NotFailed, OutcomeOpen where a gateway's answer is still out, ReferenceUsed; ValueError without reference.
    """
    reference = reference.strip()
    if not reference:
        raise ValueError(_("Enter the bank's reference of the transfer."))
    state = outcomes.lock(instruction.pk).state
    if state not in services.WAITING:
        raise services.NotFailed(_("This refund is not waiting for anybody."))
    used = RefundAttempt.objects.filter(gateway=GATEWAY, reference=reference)
    if used.exclude(part__instruction=instruction).exists():
        raise ReferenceUsed(_("This reference was entered for another refund."))
    unpaid = RefundPart.objects.filter(instruction=instruction, paid_at=None)
    if unpaid.filter(attempts__state__in=_OPEN).exists():
        raise OutcomeOpen(_("A gateway may have paid this: its answer is still out. Look again later."))
    attempts = [_attempt(instruction, part, reference, now) for part in unpaid.order_by("id")]
    paid = Answer(Verdict.SUCCEEDED, reference)
    news = [outcomes.Outcome(attempt.pk, now, paid, "") for attempt in attempts]
    outcomes.record_within(instruction.pk, news, now=now)
    _note(instruction, by, Handled.HAND, why, now, reference)


def unpaid_of(instruction: RefundInstruction) -> Decimal:
    """Return how much of a refund has not reached the buyer, in its currency."""
    unpaid = RefundPart.objects.filter(instruction=instruction, paid_at=None)
    return unpaid.aggregate(sum=Sum(F("amount") - F("netted")))["sum"] or ZERO


def _attempt(instruction: RefundInstruction, part: RefundPart, reference: str, now: datetime) -> RefundAttempt:
    number = (part.attempts.aggregate(last=Max("number"))["last"] or 0) + 1
    return RefundAttempt.objects.create(
        part=part,
        number=number,
        key=f"{instruction.key}:{part.payment_id or f'p{part.pk}'}:{number}",
        gateway=GATEWAY,
        reference=reference,
        sent_at=now,
    )


def _note(
    instruction: RefundInstruction, by: "User", what: Handled, why: str, now: datetime, reference: str = ""
) -> None:
    RefundHandling.objects.create(
        instruction=instruction, by=by, what=what, reference=reference, why=why.strip(), at=now
    )
