"""What of a final debt the seller's own money has covered: a seller's payables pay the oldest debts first."""

from django.db import connection

# Taken from the payables: covered once what they still lack is no more than what was taken later than it.
_COVERED = """
WITH uncovered AS (
    SELECT a.id, t.id AS moved, account.id AS account FROM advances_advance a
    LEFT JOIN ledger_transaction t ON t.key = 'advance:' || a.key
    LEFT JOIN ledger_account account ON account.kind = 'merchant_payable'
        AND account.merchant_id = a.merchant_id AND account.currency = a.currency
        AND EXISTS (SELECT FROM ledger_entry e WHERE e.transaction_id = t.id AND e.account_id = account.id)
    WHERE a.state = 'final' AND a.recovered_at IS NULL
), balance AS (
    SELECT account_id, sum(amount) AS amount FROM ledger_entry
    WHERE account_id IN (SELECT account FROM uncovered) GROUP BY account_id
)
SELECT u.id FROM uncovered u LEFT JOIN balance b ON b.account_id = u.account
WHERE u.account IS NULL OR b.amount >= (
    SELECT coalesce(sum(amount), 0) FROM ledger_entry
    WHERE account_id = u.account AND transaction_id > u.moved AND amount < 0
)
ORDER BY u.id LIMIT %s
"""


def covered(most: int) -> list[int]:
    """Return the final debts, by primary key, that are covered and not yet noted as such; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_COVERED, [most])
        return [pk for (pk,) in cursor.fetchall()]
