"""What the answers of gateways mean for a refund: paid, try again later, or a person must look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import SystemRandom

from django.db import connection, transaction

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
# Only open attempts change: what somebody else has settled meanwhile stays settled.
_SETTLE = """
WITH known AS (
    UPDATE remedies_refundattempt a
    SET state = o.state, error = o.note, reference = coalesce(nullif(o.reference, ''), a.reference),
        settled_at = CASE WHEN o.state IN ('succeeded', 'failed') THEN %(now)s::timestamptz END
    FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(references)s::text[], %(notes)s::text[])
        AS o (id, state, reference, note)
    WHERE a.id = o.id AND a.state IN ('pending', 'unknown')
    RETURNING a.id, a.part_id, a.state
),
paid AS (
    UPDATE remedies_refundpart p SET paid_at = %(now)s
    FROM known WHERE p.id = known.part_id AND known.state = 'succeeded' AND p.paid_at IS NULL
    RETURNING p.id
)
SELECT (SELECT array_agg(id) FROM known), EXISTS (
    SELECT 1 FROM remedies_refundpart
    WHERE instruction_id = %(instruction)s AND paid_at IS NULL AND id NOT IN (SELECT id FROM paid)
)
"""


def record(instruction_id: int, outcomes: Sequence[Outcome], *, now: datetime) -> None:
    """Write down what attempts came to, and what follows: paid in full, another try, or `failed`."""
    with transaction.atomic(durable=True):
        refund = RefundInstruction.objects.select_for_update().get(pk=instruction_id)
        known, unpaid = _settle(refund, outcomes, now)
        news = [outcome for outcome in outcomes if outcome.attempt_id in known]
        if not news or refund.state not in {InstructionState.GRANTED, InstructionState.FAILED}:
            return
        if not unpaid:
            _succeed(refund, now)
        elif refund.state == InstructionState.GRANTED:
            _go_on(refund, news, now)


def _settle(refund: RefundInstruction, outcomes: Sequence[Outcome], now: datetime) -> tuple[set[int], bool]:
    with connection.cursor() as cursor:
        cursor.execute(
            _SETTLE,
            {
                "ids": [o.attempt_id for o in outcomes],
                "states": [o.state.value for o in outcomes],
                "references": [o.answer.reference if o.answer else "" for o in outcomes],
                "notes": [o.note for o in outcomes],
                "instruction": refund.pk,
                "now": now,
            },
        )
        row = cursor.fetchone()
    return set(row[0] or ()) if row else set(), bool(row and row[1])


def _succeed(refund: RefundInstruction, now: datetime) -> None:
    """All parts are paid; also of a refund that was given up too early and whose answer came after all."""
    refund.state, refund.settled_at, refund.next_at = InstructionState.SUCCEEDED, now, None
    refund.save(update_fields=["state", "settled_at", "next_at"])
    entries = (
        (AccountKey(AccountKind.REFUNDS_CLEARING, refund.currency), -refund.amount),
        (AccountKey(AccountKind.GATEWAY, refund.currency), refund.amount),
    )
    post_many([Posting(key=f"paid:{refund.key}", kind="refund_paid", case=refund.case, entries=entries)], now=now)
    publish("remedy.done", {"case": refund.case, "kind": "refund", "key": refund.key}, now=now)


def _go_on(refund: RefundInstruction, outcomes: Sequence[Outcome], now: datetime) -> None:
    waits = [_poll(o, now) for o in outcomes if o.state == AttemptState.PENDING]
    if any(o.state in {AttemptState.FAILED, AttemptState.UNKNOWN} for o in outcomes):
        refund.tries += 1
        waits.append(_back_off(refund.tries))
    if refund.tries >= MAX_TRIES or any(o.final for o in outcomes):
        return _give_up(refund, now)
    if waits:
        refund.next_at = now + min(waits)
    return refund.save(update_fields=["tries", "next_at"])


def _give_up(refund: RefundInstruction, now: datetime) -> None:
    refund.state, refund.next_at = InstructionState.FAILED, None
    refund.save(update_fields=["state", "tries", "next_at"])
    publish("remedy.failed", {"case": refund.case, "kind": "refund", "key": refund.key}, now=now)


def _back_off(tries: int) -> timedelta:
    """Twice as long each time, give or take a third, so that a gateway's bad hour does not end in one stampede."""
    seconds = min(_FIRST_WAIT.total_seconds() * 2**tries, _LONGEST_WAIT.total_seconds())
    return timedelta(seconds=seconds * _jitter.uniform(2 / 3, 4 / 3))


def _poll(outcome: Outcome, now: datetime) -> timedelta:
    """Ask after a refund that settles late: often at first, hourly in the end."""
    return min(max((now - outcome.sent_at) / 2, _FIRST_WAIT), timedelta(hours=1))
