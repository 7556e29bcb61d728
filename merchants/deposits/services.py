"""The verbs of deposits. Whatever moves one locks its row first, then posts; the ledger refuses to go below zero.

Postings, by the movement's key: `deposit:REF` money from or to the outside; `deposit:kept:REF` out of a settlement;
`deposit:taken:DEBT:N` for what a seller owes, `deposit:returned:DEBT:N` when it turns out not to have been owed.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from merchants.deposits.booking import Why, book, holds, locked
from merchants.deposits.debts import Debt, debts, in_debt, owed
from merchants.deposits.errors import DebtsOpen, MovedOtherwise, NotEnough, Refused
from merchants.deposits.levels import MOST
from merchants.deposits.models import Deposit, DepositLevel, DepositMove, MoveKind, Shortage
from merchants.deposits.shortages import chase, is_limited, missing, review, tell
from merchants.models import Merchant
from portal.money import ZERO, is_exact

if TYPE_CHECKING:
    from portal.accounts.models import User

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Moved:
    """A movement, and whether this call made it."""

    move: DepositMove
    is_new: bool


@transaction.atomic
def pay_in(
    *, merchant: Merchant, amount: Decimal, currency: str, reference: str, actor: "User", now: datetime
) -> Moved:
    """Record money that a seller left with the marketplace; what is due already is taken from it at once.

    The same reference again changes nothing. Raises Refused, MovedOtherwise.
    """
    deposit = _asked_for(merchant, currency)
    _check(amount, currency)
    if known := _known(deposit, reference, amount):
        return Moved(known, False)
    if holds(deposit) + amount > MOST:
        raise Refused("amount", _("A deposit cannot hold that much."))
    move = _book_outside(deposit, MoveKind.PAID_IN, amount, reference, actor, now)
    _take_due(deposit, now)
    review(deposit, now=now)
    return Moved(move, True)


@transaction.atomic
def withdraw(
    *,
    merchant: Merchant,
    amount: Decimal,
    currency: str,
    reference: str,
    actor: "User",
    now: datetime,
    pending: Decimal = ZERO,
) -> Moved:
    """Record money paid back to a seller: what is above the required level, and only while nothing is owed.

    `pending`: what the seller may still come to owe, such as advances that can be objected to. The same reference
    again changes nothing. Raises Refused, NotEnough, DebtsOpen, MovedOtherwise.
    """
    deposit = _asked_for(merchant, currency)
    _check(amount, currency)
    if known := _known(deposit, reference, -amount):
        return Moved(known, False)
    review(deposit, now=now)
    if debt := owed(deposit) + pending:
        raise DebtsOpen(debt, currency)
    above = max(ZERO, holds(deposit) - deposit.required)
    if amount > above:
        raise NotEnough(above, currency)
    return Moved(_book_outside(deposit, MoveKind.WITHDRAWN, -amount, reference, actor, now), True)


def withheld(*, merchant_id: int, currency: str, now: datetime) -> Decimal:
    """Return how much of a settlement goes into the deposit, and lock it: to be asked before accounts are locked."""
    deposit = locked(merchant_id=merchant_id, currency=currency)
    if deposit is None or not is_limited(merchant_id=merchant_id, currency=currency, now=now):
        return ZERO
    review(deposit, now=now)
    return missing(deposit)


def keep(*, merchant_id: int, currency: str, amount: Decimal, reference: str, now: datetime) -> None:
    """Put a part of a settlement into the deposit, after `withheld` said how much, in the same transaction."""
    deposit = locked(merchant_id=merchant_id, currency=currency)
    assert deposit is not None  # noqa: S101 - `withheld` is zero where there is none
    book(deposit, MoveKind.KEPT, amount, key=f"deposit:kept:{reference}", now=now, why=Why(reference=reference))
    review(deposit, now=now)


@transaction.atomic
def put_back(*, merchant_id: int, currency: str, case: str, amount: Decimal, now: datetime) -> Decimal:
    """Put back what was taken for a case, before `amount` less is found due: as far as it is not owed still.

    Returns how much, in the currency.
    """
    deposit = locked(merchant_id=merchant_id, currency=currency)
    if deposit is None:
        return ZERO
    unpaid = sum((debt.amount for debt in debts(deposit, now=now) if debt.case == case), ZERO)
    left = back = max(ZERO, amount - unpaid)
    for debt, taken in _taken_for(deposit, case).items():
        if part := min(left, taken):
            key = _next_key("returned", debt)
            book(deposit, MoveKind.RETURNED, part, key=key, now=now, why=Why(case=case, debt=debt))
            tell("deposit_returned", deposit, key.removeprefix("deposit:"), now=now, amount=part, case=case)
            left -= part
    review(deposit, now=now)
    return back - left


def sweep(*, now: datetime) -> int:
    """Do what is due: levels that begin, debts to take, reminders, limits. Safe to run twice and side by side."""
    return sum(_look(pk, now) for pk in _due(now))


def next_due(*, after: datetime) -> datetime | None:
    """Return when something is due next."""
    levels = DepositLevel.objects.filter(effective_at__gt=after).order_by("effective_at")
    waiting = Shortage.objects.filter(ended_at=None, limits_told_at=None)
    reminders = waiting.filter(reminded_at=None, remind_at__gt=after).order_by("remind_at")
    ends = waiting.filter(top_up_until__gt=after).order_by("top_up_until")
    found = [
        at
        for rows, name in ((levels, "effective_at"), (reminders, "remind_at"), (ends, "top_up_until"))
        if (at := rows.values_list(name, flat=True).first())
    ]
    for deposit in Deposit.objects.filter(pk__in=in_debt()):
        found += [debt.due_at for debt in debts(deposit, now=after) if debt.due_at > after]
    return min(found, default=None)


def _due(now: datetime) -> Iterable[int]:
    begun = Q(levels__effective_at__gt=F("looked_at"), levels__effective_at__lte=now)
    late = Q(shortages__remind_at__lte=now, shortages__reminded_at=None) | Q(shortages__top_up_until__lte=now)
    chased = Q(shortages__ended_at=None, shortages__limits_told_at=None) & late
    timely = Deposit.objects.filter(begun | chased).order_by().values_list("pk", flat=True)
    return sorted({*timely, *in_debt()})


def _look(pk: int, now: datetime) -> int:
    try:
        with transaction.atomic():
            deposit = Deposit.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=pk).first()
            if deposit is None:  # somebody is at it; the next round looks again
                return 0
            taken = _take_due(deposit, now)
            return taken + review(deposit, now=now) + chase(deposit, now=now)
    except Exception:
        connection.ensure_connection()  # a lost database is no deposit's fault: then this raises
        log.exception("deposit %s could not be looked at", pk)
        return 0


def _take_due(deposit: Deposit, now: datetime) -> int:
    """Take what is due from a locked deposit as far as it reaches, oldest debt first; return for how many debts."""
    left, count = holds(deposit), 0
    for debt in debts(deposit, now=now) if left else []:
        if debt.due_at <= now and left:
            part = min(left, debt.amount)
            _take(deposit, debt, part, now)
            left, count = left - part, count + 1
    return count


def _take(deposit: Deposit, debt: Debt, amount: Decimal, now: datetime) -> None:
    key = _next_key("taken", debt.posting)
    book(deposit, MoveKind.TAKEN, -amount, key=key, now=now, why=Why(case=debt.case, debt=debt.posting))
    tell("deposit_taken", deposit, key.removeprefix("deposit:"), now=now, amount=amount, case=debt.case)


def _next_key(verb: str, debt: int) -> str:
    """Name the next movement for a debt; counted under the deposit's lock, so that each number is used once."""
    return f"deposit:{verb}:{debt}:{DepositMove.objects.filter(debt=debt).count() + 1}"


def _taken_for(deposit: Deposit, case: str) -> dict[int, Decimal]:
    """Sum up what is taken for a case, by its debts, newest first."""
    sums: dict[int, Decimal] = {}
    moves = DepositMove.objects.filter(deposit=deposit, case=case, debt__isnull=False).order_by("-debt")
    for debt, amount in moves.values_list("debt", "amount"):
        sums[debt] = sums.get(debt, ZERO) - amount
    return sums


def _asked_for(merchant: Merchant, currency: str) -> Deposit:
    """Lock the deposit that is asked of a seller. Raises Refused where none is, in this currency."""
    deposit = locked(merchant_id=merchant.pk, currency=currency)
    if deposit is None:
        raise Refused("currency", _("No deposit in this currency is asked of this seller."))
    return deposit


def _check(amount: Decimal, currency: str) -> None:
    if amount <= 0:
        raise Refused("amount", _("An amount above zero, please."))
    if amount > MOST:
        raise Refused("amount", _("A deposit cannot hold that much."))
    if not is_exact(amount, currency):
        raise Refused("amount", _("The currency does not have that many decimals."))


def _known(deposit: Deposit, reference: str, amount: Decimal) -> DepositMove | None:
    """Return what a reference was used for. Raises MovedOtherwise where it was something else."""
    move = DepositMove.objects.filter(key=f"deposit:{reference}").select_related("deposit__merchant").first()
    if move is not None and (move.deposit_id, move.amount) != (deposit.pk, amount):
        raise MovedOtherwise(_("This reference was used for another movement."))
    return move


def _book_outside(
    deposit: Deposit, kind: MoveKind, amount: Decimal, reference: str, actor: "User", now: datetime
) -> DepositMove:
    why = Why(reference=reference, by=actor)
    try:
        with transaction.atomic():
            return book(deposit, kind, amount, key=f"deposit:{reference}", now=now, why=why)
    except IntegrityError as taken:  # used meanwhile, for another seller's deposit
        raise MovedOtherwise(_("This reference was used for another movement.")) from taken
