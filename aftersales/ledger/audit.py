"""What must always be true of the ledger; `manage.py verify` runs it."""

from django.db import connection

from aftersales.ledger.models import GUARDED

_UNBALANCED = """
SELECT t.key, e.currency, sum(e.amount) FROM ledger_entry e JOIN ledger_transaction t ON t.id = e.transaction_id
GROUP BY t.id, e.currency HAVING sum(e.amount) <> 0 ORDER BY t.id
"""
_OVERALL = "SELECT currency, sum(amount) FROM ledger_entry GROUP BY currency HAVING sum(amount) <> 0 ORDER BY currency"
_EMPTY = """
SELECT key FROM ledger_transaction t
WHERE NOT EXISTS (SELECT 1 FROM ledger_entry e WHERE e.transaction_id = t.id) ORDER BY id
"""
_FOREIGN = """
SELECT e.id, e.currency, a.key FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
WHERE a.currency <> e.currency ORDER BY e.id
"""
# The balance kept on an account is the sum of its entries, and only guarded accounts keep one.
_KEPT = """
SELECT a.key, a.balance, e.sum FROM ledger_account a
LEFT JOIN LATERAL (SELECT sum(amount) AS sum FROM ledger_entry WHERE account_id = a.id) e ON true
WHERE CASE WHEN a.kind = ANY(%s) THEN a.balance IS DISTINCT FROM e.sum ELSE a.balance IS NOT NULL END ORDER BY a.id
"""


def findings() -> list[str]:
    """Audit the ledger: one sentence per fault, none when all is well."""
    return [
        *(f"ledger transaction {key} is off by {amount} {currency}" for key, currency, amount in _rows(_UNBALANCED)),
        *(f"the ledger as a whole is off by {amount} {currency}" for currency, amount in _rows(_OVERALL)),
        *(f"ledger transaction {key} has no entries" for (key,) in _rows(_EMPTY)),
        *(f"ledger entry {pk} in {currency} stands in account {key}" for pk, currency, key in _rows(_FOREIGN)),
        *(
            f"account {key} says {kept}, its entries say {sum_}"
            for key, kept, sum_ in _rows(_KEPT, [[str(kind) for kind in GUARDED]])
        ),
    ]


def _rows(sql: str, values: list[list[str]] | None = None) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
