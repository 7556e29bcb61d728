"""What must always be true of plans' limits; `manage.py verify` runs it."""

from django.db import connection

# The counters are what a recount of the reservations gives.
_COUNTERS = """
SELECT format('limits of plan %s count %s worth %s on %s and %s worth %s in its month, reservations say %s, %s, %s, %s',
    l.plan_id, l.today_count, l.today_amount, l.today, l.this_month_count, l.this_month_amount,
    r.n, r.worth, r.month_n, r.month_worth)
FROM limits_planlimits l CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE v."on" = l.today) AS n,
        coalesce(sum(amount) FILTER (WHERE v."on" = l.today), 0) AS worth,
        count(*) FILTER (WHERE date_trunc('month', v."on")::date = l.month) AS month_n,
        coalesce(sum(amount) FILTER (WHERE date_trunc('month', v."on")::date = l.month), 0) AS month_worth
    FROM limits_reservation v WHERE v.plan_id = l.plan_id AND v.released_at IS NULL AND v."on" >= l.month
) r
WHERE (l.today_count, l.today_amount, l.this_month_count, l.this_month_amount)
    IS DISTINCT FROM (r.n, r.worth, r.month_n, r.month_worth) AND l.today IS NOT NULL ORDER BY l.plan_id
"""


def findings() -> list[str]:
    """Audit the counters: one sentence per fault, none when all is well."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTERS)
        return [row[0] for row in cursor.fetchall()]
