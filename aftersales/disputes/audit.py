"""What `manage.py verify` asks of the cases."""

from collections.abc import Iterator

from django.db import connection
from django.db.models import F, Q

from aftersales.disputes import chain
from aftersales.disputes.codes import FINAL
from aftersales.disputes.models import Dispute, Event


def findings() -> Iterator[str]:
    """Yield everything that is off: deadlines, set-aside cases, held pieces, broken timelines."""
    yield from _deadlines()
    yield from _held_pieces()
    yield from _chains()


def _deadlines() -> Iterator[str]:
    adrift = Dispute.objects.exclude(status__in=FINAL).filter(Q(due_at=None) | Q(awaiting="") | Q(on_silence=""))
    for number in adrift.values_list("number", flat=True).iterator():
        yield f"case {number} is open but has no deadline"
    for number, error in Dispute.objects.exclude(sweep_error="").values_list("number", "sweep_error").iterator():
        yield f"case {number} was set aside by the sweep: {error.strip().splitlines()[-1]}"


_HELD = """
SELECT l.id, l.disputed_quantity, coalesce(sum(dl.quantity) FILTER (WHERE d.due_at IS NOT NULL), 0)
FROM orders_orderline l
LEFT JOIN disputes_disputeline dl ON dl.order_line_id = l.id
LEFT JOIN disputes_dispute d ON d.id = dl.dispute_id
WHERE l.dispute_count > 0 OR l.disputed_quantity > 0
GROUP BY l.id
HAVING l.disputed_quantity <> coalesce(sum(dl.quantity) FILTER (WHERE d.due_at IS NOT NULL), 0)
"""


def _held_pieces() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(_HELD)
        for line, held, open_claims in cursor.fetchall():
            yield f"order line {line} holds {held} pieces as disputed, open cases claim {open_claims}"


def _chains() -> Iterator[str]:
    """Recompute each timeline. Ordered by case, so that one pass with a server-side cursor is enough."""
    events = Event.objects.order_by("dispute_id", "seq").annotate(number=F("dispute__number"))
    current, seq, head = None, 0, ""
    heads: dict[int, tuple[int, str]] = {}
    for event in events.iterator(chunk_size=5000):
        if event.dispute_id != current:
            if current is not None:
                heads[current] = (seq, head)
            current, seq, head = event.dispute_id, 0, ""
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
        head = event.hash
    if current is not None:
        heads[current] = (seq, head)
    yield from _heads(heads)
    for number in Dispute.objects.filter(events=None).values_list("number", flat=True).iterator():
        yield f"case {number} has no timeline"


def _heads(heads: dict[int, tuple[int, str]]) -> Iterator[str]:
    rows = Dispute.objects.filter(pk__in=heads).values_list("pk", "number", "event_count", "event_head")
    for pk, number, count, head in rows:
        if heads[pk] != (count, head):
            yield f"case {number}: the timeline ends elsewhere than the case says"
