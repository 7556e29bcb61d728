"""Temporary tables that a batch of orders is copied into, from where the merge takes it with set-based SQL."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from aftersales.orders.imports.grouping import Part
from aftersales.orders.imports.parties import Parties
from aftersales.orders.imports.rows import Row

# Per session, emptied at every commit. `n` is the place of a part in its batch.
_TABLES = """
CREATE TEMPORARY TABLE IF NOT EXISTS import_part (
    n int, ref text, merchant_id bigint, buyer_id bigint, currency text, paid_at timestamptz, status text,
    channel text, payment_ref text, channels text, payment_refs text,
    order_id bigint, place int, fresh boolean DEFAULT false, changed boolean DEFAULT false, problem text
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS import_line (
    n int, line int, line_ref text, sku text, category text, title text, quantity int, unit_price numeric,
    discount numeric, freight numeric, status text, ship_by timestamptz, shipped_at timestamptz,
    promised_by timestamptz, delivered_at timestamptz, received_at timestamptz,
    review_score int, review_text text, review_at timestamptz,
    line_id bigint, outcome text, problem text
) ON COMMIT DELETE ROWS;
DELETE FROM import_part; DELETE FROM import_line
"""
_PART = "n, ref, merchant_id, buyer_id, currency, paid_at, status, channel, payment_ref, channels, payment_refs"
_LINE = (
    "n, line, line_ref, sku, category, title, quantity, unit_price, discount, freight, status, ship_by, shipped_at, "
    "promised_by, delivered_at, received_at, review_score, review_text, review_at"
)
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def stage(parts: Sequence[Part], parties: Parties) -> None:
    """Copy a batch into the temporary tables, inside the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
    _copy("import_part", _PART, (_part(n, part, parties) for n, part in enumerate(parts)))
    _copy("import_line", _LINE, (_line(n, *told) for n, part in enumerate(parts) for told in part.lines))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE import_part; ANALYZE import_line")


def _part(n: int, part: Part, parties: Parties) -> tuple[Any, ...]:
    head, payments = part.head, sorted(part.payments)
    # A single channel is paid the whole amount, which SQL can see to; whatever else is shared out in Python.
    only = payments[0] if len(payments) == 1 and payments[0].amount is None else None
    exact = any(paid.amount is not None for paid in payments)
    return (
        n,
        head.order_ref,
        parties.merchants[head.merchant_ref],
        parties.buyers[head.buyer_ref],
        head.currency,
        part.paid_at,
        part.status,
        only.channel if only else None,
        only.ref if only else None,
        # What tells at a glance whether the payments that are there fit: empty where anything fits, NULL where amounts
        # must be compared.
        None if exact else "+".join(paid.channel for paid in payments),
        "+".join(paid.ref for paid in payments) if any(paid.ref for paid in payments) else "",
    )


def _line(n: int, line: int, row: Row) -> tuple[Any, ...]:
    amounts = (row.quantity, row.unit_price, row.discount, row.freight)
    travel = (row.ship_by, row.shipped_at, row.promised_by, row.delivered_at, row.received_at)
    review = (row.review_score, row.review_text, row.review_at)
    return (n, line, row.line_ref, row.sku, row.category, row.title, *amounts, row.status, *travel, *review)


def _copy(table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    # The text format: in the CSV one, a line `\\.` inside of a review would end the data.
    buffer = io.StringIO("".join("\t".join(map(_cell, row)) + "\n" for row in rows))
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", buffer)


def _cell(value: str | int | None) -> str:
    if value is None:
        return "\\N"
    text = str(value)
    return text if text.isprintable() and "\\" not in text else text.translate(_ESCAPES)
