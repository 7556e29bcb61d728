"""The fund's entries beside the records that caused them, group by group: the differences must be zero."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.money import ZERO

WORDS: dict[str, str | Promise] = {
    "bookings": _("Paid in and taken out by finance"),
    "refunds": _("Refunds and coupons borne by the platform"),
    "freight": _("Return freight billed to the platform"),
    "advances": _("Recovered from sellers"),
    "excess": _("Paid too much at a gateway, and taken back"),
    "corrections": _("Given back to sellers after appeals"),
}
# What is recorded nowhere else than in the ledger, whose entries `verify` adds up by itself.
LEDGER_ONLY = "corrections"

_COMPARED = """
WITH booked AS (
    SELECT e.currency, e.amount, CASE
        WHEN t.kind IN ('fund_paid_in', 'fund_taken_out') THEN 'bookings'
        WHEN t.kind IN ('remedy_granted', 'coupon_used', 'coupon_lapsed', 'coupon_reversed') THEN 'refunds'
        WHEN t.kind = 'return_freight' THEN 'freight'
        WHEN t.kind IN ('advance_recovered', 'advance_corrected') THEN 'advances'
        WHEN t.kind IN ('paid_too_much', 'refund_netted') THEN 'excess'
        ELSE 'corrections' END AS name
    FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
    JOIN ledger_transaction t ON t.id = e.transaction_id
    WHERE a.kind = 'platform_fund'
),
recorded AS (
    SELECT currency, amount, 'bookings' AS name FROM fund_fundbooking WHERE state = 'booked'
    UNION ALL SELECT currency, -amount, 'refunds' FROM remedies_refundinstruction WHERE payer = 'platform'
    UNION ALL SELECT currency, -amount, 'refunds' FROM remedies_coupongrant
        WHERE payer = 'platform' AND state = 'granted'
    UNION ALL SELECT currency, -CASE state WHEN 'issued' THEN amount WHEN 'redeemed' THEN redeemed_amount ELSE 0 END,
        'refunds' FROM coupons_coupon WHERE payer = 'platform'
    UNION ALL SELECT currency, -amount, 'freight' FROM returns_carrierevent WHERE booked_to = 'platform'
    UNION ALL SELECT currency, owed, 'advances' FROM advances_advance WHERE state = 'final'
    UNION ALL SELECT currency, -excess, 'excess' FROM remedies_outsiderefund
)
SELECT coalesce(b.currency, r.currency), coalesce(b.name, r.name), coalesce(b.amount, 0), coalesce(r.amount, 0)
FROM (SELECT currency, name, sum(amount) AS amount FROM booked GROUP BY 1, 2) b
FULL JOIN (SELECT currency, name, sum(amount) AS amount FROM recorded GROUP BY 1, 2) r USING (currency, name)
WHERE coalesce(b.amount, 0) <> 0 OR coalesce(r.amount, 0) <> 0
ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """One group of movements in one currency; `recorded` is None where the ledger alone knows."""

    currency: str
    name: str
    booked: Decimal
    recorded: Decimal | None

    @property
    def words(self) -> str:
        """What the group is called."""
        return str(WORDS[self.name])

    @property
    def difference(self) -> Decimal:
        """Zero, or somebody has to be woken up."""
        return ZERO if self.recorded is None else self.booked - self.recorded


def reconcile() -> list[Compared]:
    """Compare all there is, with one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_COMPARED)
        return [
            Compared(currency, name, booked, None if name == LEDGER_ONLY else recorded)
            for currency, name, booked, recorded in cursor.fetchall()
        ]
