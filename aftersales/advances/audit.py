"""What must always be true of advances; `manage.py verify` runs it."""

from django.db import connection

# What is final was taken from the seller once, to the cent, and nothing else was: a correction gives it back.
_TAKEN = """
SELECT a.key, CASE WHEN a.state = 'final' THEN a.owed ELSE 0 END AS due, coalesce(sum(e.amount), 0) AS taken
FROM advances_advance a
LEFT JOIN ledger_transaction t ON t.key IN ('advance:' || a.key, 'advance_corrected:' || a.key)
LEFT JOIN ledger_entry e ON e.transaction_id = t.id
    AND e.account_id IN (SELECT id FROM ledger_account WHERE kind = 'platform_fund')
GROUP BY a.id
HAVING coalesce(sum(e.amount), 0) <> CASE WHEN a.state = 'final' THEN a.owed ELSE 0 END ORDER BY a.id
"""
# Each was paid out of the fund by a refund of the same key.
_UNPAID = """
SELECT a.key FROM advances_advance a
LEFT JOIN remedies_refundinstruction r ON r.key = a.key AND r.payer = 'platform' AND r.amount = a.amount
WHERE r.id IS NULL ORDER BY a.id
"""
# What the books paid is what was taken from the seller, is still open, or is borne by the platform. Nothing is missing.
_SHARES = """
SELECT a.key, coalesce(paid.amount, 0), coalesce(taken.amount, 0), shares.open, shares.borne FROM advances_advance a
CROSS JOIN LATERAL (
    SELECT CASE WHEN a.state IN ('open', 'objected') THEN a.owed ELSE 0 END AS open,
        CASE WHEN a.state = 'borne' THEN a.amount ELSE a.amount - a.owed END AS borne
) shares
LEFT JOIN LATERAL (
    SELECT sum(e.amount) AS amount FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
    JOIN ledger_account account ON account.id = e.account_id
    WHERE t.key = 'grant:' || a.key AND account.kind = 'refunds_clearing'
) paid ON true
LEFT JOIN LATERAL (
    SELECT sum(e.amount) AS amount FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
    JOIN ledger_account account ON account.id = e.account_id
    WHERE t.key IN ('advance:' || a.key, 'advance_corrected:' || a.key) AND account.kind = 'platform_fund'
) taken ON true
WHERE coalesce(paid.amount, 0) <> coalesce(taken.amount, 0) + shares.open + shares.borne ORDER BY a.id
"""
# What is said to be given back on appeal was posted.
_RETURNED = """
SELECT a.case, a.amount, coalesce(posted.amount, 0) FROM (
    SELECT "case", sum(returned) AS amount FROM advances_advance GROUP BY "case" HAVING sum(returned) > 0
) a LEFT JOIN LATERAL (
    SELECT sum(e.amount) AS amount FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
    WHERE t.case = a.case AND t.kind = 'appeal_correction' AND e.amount > 0
) posted ON true
WHERE a.amount > coalesce(posted.amount, 0) ORDER BY a.case
"""
# A seller pays for what the buyer got (or what came back since, and waits for finance): not for what never arrived.
_NOT_ARRIVED = """
SELECT a.key, r.state FROM advances_advance a JOIN remedies_refundinstruction r ON r.key = a.key
WHERE a.state = 'final' AND a.owed > 0 AND r.state NOT IN ('succeeded', 'reversed')
    AND a.ended_at < now() - interval '1 day' ORDER BY a.id
"""


def findings() -> list[str]:
    """Audit the advances: one sentence per fault, none when all is well."""
    return [
        *(f"advance {key}: {owed} is owed, {taken} was taken" for key, owed, taken in _rows(_TAKEN)),
        *(f"advance {key} has no refund out of the fund" for (key,) in _rows(_UNPAID)),
        *(
            f"advance {key}: {paid} was paid, {taken} taken, {open} is open, {borne} borne by the platform"
            for key, paid, taken, open, borne in _rows(_SHARES)
        ),
        *(f"advances of {case}: {said} was given back, {posted} is posted" for case, said, posted in _rows(_RETURNED)),
        *(f"advance {key} is owed by the seller, but its refund is {state}" for key, state in _rows(_NOT_ARRIVED)),
    ]


def _rows(sql: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())
