"""What must always be true of settlements; `manage.py verify` runs it."""

from django.db import connection

# What lines say was settled is what settlements released of them, and never more than was paid.
_LINES = """
SELECT l.id, l.settled_amount, coalesce(s.amount, 0) FROM orders_orderline l
LEFT JOIN (
    SELECT (row->>'line')::bigint AS line, sum((row->>'amount')::numeric) AS amount
    FROM settlements_settlement, jsonb_array_elements(lines) AS row GROUP BY 1
) s ON s.line = l.id
WHERE l.settled_amount <> coalesce(s.amount, 0) AND (l.settled_amount <> 0 OR s.line IS NOT NULL) ORDER BY l.id
"""
_POSTED = """
SELECT s.reference, s.gross, coalesce(-e.amount, 0) FROM settlements_settlement s
LEFT JOIN ledger_transaction t ON t.key = 'settlement:' || s.reference
LEFT JOIN LATERAL (
    SELECT sum(amount) AS amount FROM ledger_entry JOIN ledger_account ON ledger_account.id = account_id
    WHERE transaction_id = t.id AND kind = 'order_money'
) e ON true
WHERE s.gross <> coalesce(-e.amount, 0) ORDER BY s.id
"""
# The fee was taken once; databases from before it was a posting of its own have it inside the settlement's.
_FEES = """
SELECT s.reference, s.fee, coalesce(e.amount, 0) FROM settlements_settlement s
LEFT JOIN LATERAL (
    SELECT sum(amount) AS amount FROM ledger_entry JOIN ledger_account ON ledger_account.id = account_id
    JOIN ledger_transaction t ON t.id = transaction_id
    WHERE t.key IN ('fee:' || s.reference, 'settlement:' || s.reference) AND ledger_account.kind = 'fees'
) e ON true
WHERE s.fee <> coalesce(e.amount, 0) ORDER BY s.id
"""


def findings() -> list[str]:
    """Audit the settlements: one sentence per fault, none when all is well."""
    return [
        *(f"order line {pk} says {says} was settled, settlements say {sum_}" for pk, says, sum_ in _rows(_LINES)),
        *(f"settlement {ref} released {gross}, the ledger says {sum_}" for ref, gross, sum_ in _rows(_POSTED)),
        *(f"settlement {ref} kept a fee of {fee}, the ledger says {sum_}" for ref, fee, sum_ in _rows(_FEES)),
    ]


def _rows(sql: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())
