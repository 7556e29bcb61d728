"""When the platform's fund pays a buyer first, and what the seller then owes to the fund (Consumer Law art. 44)."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection

from aftersales.advances.models import Ground
from aftersales.advances.services import Paid, paid_since
from aftersales.disputes.models import Dispute
from aftersales.disputes.terms import Terms
from aftersales.remedies.approvals import limit
from aftersales.remedies.models import Payer
from portal.money import ZERO

# The rule whose time ran out, by the ground of the advance.
_RULES = {
    Ground.STATUTORY_DELAY: "timers.merchant_inspects",
    Ground.RULING_NOT_EXECUTED: "timers.execute_ruling",
    Ground.PROMISE: "choices.damaged_on_arrival",
}


LIMIT, CAP = "limit", "cap"  # why people approve an advance: too much for one case, or for the seller within a day
DAY = timedelta(hours=24)
# One lock a seller, in one order for everybody: of two cases at once only one finds the room that is left.
_HOLD = """
SELECT pg_advisory_xact_lock(key) FROM (
    SELECT DISTINCT hashtextextended('advances:' || seller, 0) AS key FROM unnest(%s::bigint[]) seller ORDER BY 1
) keys
"""


def can_advance(terms: Terms) -> bool:
    """Whether there is something to pay first: money that the seller would have to pay now."""
    return terms.payer == Payer.MERCHANT and _money(terms) > ZERO


@dataclass(slots=True)
class Tally:
    """What the fund paid for sellers within a day, what is granted but not written yet included."""

    now: datetime
    _sums: dict[tuple[int, str], Decimal] = field(default_factory=dict)
    _sellers: set[int] = field(default_factory=set)

    def know(self, cases: Iterable[Dispute]) -> None:
        """Read the sums of the cases' sellers, who are held to the end of the transaction: two statements for all."""
        new = {case.merchant_id for case in cases} - self._sellers
        if not new:
            return
        with connection.cursor() as cursor:
            cursor.execute(_HOLD, [sorted(new)])
        self._sellers |= new
        for seller, currency, amount in paid_since(self.now - DAY, new):
            self._sums[seller, currency] = amount

    def above(self, case: Dispute, terms: Terms) -> str:
        """Say which bound an advance would pass, so that people have to approve it: LIMIT, CAP or none."""
        money = _money(terms)
        if money > limit("advance", case.currency, rules=case.rules):
            return LIMIT
        self.know([case])
        paid = self._sums.get((case.merchant_id, case.currency), ZERO)
        return CAP if paid + money > limit("advance_per_day", case.currency, rules=case.rules) else ""

    def add(self, case: Dispute, terms: Terms) -> None:
        """Count an advance that is granted now."""
        self.know([case])
        key = (case.merchant_id, case.currency)
        self._sums[key] = self._sums.get(key, ZERO) + _money(terms)


def _money(terms: Terms) -> Decimal:
    return terms.money - terms.postage  # that is granted by itself, to whoever bears it


def in_advance(terms: Terms) -> Terms:
    """Let the fund pay the money; a coupon stays the seller's."""
    return replace(terms, payer=Payer.PLATFORM, coupon_payer=terms.coupon_payer or Payer.MERCHANT)


def advance_of(case: Dispute, terms: Terms, key: str, ground: Ground) -> Paid:
    """Say what the seller owes for a refund that the fund pays under `key`."""
    return Paid(
        key=key,
        case=case.number,
        merchant_id=case.merchant_id,
        ground=ground,
        rule=str(case.rules.source(_RULES[ground])),
        amount=_money(terms),
        currency=case.currency,
        objection_time=case.rules.timer("advance_objection"),
        reminder=case.rules.timer("advance_reminder"),
    )
