"""What must always be true of deposits; `manage.py verify` runs it."""

from django.db import connection

_FAULTS = [
    # Movements, their running balance, the account's balance and the ledger's entries say the same.
    """
    SELECT format('deposit %s of seller %s: movements say %s, the account %s, the ledger %s', d.id, d.merchant_id,
        m.sum, coalesce(a.balance, 0), e.sum)
    FROM deposits_deposit d
    LEFT JOIN ledger_account a ON a.key = 'merchant_deposit:' || d.currency || ':m' || d.merchant_id || ':b'
    CROSS JOIN LATERAL (SELECT coalesce(sum(amount), 0) AS sum FROM deposits_depositmove WHERE deposit_id = d.id) m
    CROSS JOIN LATERAL (SELECT coalesce(sum(amount), 0) AS sum FROM ledger_entry WHERE account_id = a.id) e
    WHERE m.sum <> e.sum OR m.sum <> coalesce(a.balance, 0) ORDER BY d.id
    """,
    """
    SELECT format('deposit movement %s says %s was held, those up to it say %s', key, held, run) FROM (
        SELECT id, key, held, sum(amount) OVER (PARTITION BY deposit_id ORDER BY id) AS run FROM deposits_depositmove
    ) moves WHERE held <> run ORDER BY id
    """,
    # Each movement is one posting of the same amount, and no posting moves a deposit without one.
    """
    SELECT format('deposit movement %s of %s is posted as %s', coalesce(m.key, t.key), m.amount, t.sum)
    FROM deposits_depositmove m FULL JOIN (
        SELECT t.key, sum(e.amount) AS sum FROM ledger_entry e JOIN ledger_transaction t ON t.id = e.transaction_id
        JOIN ledger_account a ON a.id = e.account_id WHERE a.kind = 'merchant_deposit' GROUP BY t.key
    ) t ON t.key = m.key
    WHERE m.amount IS DISTINCT FROM t.sum ORDER BY 1
    """,
    # Nothing is taken without a debt, nor more than it was, nor put back more than was taken.
    """
    SELECT format('%s was taken from deposit %s for posting %s, which took %s from the seller', m.sum, m.deposit_id,
        m.debt_id, coalesce(e.sum, 0))
    FROM (
        SELECT deposit_id, debt_id, -sum(amount) AS sum FROM deposits_depositmove
        WHERE debt_id IS NOT NULL GROUP BY 1, 2
    ) m
    JOIN deposits_deposit d ON d.id = m.deposit_id
    LEFT JOIN LATERAL (
        SELECT -sum(amount) AS sum FROM ledger_entry JOIN ledger_account a ON a.id = account_id
        WHERE transaction_id = m.debt_id AND a.kind = 'merchant_payable' AND a.merchant_id = d.merchant_id
            AND a.currency = d.currency
    ) e ON true
    WHERE m.sum < 0 OR m.sum > coalesce(e.sum, 0) ORDER BY m.debt_id
    """,
    # The level noted on the deposit is the one that began last of those that had begun when it was looked at.
    """
    SELECT format('deposit %s requires %s, its history says %s', d.id, d.required, l.amount)
    FROM deposits_deposit d LEFT JOIN LATERAL (
        SELECT amount FROM deposits_depositlevel WHERE deposit_id = d.id AND effective_at <= d.looked_at
        ORDER BY effective_at DESC, id DESC LIMIT 1
    ) l ON true
    WHERE d.required <> coalesce(l.amount, 0) ORDER BY d.id
    """,
    # A deposit that holds enough is not short, one that does not is.
    """
    SELECT format('deposit %s holds %s of %s and is %s', d.id, coalesce(a.balance, 0), d.required,
        CASE WHEN s.id IS NULL THEN 'not short' ELSE 'short' END)
    FROM deposits_deposit d
    LEFT JOIN ledger_account a ON a.key = 'merchant_deposit:' || d.currency || ':m' || d.merchant_id || ':b'
    LEFT JOIN deposits_shortage s ON s.deposit_id = d.id AND s.ended_at IS NULL
    WHERE (coalesce(a.balance, 0) < d.required) <> (s.id IS NOT NULL) ORDER BY d.id
    """,
]


def findings() -> list[str]:
    """Audit the deposits: one sentence per fault, none when all is well."""
    found: list[str] = []
    with connection.cursor() as cursor:
        for sql in _FAULTS:
            cursor.execute(sql)
            found += [row[0] for row in cursor.fetchall()]
    return found
