"""Releasing order money to sellers: never what an open case claims, never twice, and what is owed is paid first.

Postings: `settlement:REF` moves what buyers paid to the merchant's payables, `fee:REF` the fee from there to the
marketplace's, `payout:REF` what is left after debts on to the marketplace, which pays the seller; a deposit that has
been too low for too long is filled up before that. Refunds were taken from the payables when they were granted.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.ledger.models import Account, AccountKind
from aftersales.ledger.services import AccountKey, Posting, balance, post_many
from aftersales.orders.models import Order, OrderLine
from aftersales.settlements.models import Settlement
from merchants.deposits import services as deposits
from portal.money import ZERO, floor, is_exact, plain


class Refused(Exception):
    """What was asked does not fit; `field` names where."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


class NothingToRelease(Exception):
    """All is settled already, or held for open cases: `held`, in the order's currency."""

    def __init__(self, held: Decimal) -> None:
        super().__init__(_("Nothing can be settled now: open cases hold the rest, or all is settled."))
        self.held = held


class SettledOtherwise(Exception):
    """The reference was used for another order or another fee."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A settlement, and whether this call made it."""

    settlement: Settlement
    is_new: bool


@transaction.atomic
def settle(*, reference: str, order: Order, fee: Decimal, now: datetime) -> Settled:
    """Settle what no open case claims; `fee` is in the order's currency. The same reference again changes nothing.

    Raises Refused, NothingToRelease, SettledOtherwise.
    """
    # Deposits are locked before order lines and accounts, by everybody.
    kept = deposits.withheld(merchant_id=order.merchant_id, currency=order.currency, now=now)
    lines = list(OrderLine.objects.select_for_update().filter(order=order).order_by("id"))  # as filing locks them
    known = Settlement.objects.filter(reference=reference).first()
    if known is not None:
        if (known.order_id, known.fee) != (order.pk, fee):
            raise SettledOtherwise(_("This reference was used for another settlement."))
        return Settled(known, False)
    released = [(line, _releasable(line, order.currency)) for line in lines]
    gross = sum((amount for _line, amount in released), ZERO)
    held = sum((line.paid_amount - line.settled_amount for line in lines), ZERO) - gross
    if gross <= 0:
        raise NothingToRelease(held)
    if fee < 0 or fee > gross or not is_exact(fee, order.currency):
        raise Refused("fee", _("The fee lies between zero and what is settled, in decimals of the currency."))
    for line, amount in released:
        line.settled_amount += amount
    OrderLine.objects.bulk_update(lines, ["settled_amount"])
    left = max(ZERO, gross - fee + _owed(order))
    to_deposit = min(left, kept)
    settlement = Settlement.objects.create(
        reference=reference,
        order=order,
        merchant_id=order.merchant_id,
        currency=order.currency,
        gross=gross,
        fee=fee,
        netted=gross - fee - left,
        to_deposit=to_deposit,
        paid_out=left - to_deposit,
        held=held,
        lines=[{"line": line.pk, "amount": plain(amount, order.currency)} for line, amount in released if amount],
        settled_at=now,
    )
    post_many(_postings(settlement), now=now)
    if to_deposit:
        deposits.keep(
            merchant_id=order.merchant_id, currency=order.currency, amount=to_deposit, reference=reference, now=now
        )
    return Settled(settlement, True)


def _releasable(line: OrderLine, currency: str) -> Decimal:
    """What was paid for the pieces that no open case claims, less what was settled before."""
    free = floor(line.paid_amount * line.free_quantity / line.quantity, currency)
    return max(ZERO, free - line.settled_amount)


def _owed(order: Order) -> Decimal:
    """What the seller is owed in the order's currency besides this; below zero, what it owes.

    Settlements of one seller ask one after the other.
    """
    key = _payable(order.merchant_id, order.currency)
    list(Account.objects.select_for_update(no_key=True).filter(key=str(key)))
    return balance(key)


def _payable(merchant_id: int, currency: str) -> AccountKey:
    return AccountKey(AccountKind.MERCHANT_PAYABLE, currency, merchant_id=merchant_id)


def _postings(s: Settlement) -> list[Posting]:
    payable = _payable(s.merchant_id, s.currency)
    orders, fees = AccountKey(AccountKind.ORDER_MONEY, s.currency), AccountKey(AccountKind.FEES, s.currency)
    marketplace = AccountKey(AccountKind.MARKETPLACE, s.currency)
    settled = ((orders, -s.gross), (payable, s.gross))
    postings = [Posting(f"settlement:{s.reference}", "settled", "", settled)]
    if s.fee:  # a row of its own, so that sellers read what they pay for selling here
        postings.append(Posting(f"fee:{s.reference}", "fee", "", ((payable, -s.fee), (fees, s.fee))))
    if s.paid_out:
        out = ((payable, -s.paid_out), (marketplace, s.paid_out))
        postings.append(Posting(f"payout:{s.reference}", "paid_out", "", out))
    return postings
