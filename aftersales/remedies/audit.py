"""What must always be true of remedies; `manage.py verify` runs it."""

from django.db import connection

# Each query gives the sentences that name its faults, nothing when all is well.
_FAULTS = [
    # What lines and payments have given back is what the instructions say, and never above what was paid.
    """
    SELECT format('order line %s gave back %s, its refunds say %s', l.id, l.refunded_amount, coalesce(r.amount, 0))
    FROM orders_orderline l FULL JOIN (
        SELECT (row ->> 'line')::bigint AS id, sum((row ->> 'amount')::numeric) AS amount
        FROM remedies_refundinstruction, jsonb_array_elements(lines) AS row GROUP BY 1
    ) AS r USING (id)
    WHERE coalesce(l.refunded_amount, 0) <> coalesce(r.amount, 0) ORDER BY id
    """,
    """
    SELECT format('order line %s gave back %s of %s paid', id, refunded_amount,
        unit_price * quantity - discount + freight)
    FROM orders_orderline WHERE refunded_amount > unit_price * quantity - discount + freight ORDER BY id
    """,
    """
    SELECT format('payment %s gave back %s, its refunds say %s', p.id, p.refunded_amount, coalesce(r.amount, 0))
    FROM orders_orderpayment p LEFT JOIN (
        SELECT payment_id, sum(amount) AS amount FROM remedies_refundpart GROUP BY payment_id
    ) AS r ON r.payment_id = p.id
    WHERE p.refunded_amount <> coalesce(r.amount, 0) ORDER BY p.id
    """,
    """
    SELECT format('payment %s gave back %s of %s paid', id, refunded_amount, amount)
    FROM orders_orderpayment WHERE refunded_amount > amount ORDER BY id
    """,
    # An instruction is the sum of its lines and the sum of its parts.
    """
    SELECT format('refund %s of %s has parts of %s and lines of %s', i.key, i.amount, p.amount, l.amount)
    FROM remedies_refundinstruction i
    LEFT JOIN LATERAL (SELECT sum(amount) AS amount FROM remedies_refundpart WHERE instruction_id = i.id) p ON true
    LEFT JOIN LATERAL (
        SELECT sum((row ->> 'amount')::numeric) AS amount FROM jsonb_array_elements(i.lines) AS row
    ) AS l ON true
    WHERE i.amount IS DISTINCT FROM p.amount OR i.amount - i.compensation <> coalesce(l.amount, 0) ORDER BY i.id
    """,
    # What is beyond the refund never goes back through a payment, nor a refund into the balance instead.
    """
    SELECT format('refund %s has %s of compensation, its part into the balance is %s', i.key, i.compensation,
        coalesce(p.amount, 0))
    FROM remedies_refundinstruction i
    LEFT JOIN remedies_refundpart p ON p.instruction_id = i.id AND p.payment_id IS NULL
    WHERE i.compensation <> coalesce(p.amount, 0) ORDER BY i.id
    """,
    # Paid means: each part by exactly one attempt that succeeded.
    """
    SELECT format('refund %s is paid, but its part %s has no attempt that succeeded', i.key, p.id)
    FROM remedies_refundinstruction i JOIN remedies_refundpart p ON p.instruction_id = i.id
    WHERE i.state = 'succeeded' AND (p.paid_at IS NULL OR p.netted < p.amount AND NOT EXISTS (
        SELECT 1 FROM remedies_refundattempt a WHERE a.part_id = p.id AND a.state = 'succeeded'
    )) ORDER BY p.id
    """,
    """
    SELECT format('refund %s has all its parts paid, but is %s', i.key, i.state)
    FROM remedies_refundinstruction i
    WHERE i.state IN ('granted', 'failed', 'reversed') AND NOT EXISTS (
        SELECT 1 FROM remedies_refundpart p WHERE p.instruction_id = i.id AND p.paid_at IS NULL
    ) ORDER BY i.id
    """,
    # Nothing that is still owed is forgotten.
    """
    SELECT format('refund %s is on its way, but nobody will look at it', key)
    FROM remedies_refundinstruction WHERE state = 'granted' AND next_at IS NULL ORDER BY id
    """,
    """
    SELECT format('coupon grant %s is waiting, but nobody will look at it', key)
    FROM remedies_coupongrant WHERE state = 'granted' AND next_at IS NULL ORDER BY id
    """,
    """
    SELECT format('coupon grant %s is issued, but its coupon is missing or differs', g.key)
    FROM remedies_coupongrant g LEFT JOIN coupons_coupon c ON c.id = g.coupon_id
    WHERE g.state = 'issued' AND (c.id IS NULL OR (c.key, c.amount, c.currency, c.merchant_id, c.buyer_id)
        IS DISTINCT FROM (g.key, g.amount, g.currency, g.merchant_id, g.buyer_id)) ORDER BY g.id
    """,
    # Given back in kind is what the marketplace confirmed, for as much as it was worth.
    """
    SELECT format('attempt %s is paid in kind, but the marketplace has not confirmed it', a.key)
    FROM remedies_refundattempt a JOIN remedies_refundpart p ON p.id = a.part_id
    LEFT JOIN remedies_inkindrefund k ON k.key = a.key AND k.state = 'confirmed'
    WHERE a.gateway = 'in_kind' AND a.state = 'succeeded' AND k.amount IS DISTINCT FROM p.amount - p.netted
    ORDER BY a.id
    """,
    # The books of the simulated gateway against ours: what settled there is what succeeded here, to the cent.
    """
    SELECT format('attempt %s: the gateway has %s, we have %s', coalesce(b.key, a.key),
        coalesce(b.amount || ' ' || b.currency, 'nothing'), coalesce(a.amount || ' ' || a.currency, 'nothing'))
    FROM (
        SELECT t.key, p.amount - p.netted AS amount, i.currency FROM remedies_refundattempt t
        JOIN remedies_refundpart p ON p.id = t.part_id JOIN remedies_refundinstruction i ON i.id = p.instruction_id
        WHERE t.gateway = 'simulated' AND t.state = 'succeeded' AND i.key NOT LIKE 'outside:%'
    ) AS a FULL JOIN (
        SELECT key, amount, currency FROM remedies_simulatedrefund b
        -- One that we know to be open is not a difference: the reconciler has not asked yet.
        WHERE b.reversed_at IS NULL AND NOT EXISTS (
            SELECT 1 FROM remedies_refundattempt t WHERE t.key = b.key AND t.state IN ('pending', 'unknown')
        ) AND NOT EXISTS (
            SELECT 1 FROM remedies_outsiderefund o WHERE o.gateway = 'simulated' AND o.reference = b.reference
        )
    ) AS b USING (key)
    WHERE (a.amount, a.currency) IS DISTINCT FROM (b.amount, b.currency) ORDER BY coalesce(b.key, a.key)
    """,
    """
    SELECT format('the gateway paid part %s %s times', t.part_id, count(*))
    FROM remedies_simulatedrefund b JOIN remedies_refundattempt t ON t.key = b.key AND b.reversed_at IS NULL
    GROUP BY t.part_id HAVING count(*) > 1 ORDER BY t.part_id
    """,
    # What came from elsewhere was taken off, booked, or is contested, to the cent.
    """
    SELECT format('refund made elsewhere %s %s of %s: %s taken off, %s booked, %s too much', gateway, reference, amount,
        netted, booked, excess)
    FROM remedies_outsiderefund
    WHERE payment_id IS NOT NULL AND netted + booked + excess NOT IN (0, amount) ORDER BY id
    """,
    # The ledger says the same: refunds on their way, and coupons owed.
    """
    SELECT format('refunds on their way in %s: the ledger has %s, instructions say %s', currency,
        coalesce(l.amount, 0), coalesce(i.amount, 0))
    FROM (
        SELECT e.currency, sum(e.amount) AS amount FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
        WHERE a.kind = 'refunds_clearing' GROUP BY e.currency
    ) AS l FULL JOIN (
        SELECT r.currency, sum(p.amount - p.netted) AS amount FROM remedies_refundinstruction r
        JOIN remedies_refundpart p ON p.instruction_id = r.id WHERE p.paid_at IS NULL GROUP BY r.currency
    ) AS i USING (currency)
    WHERE coalesce(l.amount, 0) <> coalesce(i.amount, 0) ORDER BY currency
    """,
    """
    SELECT format('coupons owed by merchant %s in %s: the ledger has %s, open coupons are worth %s', merchant_id,
        currency, coalesce(l.amount, 0), coalesce(g.amount, 0))
    FROM (
        SELECT a.merchant_id, e.currency, sum(e.amount) AS amount
        FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
        WHERE a.kind = 'coupon_liability' GROUP BY a.merchant_id, e.currency
    ) AS l FULL JOIN (
        SELECT merchant_id, currency, sum(amount) AS amount FROM (
            SELECT merchant_id, currency, amount FROM remedies_coupongrant WHERE state = 'granted'
            UNION ALL
            SELECT merchant_id, currency, amount FROM coupons_coupon WHERE state = 'issued' AND payer <> ''
        ) AS open GROUP BY merchant_id, currency
    ) AS g USING (merchant_id, currency)
    WHERE coalesce(l.amount, 0) <> coalesce(g.amount, 0) ORDER BY merchant_id, currency
    """,
]


def findings() -> list[str]:
    """Audit refunds, coupons and the gateway's books: one sentence per fault, none when all is well."""
    found: list[str] = []
    with connection.cursor() as cursor:
        for sql in _FAULTS:
            cursor.execute(sql)
            found += [row[0] for row in cursor.fetchall()]
    return found
