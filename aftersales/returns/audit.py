"""What must always be true of returns; `manage.py verify` runs it."""

from django.db import connection

# Each bill that was booked stands in the ledger to the cent, and nothing else stands there as freight of a return.
_BILLS = """
SELECT format('postage %s: the carrier billed %s, the ledger has %s', key, coalesce(b.amount || ' ' || b.currency,
    'nothing'), coalesce(l.amount || ' ' || l.currency, 'nothing'))
FROM (
    SELECT 'freight:' || id AS key, amount, currency FROM returns_carrierevent WHERE booked_to <> ''
) AS b FULL JOIN (
    SELECT t.key, e.amount, e.currency FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
    JOIN ledger_account a ON a.id = e.account_id WHERE t.kind = 'return_freight' AND a.kind = 'carrier'
) AS l USING (key)
WHERE (b.amount, b.currency) IS DISTINCT FROM (l.amount, l.currency) ORDER BY key
"""


def findings() -> list[str]:
    """Audit the bills of returns: one sentence per fault, none when all is well."""
    with connection.cursor() as cursor:
        cursor.execute(_BILLS)
        return [row[0] for row in cursor.fetchall()]
