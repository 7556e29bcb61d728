"""What `manage.py verify` asks of the cases."""

from collections.abc import Iterator
from datetime import datetime

from django.db import connection
from django.db.models import F, Q

from aftersales.disputes import chain, clock_ledger
from aftersales.disputes.codes import FINAL, Status
from aftersales.disputes.models import Dispute, Event
from aftersales.ledger.models import AccountKind
from aftersales.policies.claims import CLAIMS


def findings() -> Iterator[str]:
    """Yield everything that is off: deadlines, set-aside cases, held pieces, debts of buyers, broken timelines."""
    yield from _deadlines()
    yield from _held_pieces()
    yield from _debts()
    yield from _holds()
    yield from _chains()


def _deadlines() -> Iterator[str]:
    adrift = Dispute.objects.exclude(status__in=FINAL).filter(Q(due_at=None) | Q(awaiting="") | Q(on_silence=""))
    for number in adrift.values_list("number", flat=True).iterator():
        yield f"case {number} is open but has no deadline"
    for number, error in Dispute.objects.exclude(sweep_error="").values_list("number", "sweep_error").iterator():
        yield f"case {number} was set aside by the sweep: {error.strip().splitlines()[-1]}"


_End = tuple[int, str, str | None]  # entries, last hash, deadline
_HELD = """
SELECT l.id, l.disputed_quantity, coalesce(sum(dl.quantity) FILTER (WHERE d.due_at IS NOT NULL), 0)
FROM orders_orderline l
LEFT JOIN disputes_disputeline dl ON dl.order_line_id = l.id
LEFT JOIN disputes_dispute d ON d.id = dl.dispute_id AND d.type <> ALL(%s) AND d.status <> %s
WHERE l.dispute_count > 0 OR l.disputed_quantity > 0
GROUP BY l.id
HAVING l.disputed_quantity <> coalesce(sum(dl.quantity) FILTER (WHERE d.due_at IS NOT NULL), 0)
"""


def _held_pieces() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [list(CLAIMS), Status.RECALLED])
        for line, held, open_claims in cursor.fetchall():
            yield f"order line {line} holds {held} pieces as disputed, open cases claim {open_claims}"


# What a claim came to and what is booked as owed by the buyer are the same, through ruling and appeal.
_DEBTS = """
SELECT d.number, COALESCE((d.terms ->> 'cash')::numeric, 0) AS decided, COALESCE(-sum(e.amount), 0) AS booked
FROM disputes_dispute d
LEFT JOIN (
    ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
    JOIN ledger_account a ON a.id = e.account_id AND a.kind = %s
) ON t."case" = d.number AND t."case" <> ''
WHERE d.type = ANY(%s)
GROUP BY d.id HAVING COALESCE((d.terms ->> 'cash')::numeric, 0) <> COALESCE(-sum(e.amount), 0)
"""


def _debts() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(_DEBTS, [AccountKind.BUYER, list(CLAIMS)])
        for number, decided, booked in cursor.fetchall():
            yield f"case {number}: {decided} was decided to be owed by the buyer, {booked} is booked"


# An amount that was on hold is carried out on as many people's word as it needed.
_HOLDS = """
SELECT d.number, (e.data ->> 'needed')::int, count(a.id)
FROM disputes_event e
JOIN disputes_dispute d ON d.id = e.dispute_id
LEFT JOIN remedies_approval a ON a.subject = e.data ->> 'hold'
WHERE e.action = 'release_hold' AND e.to_status <> 'amount_on_hold' AND e.data ? 'hold'
GROUP BY d.number, e.id HAVING count(a.id) < (e.data ->> 'needed')::int
"""


def _holds() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(_HOLDS)
        for number, needed, given in cursor.fetchall():
            yield f"case {number}: an amount was released with {given} of {needed} approvals"


def _chains() -> Iterator[str]:
    """Recompute each timeline. Ordered by case, so that one pass with a server-side cursor is enough."""
    events = Event.objects.order_by("dispute_id", "seq").annotate(number=F("dispute__number"))
    current, seq, head, due = None, 0, "", None
    heads: dict[int, _End] = {}
    for event in events.iterator(chunk_size=5000):
        if event.dispute_id != current:
            if current is not None:
                heads[current] = (seq, head, due)
            current, seq, head, due = event.dispute_id, 0, "", None
        if len(heads) >= 5000:
            yield from _heads(heads)
            heads = {}
        seq += 1
        expected = chain.link(
            number=event.number,
            seq=seq,
            at=event.at,
            role=event.role,
            actor_id=event.actor_id,
            action=event.action,
            from_status=event.from_status,
            to_status=event.to_status,
            data=event.data,
            prev=head,
        )
        if event.seq != seq or event.prev_hash != head or event.hash != expected:
            yield f"case {event.number}: the timeline is broken at entry {event.seq}"
        if clock_ledger.off(event):
            yield f"case {event.number}: the deadline of entry {event.seq} is not what its clock says"
        head = event.hash
        due = None if event.to_status in FINAL else event.data.get("clock", {}).get("due_at", due)
    if current is not None:
        heads[current] = (seq, head, due)
    yield from _heads(heads)
    for number in Dispute.objects.filter(events=None).values_list("number", flat=True).iterator():
        yield f"case {number} has no timeline"


def _heads(heads: dict[int, _End]) -> Iterator[str]:
    rows = Dispute.objects.filter(pk__in=heads).values_list("pk", "number", "event_count", "event_head", "due_at")
    for pk, number, count, head, due_at in rows:
        if heads[pk][:2] != (count, head):
            yield f"case {number}: the timeline ends elsewhere than the case says"
        last = heads[pk][2]
        if (datetime.fromisoformat(last) if last else None) != due_at:
            yield f"case {number}: its deadline is not the one that its last clock gave"
