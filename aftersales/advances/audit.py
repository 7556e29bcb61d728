"""What must always be true of advances; `manage.py verify` runs it."""

from django.db import connection

# What is final was taken from the seller once, to the cent, and nothing else was.
_RECOVERED = """
SELECT a.key, a.owed, coalesce(e.amount, 0) FROM advances_advance a
LEFT JOIN ledger_transaction t ON t.key = 'advance:' || a.key
LEFT JOIN LATERAL (
    SELECT sum(amount) AS amount FROM ledger_entry JOIN ledger_account ON ledger_account.id = account_id
    WHERE transaction_id = t.id AND kind = 'platform_fund'
) e ON true
WHERE coalesce(e.amount, 0) <> CASE WHEN a.state = 'final' THEN a.owed ELSE 0 END ORDER BY a.id
"""
# Each was paid out of the fund by a refund of the same key.
_UNPAID = """
SELECT a.key FROM advances_advance a
LEFT JOIN remedies_refundinstruction r ON r.key = a.key AND r.payer = 'platform' AND r.amount = a.amount
WHERE r.id IS NULL ORDER BY a.id
"""


def findings() -> list[str]:
    """Audit the advances: one sentence per fault, none when all is well."""
    return [
        *(f"advance {key}: {owed} is owed, {taken} was taken" for key, owed, taken in _rows(_RECOVERED)),
        *(f"advance {key} has no refund out of the fund" for (key,) in _rows(_UNPAID)),
    ]


def _rows(sql: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())
