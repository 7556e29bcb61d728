"""Moving a deposit: the lock, the movement's row and the ledger's posting, always together."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, Posting, held, post_many
from merchants.deposits.debts import payable
from merchants.deposits.models import Deposit, DepositMove, MoveKind

if TYPE_CHECKING:
    from portal.accounts.models import User

_OUTSIDE = (MoveKind.PAID_IN, MoveKind.WITHDRAWN)  # money of the world; the others stay between the seller's accounts


@dataclass(frozen=True, slots=True)
class Why:
    """What a movement belongs to."""

    reference: str = ""
    case: str = ""
    debt: int | None = None
    by: "User | None" = None


def locked(*, merchant_id: int, currency: str) -> Deposit | None:
    """Return a deposit and keep others from moving it until the commit; None where none is asked of the seller."""
    found = Deposit.objects.select_for_update(no_key=True).filter(merchant=merchant_id, currency=currency)
    return found.first()


def account(deposit: Deposit) -> AccountKey:
    """Name the account that the money is in."""
    return AccountKey(AccountKind.MERCHANT_DEPOSIT, deposit.currency, merchant_id=deposit.merchant_id)


def holds(deposit: Deposit) -> Decimal:
    """Return what a locked deposit holds."""
    return held(account(deposit))


def book(deposit: Deposit, kind: MoveKind, amount: Decimal, *, key: str, now: datetime, why: Why) -> DepositMove:
    """Move a locked deposit by `amount`, below zero out of it; the key names the deciding event.

    Raises IntegrityError where the key was used, or the deposit would fall below zero.
    """
    other = AccountKey(AccountKind.MARKETPLACE, deposit.currency) if kind in _OUTSIDE else payable(deposit)
    move = DepositMove.objects.create(
        key=key,
        deposit=deposit,
        kind=kind,
        amount=amount,
        held=holds(deposit) + amount,
        reference=why.reference,
        case=why.case,
        debt_id=why.debt,
        by=why.by,
        at=now,
    )
    entries = ((account(deposit), amount), (other, -amount))
    post_many([Posting(key=key, kind=f"deposit_{kind}", case=why.case, entries=entries)], now=now)
    return move
