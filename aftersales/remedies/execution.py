"""Paying what was granted: claim, ask the gateway, record. Safe to run twice, by two workers, and killed anywhere.

1. Claim, one short transaction: lease the instruction, write an attempt for each part that is not paid.
2. Ask the gateway, outside any transaction. An attempt that is already open (its worker was killed, or the gateway
   did not answer) is looked up by our key first; if the gateway never heard of it, the same key is sent again, so
   that a request still on its way and ours are one. A new key is used only after a certain refusal.
3. Record, one transaction: what the attempts came to, and what that means for the whole.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction

from aftersales.remedies.gateways import Answer, NoAnswer, RefundRequest, outside
from aftersales.remedies.gateways.registry import gateway, routes
from aftersales.remedies.models import InstructionState, RefundInstruction
from aftersales.remedies.outcomes import Outcome

log = logging.getLogger(__name__)

# Longer than the gateways of a few parts may take; after it, another worker takes over and looks first.
LEASE = timedelta(seconds=90)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class _Attempt:
    """An attempt to be made (`fresh`), or one whose outcome must be found out."""

    pk: int
    fresh: bool
    gateway: str
    key: str
    sent_at: datetime
    channel: str
    payment_ref: str
    amount: Decimal
    currency: str
    paid: Decimal
    buyer_id: int

    @property
    def request(self) -> RefundRequest:
        return RefundRequest(
            self.key, self.channel, self.payment_ref, self.amount, self.currency, self.paid, self.buyer_id
        )


# One statement, hence a transaction of its own.
# A row that another worker holds is skipped, one that another worker has just leased is no longer due.
_CLAIM = """
WITH due AS (
    SELECT id, key, currency, buyer_id FROM remedies_refundinstruction
    WHERE id = %(id)s AND state = 'granted' AND next_at <= %(now)s FOR UPDATE SKIP LOCKED
),
leased AS (UPDATE remedies_refundinstruction i SET next_at = %(lease)s FROM due WHERE i.id = due.id),
unpaid AS (
    SELECT part.id AS part_id, part.amount - part.netted AS amount, due.currency, due.buyer_id,
        coalesce(nullif(part.channel, ''), payment.channel) AS channel, coalesce(payment.ref, '') AS ref,
        coalesce(payment.amount, part.amount) AS paid,
        due.key || ':' || coalesce(payment.id::text, 'p' || part.id) || ':' || coalesce(last.number, 0) + 1 AS next_key,
        coalesce(last.number, 0) + 1 AS next_number,
        last.id, last.key, last.gateway, last.sent_at, coalesce(last.state IN ('pending', 'unknown'), false) AS open
    FROM due
    JOIN remedies_refundpart part ON part.instruction_id = due.id AND part.paid_at IS NULL
    LEFT JOIN orders_orderpayment payment ON payment.id = part.payment_id
    LEFT JOIN LATERAL (
        SELECT * FROM remedies_refundattempt WHERE part_id = part.id ORDER BY number DESC LIMIT 1
    ) AS last ON true
),
sent AS (
    INSERT INTO remedies_refundattempt (part_id, number, key, gateway, state, reference, error, sent_at)
    SELECT part_id, next_number, next_key, coalesce(%(gateways)s::jsonb ->> channel, %(gateway)s),
        'pending', '', '', %(now)s
    FROM unpaid WHERE NOT open
    RETURNING id, part_id, key, gateway, sent_at
)
SELECT coalesce(sent.id, unpaid.id), sent.id IS NOT NULL, coalesce(sent.gateway, unpaid.gateway),
    coalesce(sent.key, unpaid.key), coalesce(sent.sent_at, unpaid.sent_at), channel, coalesce(ref, ''), amount,
    currency, coalesce(paid, 0), buyer_id
FROM unpaid LEFT JOIN sent USING (part_id) ORDER BY part_id
"""


def execute(instruction_id: int, *, now: datetime) -> bool:
    """Take a due refund one step further; tell whether it was there to be taken.

    Must not be called inside a transaction: a gateway is asked, and its answer must not be rolled back.
    """
    with transaction.atomic(durable=True):
        pass  # raises inside a transaction, before anything is sent; empty, it costs no round trip
    attempts = _claim(instruction_id, now)
    if not attempts:
        return False
    outside.record(instruction_id, [_ask(attempt, now) for attempt in attempts], now=now)
    return True


def due(*, now: datetime, at_most: int = _AT_ONCE) -> list[int]:
    """List refunds whose time has come, longest waiting first."""
    waiting = RefundInstruction.objects.filter(state=InstructionState.GRANTED, next_at__lte=now)
    return list(waiting.order_by("next_at", "id").values_list("pk", flat=True)[:at_most])


def _claim(instruction_id: int, now: datetime) -> Sequence[_Attempt]:
    by_channel, every_other = routes()
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            {
                "id": instruction_id,
                "now": now,
                "lease": now + LEASE,
                "gateways": json.dumps(by_channel),
                "gateway": every_other,
            },
        )
        return [_Attempt(*row) for row in cursor.fetchall()]


def _ask(attempt: _Attempt, now: datetime) -> Outcome:
    try:
        answer = _answer(attempt, now)
    except NoAnswer as silence:
        return Outcome(attempt.pk, attempt.sent_at, None, str(silence))
    except Exception as fault:  # a broken gateway adapter must not lose the trace of what may have been paid
        log.exception("refund attempt %s", attempt.key)
        return Outcome(attempt.pk, attempt.sent_at, None, repr(fault))
    return Outcome(attempt.pk, attempt.sent_at, answer, answer.reason)


def _answer(attempt: _Attempt, now: datetime) -> Answer:
    served_by = gateway(attempt.gateway)
    known = None if attempt.fresh else served_by.look_up(attempt.request, now=now)
    return known or served_by.refund(attempt.request, now=now)
