"""What must always be true of the fund's bookings; `manage.py verify` runs it."""

from django.db import connection

# What is booked moved the fund once and to the cent; what is not booked moved nothing; nothing moved without booking.
_FUND = """
SELECT coalesce(b.reference, t.key), coalesce(b.amount, 0), coalesce(t.amount, 0)
FROM (SELECT reference, CASE WHEN state = 'booked' THEN amount ELSE 0 END AS amount FROM fund_fundbooking) b
FULL JOIN (
    SELECT t.key, sum(e.amount) AS amount FROM ledger_transaction t
    JOIN ledger_entry e ON e.transaction_id = t.id JOIN ledger_account a ON a.id = e.account_id
    WHERE t.kind IN ('fund_paid_in', 'fund_taken_out') AND a.kind = 'platform_fund' GROUP BY t.key
) t ON t.key = 'fund:' || b.reference
WHERE coalesce(b.amount, 0) <> coalesce(t.amount, 0) ORDER BY 1
"""


def findings() -> list[str]:
    """Audit the bookings: one sentence per fault, none when all is well."""
    with connection.cursor() as cursor:
        cursor.execute(_FUND)
        return [f"fund {name}: {booked} was booked, {moved} moved" for name, booked, moved in cursor.fetchall()]
