"""Temporary tables that a batch of orders is copied into, from where the merge takes it with set-based SQL."""

import io
from collections.abc import Iterable, Sequence

from django.db import connection

from aftersales.orders.imports.grouping import Numbered, Paid, Part
from aftersales.orders.imports.parties import Parties

# Per session, emptied at every commit. `n` is the place of a part in its batch.
_TABLES = """
CREATE TEMPORARY TABLE IF NOT EXISTS import_part (
    n int, ref text, merchant_id bigint, buyer_id bigint, currency text, market text, paid_at timestamptz,
    status text, channel text, payment_ref text, channels text, payment_refs text,
    first boolean, order_id bigint, place int, fresh boolean DEFAULT false, changed boolean DEFAULT false, problem text
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS import_line (
    n int, line int, line_ref text, sku text, category text, title text, quantity int, unit_price numeric,
    discount numeric, freight numeric, status text, ship_by timestamptz, shipped_at timestamptz,
    promised_by timestamptz, delivered_at timestamptz, received_at timestamptz,
    review_score int, review_text text, review_at timestamptz, no_reason_waived boolean,
    line_id bigint, outcome text, problem text
) ON COMMIT DELETE ROWS;
DELETE FROM import_part; DELETE FROM import_line
"""
_PART = (
    "n, ref, merchant_id, buyer_id, currency, market, paid_at, status, channel, payment_ref, channels, payment_refs, "
    "first"
)
_LINE = (
    "n, line, line_ref, sku, category, title, quantity, unit_price, discount, freight, status, ship_by, shipped_at, "
    "promised_by, delivered_at, received_at, review_score, review_text, review_at, no_reason_waived"
)
NULL = "\\N"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def stage(parts: Sequence[Part], parties: Parties) -> None:
    """Copy a batch into the temporary tables, inside the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
    seen: set[str] = set()
    _copy("import_part", _PART, (_part(n, part, parties, seen) for n, part in enumerate(parts)))
    _copy("import_line", _LINE, (_line(n, told) for n, part in enumerate(parts) for told in part.lines))


def _copy(table: str, columns: str, rows: Iterable[str]) -> None:
    # The text format: in the CSV one, a line `\\.` inside of a review would end the data.
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", io.StringIO("".join(rows)))


def _part(n: int, part: Part, parties: Parties, seen: set[str]) -> str:
    head, payments = part.head, part.payments
    merchant, buyer = parties.merchants[head.merchant_ref], parties.buyers[head.buyer_ref]
    first = head.order_ref not in seen
    seen.add(head.order_ref)
    paid_at = part.paid_at or NULL
    return (
        f"{n}\t{_text(head.order_ref)}\t{merchant}\t{buyer}\t{head.currency}\t{part.market}\t"
        f"{paid_at}\t{part.status}\t{_paid(payments)}\t{first}\n"
    )


def _paid(payments: Sequence[Paid]) -> str:
    """Write what tells whether the payments that are there fit: channels and references, empty where anything fits."""
    if not payments:
        return f"{NULL}\t{NULL}\t\t"
    if len(payments) == 1 and payments[0].amount is None:
        # A single channel is paid the whole amount, which SQL can see to; all else is shared out in Python.
        channel, ref = _text(payments[0].channel), _text(payments[0].ref)
        return f"{channel}\t{ref}\t{channel}\t{ref}"
    inorder = sorted((paid.channel, paid.ref) for paid in payments)
    exact = any(paid.amount is not None for paid in payments)  # then amounts must be compared
    channels = NULL if exact else _text("+".join(channel for channel, _ref in inorder))
    refs = _text("+".join(ref for _channel, ref in inorder)) if any(paid.ref for paid in payments) else ""
    return f"{NULL}\t{NULL}\t{channels}\t{refs}"


def _line(n: int, told: Numbered) -> str:
    line, row = told
    return (
        f"{n}\t{line}\t{_text(row.line_ref)}\t{_text(row.sku)}\t{_text(row.category)}\t{_text(row.title)}\t"
        f"{row.quantity}\t{row.unit_price}\t{row.discount or NULL}\t{row.freight or NULL}\t{row.status}\t"
        f"{row.ship_by or NULL}\t{row.shipped_at or NULL}\t{row.promised_by or NULL}\t{row.delivered_at or NULL}\t"
        f"{row.received_at or NULL}\t{row.review_score or NULL}\t{_text(row.review_text)}\t{row.review_at or NULL}\t"
        f"{row.no_reason_waived}\n"
    )


def _text(text: str) -> str:
    return text if text.isprintable() and "\\" not in text else text.translate(_ESCAPES)
