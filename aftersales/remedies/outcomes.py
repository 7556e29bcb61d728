"""What the answers of gateways mean for a refund: paid, try again later, or a person must look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from secrets import SystemRandom
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, Posting, post_many
from aftersales.remedies.gateways import Answer, Verdict
from aftersales.remedies.models import AttemptState, InstructionState, RefundInstruction
from portal.outbox.services import publish

MAX_TRIES = 11  # refusals for the moment and silences together: about six hours, then a person
_FIRST_WAIT = timedelta(seconds=10)
_LONGEST_WAIT = timedelta(hours=6)
_jitter = SystemRandom()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known of one attempt; `answer` is None where the gateway kept silent."""

    attempt_id: int
    sent_at: datetime
    answer: Answer | None
    note: str

    @property
    def state(self) -> AttemptState:
        """The attempt's new state."""
        if self.answer is None:
            return AttemptState.UNKNOWN
        return _STATES[self.answer.verdict]

    @property
    def final(self) -> bool:
        """Whether the gateway said that trying again is pointless."""
        return self.answer is not None and self.answer.permanent


_STATES = {
    Verdict.SUCCEEDED: AttemptState.SUCCEEDED,
    Verdict.PENDING: AttemptState.PENDING,
    Verdict.FAILED: AttemptState.FAILED,
}


@dataclass(slots=True)
class Refund:
    """The locked instruction, as far as outcomes matter to it."""

    pk: int
    key: str
    case: str
    currency: str
    amount: Decimal
    state: str
    tries: int


# First the lock, then a statement of its own: its snapshot shows what another worker has recorded meanwhile.
_LOCK = """
SELECT id, key, "case", currency, amount, state, tries FROM remedies_refundinstruction WHERE id = %(id)s FOR UPDATE
"""
# Only open attempts change: what somebody else has settled meanwhile stays settled. Paid in full ends the refund,
# also one that was given up too early and whose answer came after all.
_SETTLE = """
WITH known AS (
    UPDATE remedies_refundattempt a
    SET state = o.state, error = o.note, reference = coalesce(nullif(o.reference, ''), a.reference),
        settled_at = CASE WHEN o.state IN ('succeeded', 'failed') THEN %(now)s::timestamptz END
    FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(references)s::text[], %(notes)s::text[])
        AS o (id, state, reference, note)
    WHERE a.id = o.id AND a.state IN ('pending', 'unknown')
    RETURNING a.id, a.part_id, a.state, a.key
),
paid AS (
    UPDATE remedies_refundpart p SET paid_at = %(now)s
    FROM known WHERE p.id = known.part_id AND known.state = 'succeeded' AND p.paid_at IS NULL
    RETURNING p.id
),
ended AS (
    UPDATE remedies_refundinstruction SET state = 'succeeded', settled_at = %(now)s, next_at = NULL
    WHERE id = %(refund)s AND state IN ('granted', 'failed', 'reversed') AND EXISTS (SELECT 1 FROM paid)
    AND NOT EXISTS (
        SELECT 1 FROM remedies_refundpart
        WHERE instruction_id = %(refund)s AND paid_at IS NULL AND id NOT IN (SELECT id FROM paid)
    )
    RETURNING id
)
SELECT known.id, known.state, known.key, part.amount - part.netted, EXISTS (SELECT 1 FROM ended)
FROM known JOIN remedies_refundpart part ON part.id = known.part_id ORDER BY part.id
"""


def record(instruction_id: int, outcomes: Sequence[Outcome], *, now: datetime) -> None:
    """Write down what attempts came to, and what follows: paid in full, another try, or `failed`."""
    with transaction.atomic(durable=True):
        record_within(instruction_id, outcomes, now=now)


def record_within(instruction_id: int, outcomes: Sequence[Outcome], *, now: datetime) -> None:
    """Do the same inside the caller's transaction, in which no gateway may have been asked."""
    with connection.cursor() as cursor:
        refund = lock(instruction_id)
        cursor.execute(_SETTLE, _columns(refund, outcomes, now))
        known = cursor.fetchall()
    ended = any(row[-1] for row in known)
    _post_paid(refund, [(key, amount) for _pk, state, key, amount, _end in known if state == "succeeded"], now)
    if ended:
        tell_done(refund, now=now)
    elif known and refund.state == InstructionState.GRANTED:
        changed = {row[0] for row in known}
        _go_on(refund, [outcome for outcome in outcomes if outcome.attempt_id in changed], now)


def lock(instruction_id: int) -> Refund:
    """Read an instruction and hold it to the end of the transaction: whoever changes its attempts begins with this."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, {"id": instruction_id})
        return Refund(*cursor.fetchall()[0])


def _columns(refund: Refund, outcomes: Sequence[Outcome], now: datetime) -> dict[str, Any]:
    return {
        "refund": refund.pk,
        "ids": [o.attempt_id for o in outcomes],
        "states": [o.state.value for o in outcomes],
        "references": [o.answer.reference if o.answer else "" for o in outcomes],
        "notes": [o.note for o in outcomes],
        "now": now,
    }


def _post_paid(refund: Refund, paid: Sequence[tuple[str, Decimal]], now: datetime) -> None:
    clearing = AccountKey(AccountKind.REFUNDS_CLEARING, refund.currency)
    gateway = AccountKey(AccountKind.GATEWAY, refund.currency)
    post_many(
        [
            Posting(f"paid:{key}", "refund_paid", refund.case, ((clearing, -sum_), (gateway, sum_)))
            for key, sum_ in paid
        ],
        now=now,
    )


def tell_done(refund: Refund, *, now: datetime) -> None:
    """Report that a refund is paid in full; one that no case asked for concerns nobody above."""
    if refund.case:
        publish("remedy.done", {"case": refund.case, "kind": "refund", "key": refund.key}, now=now)


def _go_on(refund: Refund, news: Sequence[Outcome], now: datetime) -> None:
    waits = [_poll(outcome, now) for outcome in news if outcome.state == AttemptState.PENDING]
    if any(outcome.state in {AttemptState.FAILED, AttemptState.UNKNOWN} for outcome in news):
        refund.tries += 1
        waits.append(_back_off(refund.tries))
    given_up = refund.tries >= MAX_TRIES or any(outcome.final for outcome in news)
    if given_up and refund.case:
        publish("remedy.failed", {"case": refund.case, "kind": "refund", "key": refund.key}, now=now)
    RefundInstruction.objects.filter(pk=refund.pk).update(
        tries=refund.tries,
        state=InstructionState.FAILED if given_up else InstructionState.GRANTED,
        # Nothing to wait for: another part was paid, and whoever holds the others sets their time.
        next_at=None if given_up else (now + min(waits) if waits else F("next_at")),
    )


def _back_off(tries: int) -> timedelta:
    """Twice as long each time, give or take a third, so that a gateway's bad hour does not end in one stampede."""
    seconds = min(_FIRST_WAIT.total_seconds() * 2**tries, _LONGEST_WAIT.total_seconds())
    return timedelta(seconds=seconds * _jitter.uniform(2 / 3, 4 / 3))


def _poll(outcome: Outcome, now: datetime) -> timedelta:
    """Ask after a refund that settles late: often at first, hourly in the end."""
    return min(max((now - outcome.sent_at) / 2, _FIRST_WAIT), timedelta(hours=1))
