"""What of an advance the seller's own money has covered: the deposit what was taken for it, payables the oldest."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from aftersales.advances.models import Advance, AdvanceState
from portal.money import ZERO

# Of what was taken from the payables that much is still open as they lack, beyond what was taken later than it.
_OPEN = """
WITH debt AS (
    SELECT a.id, a.owed - a.returned AS net, t.id AS moved, account.id AS account FROM advances_advance a
    LEFT JOIN ledger_transaction t ON t.key = 'advance:' || a.key
    LEFT JOIN ledger_account account ON account.kind = 'merchant_payable'
        AND account.merchant_id = a.merchant_id AND account.currency = a.currency
        AND EXISTS (SELECT FROM ledger_entry e WHERE e.transaction_id = t.id AND e.account_id = account.id)
    WHERE a.state = 'final' AND a.id = ANY(%s)
), balance AS (
    SELECT account_id, sum(amount) AS amount FROM ledger_entry
    WHERE account_id IN (SELECT account FROM debt) GROUP BY account_id
)
SELECT debt.id, greatest(0, least(debt.net - deposit.amount, later.amount - balance.amount))
FROM debt JOIN balance ON balance.account_id = debt.account CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount), 0) AS amount FROM ledger_entry
    WHERE account_id = debt.account AND transaction_id > debt.moved AND amount < 0
) later CROSS JOIN LATERAL (
    SELECT coalesce(-sum(amount), 0) AS amount FROM deposits_depositmove WHERE debt_id = debt.moved
) deposit
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of the amount that was paid in advance, in its currency: the three add up to it."""

    recovered: Decimal  # paid by the seller's own money
    open: Decimal  # owed, and not covered
    borne: Decimal  # by the platform


def standings(advances: Collection[Advance]) -> dict[int, Standing]:
    """Say of each advance what became of its amount, by primary key; one statement for any number."""
    final = _open([one.pk for one in advances if one.state == AdvanceState.FINAL])
    return {one.pk: _standing(one, final.get(one.pk, ZERO)) for one in advances}


def covered() -> list[int]:
    """Return the final debts, by primary key, that are covered and not yet noted as such; two statements."""
    waiting = Advance.objects.filter(state=AdvanceState.FINAL, recovered_at=None)
    ids = list(waiting.order_by("id").values_list("pk", flat=True))
    lacking = _open(ids)
    return [pk for pk in ids if not lacking.get(pk)]


def _standing(advance: Advance, lacking: Decimal) -> Standing:
    if advance.state == AdvanceState.BORNE:
        return Standing(ZERO, ZERO, advance.amount)
    net = advance.owed - advance.returned
    still = lacking if advance.state == AdvanceState.FINAL else net
    return Standing(net - still, still, advance.amount - net)


def _open(ids: list[int]) -> dict[int, Decimal]:
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [ids])
        return dict(cursor.fetchall())
