"""The merge's third step: what was paid through which channel, adding up to what the lines cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from aftersales.orders.imports.errors import Refused
from aftersales.orders.imports.grouping import Part
from aftersales.orders.imports.rows import UNSPECIFIED
from portal.money import allocate, plain

_TOTAL = """
CROSS JOIN LATERAL (
    SELECT sum(unit_price * quantity - discount + freight) AS total,
        bool_or(dispute_count > 0 OR disputed_quantity > 0 OR refunded_amount > 0 OR settled_amount > 0) AS frozen
    FROM orders_orderline WHERE order_id = p.order_id
) AS line
"""
_INSERT_SIMPLE = f"""
INSERT INTO orders_orderpayment (order_id, channel, ref, amount, estimated, refunded_amount)
SELECT p.order_id, p.channel, p.payment_ref, line.total, false, 0 FROM import_part p {_TOTAL}
WHERE p.fresh AND p.paid_at IS NOT NULL AND p.channel IS NOT NULL ORDER BY p.order_id
"""  # noqa: S608 - of the names above
# Orders paid through several channels, or whose payments do not fit: another sum, other channels, other references.
_UNFIT = f"""
SELECT p.n, p.order_id, p.fresh, line.total, line.frozen, paid.rows
FROM import_part p {_TOTAL}
CROSS JOIN LATERAL (SELECT paid_at FROM orders_order WHERE id = p.order_id LIMIT 1) AS o
CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount), 0) AS total, string_agg(DISTINCT name, '+' ORDER BY name) AS channels,
        string_agg(ref, '+' ORDER BY name, ref COLLATE "C") AS refs,
        coalesce(json_agg(json_build_array(channel, ref, amount::text, estimated) ORDER BY id), '[]') AS rows
    FROM (SELECT *, channel COLLATE "C" AS name FROM orders_orderpayment WHERE order_id = p.order_id) AS payment
) AS paid
WHERE p.problem IS NULL AND o.paid_at IS NOT NULL AND NOT (p.fresh AND p.channel IS NOT NULL) AND (
    p.channels IS NULL OR paid.total <> line.total OR paid.channels IS NULL
    OR p.channels NOT IN ('', paid.channels) OR p.payment_refs NOT IN ('', paid.refs)
)
"""  # noqa: S608 - of the names above
_LOCK = """
SELECT count(*) FROM (
    SELECT FROM orders_orderline WHERE order_id = ANY(%s) ORDER BY id FOR UPDATE
) AS locked
"""
_WRITE = """
INSERT INTO orders_orderpayment AS known (order_id, channel, ref, amount, estimated, refunded_amount)
SELECT order_id, channel, ref, amount, estimated, 0
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::numeric[], %s::boolean[])
    AS new (order_id, channel, ref, amount, estimated)
ON CONFLICT (order_id, channel, ref) DO UPDATE SET amount = EXCLUDED.amount, estimated = EXCLUDED.estimated
WHERE known.refunded_amount <= EXCLUDED.amount
"""


_DELETE = """
DELETE FROM orders_orderpayment known
USING unnest(%s::bigint[], %s::text[], %s::text[]) AS gone (order_id, channel, ref)
WHERE (known.order_id, known.channel, known.ref) = (gone.order_id, gone.channel, gone.ref) AND refunded_amount = 0
"""


class _Payment(NamedTuple):
    channel: str
    ref: str
    amount: Decimal
    estimated: bool


@dataclass(frozen=True, slots=True)
class _Unfit:
    """An order whose payments are to be written."""

    n: int
    order_id: int
    fresh: bool
    total: Decimal
    frozen: bool
    known: list[_Payment]


def merge(parts: Sequence[Part]) -> None:
    """Write the payments of the batch's paid orders. Raises Refused where exact amounts do not add up to the lines."""
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_SIMPLE)
    unfit = _unfit()
    if known := [order.order_id for order in unfit if not order.fresh]:
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [known])
        unfit = _unfit()  # as it is under the lock
    _write([(order, wanted) for order in unfit if _changes(order, wanted := _wanted(order, parts[order.n]))])


def _unfit() -> list[_Unfit]:
    with connection.cursor() as cursor:
        cursor.execute(_UNFIT)
        return [
            _Unfit(n, pk, fresh, total, frozen, [_Payment(c, r, Decimal(a), e) for c, r, a, e in rows])
            for n, pk, fresh, total, frozen, rows in cursor.fetchall()
        ]


def _wanted(order: _Unfit, part: Part) -> list[_Payment]:
    """Say what each channel was paid: as told, else in equal shares, since a CSV names the channels only."""
    currency = part.head.currency
    if any(paid.amount is not None for paid in part.payments):
        told = [_Payment(paid.channel, paid.ref, paid.amount or Decimal(0), False) for paid in part.payments]
        _check_sum(sum((paid.amount for paid in told), Decimal(0)), order.total, currency)
        return told
    known = [(paid.channel, paid.ref) for paid in order.known]
    channels = [(paid.channel, paid.ref) for paid in part.payments] or known or [(UNSPECIFIED, "")]
    shares = allocate(order.total, [Decimal(1)] * len(channels), currency)
    return [_Payment(*names, share, len(channels) > 1) for names, share in zip(channels, shares, strict=True)]


def _check_sum(told: Decimal, total: Decimal, currency: str) -> None:
    if told != total:
        said = _("payments: they add up to %(paid)s %(currency)s, but the lines cost %(total)s %(currency)s.")
        raise Refused(said % {"paid": plain(told, currency), "total": plain(total, currency), "currency": currency})


def _changes(order: _Unfit, wanted: list[_Payment]) -> bool:
    """Tell whether anything is to be written. Under an after-sales case payments only ever grow."""
    new = {(paid.channel, paid.ref): paid.amount for paid in wanted}
    if order.frozen and any(new.get((paid.channel, paid.ref), Decimal(-1)) < paid.amount for paid in order.known):
        return False
    return set(order.known) != set(wanted)


def _write(orders: list[tuple[_Unfit, list[_Payment]]]) -> None:
    if not orders:
        return
    rows = [(order.order_id, *paid) for order, wanted in orders for paid in wanted]
    kept = {row[:3] for row in rows}
    gone = [(o.order_id, p.channel, p.ref) for o, _w in orders for p in o.known]
    with connection.cursor() as cursor:
        cursor.execute(_DELETE, _columns([row for row in gone if row not in kept], 3))
        cursor.execute(_WRITE, _columns(rows, 5))
        cursor.execute("UPDATE import_part SET changed = true WHERE n = ANY(%s)", [[order.n for order, _w in orders]])


def _columns(rows: Sequence[tuple[object, ...]], width: int) -> list[list[object]]:
    """Turn rows into the columns that `unnest` takes."""
    return [[row[place] for row in rows] for place in range(width)]
