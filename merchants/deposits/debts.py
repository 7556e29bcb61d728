"""What a seller owes, posting by posting, read back out of the ledger: oldest debts are paid first.

Order money and settlements come first, then the deposit: each debt has an instant until which it waits for them. What a
case gave back (an appeal that found less due) pays that case's debts; what was taken from the deposit pays the debt
that it was taken for; everything else pays the oldest.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import attrgetter

from django.db import connection
from django.db.models import Sum

from aftersales.ledger.models import AccountKind, Entry, Transaction
from aftersales.ledger.services import AccountKey, balance
from aftersales.policies.book import book_at, pack_rules
from aftersales.policies.rules import Rules
from merchants.deposits.models import Deposit, DepositMove
from portal.money import ZERO

ADVANCE = "advance_recovered"  # the ledger's kind for an advance that the seller finally owes
# What leaves or enters the seller's account without being a debt or paying one of its own.
_NO_DEBTS = frozenset({"paid_out", "fee", "deposit_kept", "deposit_returned", "deposit_taken"})


@dataclass(frozen=True, slots=True)
class Debt:
    """What is left of one debt, in the deposit's currency, and when it is taken from the deposit."""

    posting: int
    case: str
    is_advance: bool
    amount: Decimal
    since: datetime
    due_at: datetime


def payable(deposit: Deposit) -> AccountKey:
    """Name the account of what the seller is owed; below zero it is what the seller owes."""
    return AccountKey(AccountKind.MERCHANT_PAYABLE, deposit.currency, merchant_id=deposit.merchant_id)


def rules_for(currency: str, now: datetime) -> Rules:
    """Return the rules in force now where a currency is at home."""
    book = book_at(now)
    return pack_rules(book.base(book.market("", currency)))


def debts(deposit: Deposit, *, now: datetime) -> list[Debt]:
    """List what is owed, oldest first; empty where nothing is. Reads no further back than what is owed."""
    left = -balance(payable(deposit))
    if left <= 0:
        return []
    rules, taken = rules_for(deposit.currency, now), _taken(deposit)
    waits = {True: rules.timer("advance_to_deposit"), False: rules.timer("debt_to_deposit")}
    found: list[Debt] = []
    for moved, own in _unpaid(deposit, taken):
        part = min(own, left)
        found.append(_debt(moved, part, waits))
        left -= part
        if not left:
            break
    return found[::-1]


def owed(deposit: Deposit) -> Decimal:
    """Sum up what the seller owes in the deposit's currency."""
    return max(ZERO, -balance(payable(deposit)))


def in_debt() -> list[int]:
    """List the deposits that hold something while their seller owes something, with one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_DEBT)
        return [pk for (pk,) in cursor.fetchall()]


_IN_DEBT = """
SELECT d.id FROM deposits_deposit d
JOIN ledger_account a ON a.key = 'merchant_deposit:' || d.currency || ':m' || d.merchant_id || ':b' AND a.balance > 0
JOIN ledger_account p ON p.key = 'merchant_payable:' || d.currency || ':m' || d.merchant_id || ':b'
CROSS JOIN LATERAL (SELECT sum(amount) AS sum FROM ledger_entry WHERE account_id = p.id) e
WHERE e.sum < 0 ORDER BY d.id
"""


def _taken(deposit: Deposit) -> dict[int, Decimal]:
    """Sum up what was taken from the deposit, less what was put back, by the debt's posting."""
    sums = DepositMove.objects.filter(deposit=deposit, debt__isnull=False).order_by()
    return {debt: -sum_ for debt, sum_ in sums.values_list("debt").annotate(sum=Sum("amount"))}


def _unpaid(deposit: Deposit, taken: dict[int, Decimal]) -> Iterator[tuple[Transaction, Decimal]]:
    """Walk the seller's account from its newest posting back; yield each debt with what its own credits left of it."""
    found = Entry.objects.filter(account__key=str(payable(deposit))).select_related("transaction")
    newest_first = found.order_by("-transaction_id", "-id").iterator(chunk_size=200)
    given_back: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for moved, entries in groupby(newest_first, attrgetter("transaction")):
        amount = sum((entry.amount for entry in entries), ZERO)
        if moved.kind in _NO_DEBTS:
            continue
        if amount > 0:
            given_back[moved.case] += amount if moved.case else ZERO
            continue
        own = -amount - taken.get(moved.pk, ZERO)
        corrected = min(own, given_back[moved.case])
        given_back[moved.case] -= corrected
        if own > corrected:
            yield moved, own - corrected


def _debt(moved: Transaction, part: Decimal, waits: dict[bool, timedelta]) -> Debt:
    is_advance = moved.kind == ADVANCE
    return Debt(moved.pk, moved.case, is_advance, part, moved.posted_at, moved.posted_at + waits[is_advance])
