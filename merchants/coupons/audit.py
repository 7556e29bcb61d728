"""What must always be true of coupons and their budgets; `manage.py verify` runs it."""

from django.db import connection

_FAULTS = [
    # A budget's counters are what a recount of its reservations gives.
    """
    SELECT format('coupon budget %s counts %s worth %s (on %s: %s worth %s), its reservations say %s worth %s (%s, %s)',
        b.id, b.taken_count, b.taken_amount, b.today, b.today_count, b.today_amount, r.n, r.worth, r.day_n, r.day_worth)
    FROM coupons_couponbudget b CROSS JOIN LATERAL (
        SELECT count(*) AS n, coalesce(sum(amount), 0) AS worth, count(*) FILTER (WHERE v."on" = b.today) AS day_n,
            coalesce(sum(amount) FILTER (WHERE v."on" = b.today), 0) AS day_worth
        FROM coupons_couponreservation v
        WHERE v.released_at IS NULL AND CASE WHEN b.template_id IS NULL
            THEN v.merchant_id = b.merchant_id AND v.currency = b.currency ELSE v.template_id = b.template_id END
    ) r
    WHERE (b.taken_count, b.taken_amount, b.today_count, b.today_amount)
        IS DISTINCT FROM (r.n, r.worth, r.day_n, r.day_worth) ORDER BY b.id
    """,
    # What ran out or was withdrawn was given back to its budget; what is open or used was not.
    """
    SELECT format('coupon %s is %s, but its budget share was %s', c.key, c.state,
        CASE WHEN v.released_at IS NULL THEN 'kept' ELSE 'given back' END)
    FROM coupons_coupon c JOIN coupons_couponreservation v ON v.key = c.key
    WHERE (c.state IN ('expired', 'revoked')) <> (v.released_at IS NOT NULL) ORDER BY c.id
    """,
    # The last move of a coupon is how it got into its state, and none is missing.
    """
    SELECT format('coupon %s is %s after %s moves, its history has %s and ends with %s', c.key, c.state, c.moves,
        h.n, h.last)
    FROM coupons_coupon c LEFT JOIN LATERAL (
        SELECT count(*) AS n, (array_agg(kind ORDER BY number DESC))[1] AS last
        FROM coupons_couponmove WHERE coupon_id = c.id
    ) h ON true
    WHERE h.n <> c.moves OR h.last IS NULL OR c.state <> CASE h.last WHEN 'issued' THEN 'issued'
        WHEN 'released' THEN 'issued' WHEN 'used' THEN 'redeemed' WHEN 'expired' THEN 'expired' ELSE 'revoked' END
    ORDER BY c.id
    """,
]


def findings() -> list[str]:
    """Audit coupons and budgets: one sentence per fault, none when all is well."""
    found: list[str] = []
    with connection.cursor() as cursor:
        for sql in _FAULTS:
            cursor.execute(sql)
            found += [row[0] for row in cursor.fetchall()]
    return found
