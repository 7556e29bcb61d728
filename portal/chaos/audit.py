"""What every case should have come to, beside what the gateway's books, the buyers' balances and the ledger say."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection

from aftersales.disputes.models import Dispute
from portal.chaos.stories import Ending
from portal.money import ZERO

# What each case's buyer got: by the books of the simulated gateway, and by credits to the store balance.
_GOT = """
SELECT i."case", sum(x.amount) FROM remedies_refundinstruction i
JOIN remedies_refundpart p ON p.instruction_id = i.id JOIN remedies_refundattempt a ON a.part_id = p.id
JOIN (
    SELECT key, amount FROM remedies_simulatedrefund WHERE reversed_at IS NULL
    UNION ALL
    SELECT substr(t.key, 9), e.amount FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
    JOIN ledger_account b ON b.id = e.account_id WHERE t.kind = 'balance_credited' AND b.kind = 'buyer_balance'
) AS x ON x.key = a.key
GROUP BY i."case"
"""
# Money out, as the ledger has it, and as the books and balances have it; and what is still on its way.
_LEDGER = """
SELECT
    (SELECT coalesce(sum(e.amount), 0) FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
     WHERE a.kind IN ('gateway', 'buyer_balance')),
    (SELECT coalesce(sum(amount), 0) FROM remedies_simulatedrefund)
    + (SELECT coalesce(sum(e.amount), 0) FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
       WHERE a.kind = 'buyer_balance'),
    (SELECT coalesce(sum(e.amount), 0) FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
     WHERE a.kind = 'refunds_clearing')
"""


@dataclass(slots=True)
class Verdict:
    """How many cases were lost and doubled, by how much the ledger is off, and each fault in words."""

    lost: int = 0
    doubled: int = 0
    off: Decimal = ZERO
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.lost} lost, {self.doubled} doubled, ledger off by {self.off.normalize():f}"


def judge(endings: Sequence[Ending]) -> Verdict:
    """Hold every ending against the database."""
    verdict = Verdict()
    statuses = dict(Dispute.objects.values_list("number", "status"))
    got: dict[str, Decimal] = dict(_rows(_GOT))
    for ending in endings:
        _judge(ending, statuses.get(ending.number, "missing"), got.get(ending.number, ZERO), verdict)
    ((out, paid, on_its_way),) = _rows(_LEDGER)
    verdict.off = abs(out - paid) + abs(on_its_way) + abs(paid - sum((e.cash for e in endings), ZERO))
    return verdict


def _judge(ending: Ending, status: str, got: Decimal, verdict: Verdict) -> None:
    if status == ending.status and got == ending.cash:
        return
    if got > ending.cash:
        verdict.doubled += 1
    else:
        verdict.lost += 1
    verdict.faults.append(
        f"{ending.number} ({ending.story}): is {status}, should be {ending.status}; "
        f"got {got}, decided were {ending.cash}"
    )


def _rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())
