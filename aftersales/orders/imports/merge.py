"""Orders into the mirror: a batch at a time, all of it or nothing, and nothing is written that is there already."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aftersales.orders.imports import lines, orders, payments
from aftersales.orders.imports.grouping import Part, Refusal
from aftersales.orders.imports.parties import ensure_parties
from aftersales.orders.imports.staging import stage

REASONS: dict[str, str | Promise] = {
    "buyer": _("buyer_ref: the order is known as another buyer's."),
    "currency": _("currency: the order is known in another currency."),
    "market": _("market: the order is known in another market."),
    "frozen": _("The order has an after-sales case; what was bought and paid cannot change any more."),
    "total": _("With the discount and freight known before, the line would cost less than nothing or too much."),
}
# A row that says nothing new still belongs to an order that changed.
_COUNT = """
SELECT CASE WHEN l.outcome IS NULL THEN 'taken' WHEN l.outcome = 'unchanged' AND p.changed THEN 'updated'
    ELSE l.outcome END, count(*)
FROM import_line l JOIN import_part p USING (n) GROUP BY 1
"""


class Merged(NamedTuple):
    """How many rows were taken, updated, unchanged, refused; and why the latter."""

    counts: Counter[str]
    refusals: list[Refusal]


def merge(parts: Sequence[Part], *, now: datetime) -> Merged:
    """Bring the mirror up to date with orders; `now` dates those that change.

    Buyers and merchants are made first, in a transaction of their own, so that imports beside each other do not wait
    for one another's orders.
    """
    if not parts:
        return Merged(Counter(), [])
    with transaction.atomic():
        parties = ensure_parties(parts, now=now)
    with transaction.atomic():
        stage(parts, parties)
        orders.place(now=now)
        lines.merge()
        orders.refresh(now=now)
        payments.merge(parts)
        orders.touch(now=now)
        return _result()


def _result() -> Merged:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT)
        counts = Counter(dict(cursor.fetchall()))
        if not counts["refused"]:
            return Merged(counts, [])
        cursor.execute("SELECT line, problem FROM import_line WHERE outcome = 'refused'")
        return Merged(counts, [Refusal(line, str(REASONS[problem])) for line, problem in cursor.fetchall()])
