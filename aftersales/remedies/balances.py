"""The buyer's store balance: what is in it, how it got there, and the marketplace drawing on it for an order."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from aftersales.ledger.models import Account, AccountKind, Entry, Transaction
from aftersales.ledger.services import AccountKey, Posting, post_many
from portal.money import ZERO, is_exact, plain

if TYPE_CHECKING:
    from portal.accounts.models import User


class NotEnough(Exception):
    """The balance holds less than was to be drawn; `available` in `currency`."""

    def __init__(self, available: Decimal, currency: str) -> None:
        self.available, self.currency = available, currency
        super().__init__(
            _("The balance holds %(amount)s %(currency)s.")
            % {"amount": plain(available, currency), "currency": currency}
        )


class DrawnOtherwise(Exception):
    """This reference was used for another draw: another buyer, amount or currency."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A draw, and what is left; `is_new` tells a first call from a repetition."""

    reference: str
    amount: Decimal
    currency: str
    left: Decimal
    is_new: bool


def balances_of(buyer: "User") -> list[tuple[str, Decimal]]:
    """List a buyer's balances by currency, with one statement; currencies never used are not listed."""
    mine = Entry.objects.filter(account__kind=AccountKind.BUYER_BALANCE, account__buyer=buyer)
    return list(mine.values_list("currency").annotate(sum=Sum("amount")).order_by("currency"))


def entries_of(buyer: "User") -> QuerySet[Entry]:
    """Return what went into and out of a buyer's balances, newest first."""
    mine = Entry.objects.filter(account__kind=AccountKind.BUYER_BALANCE, account__buyer=buyer)
    return mine.select_related("transaction").order_by("-id")


@transaction.atomic
def draw(*, buyer: "User", amount: Decimal, currency: str, reference: str, now: datetime) -> Drawn:
    """Spend store balance on an order, once per `reference` of the marketplace.

    Raises ValueError for what is no amount of the currency, NotEnough, DrawnOtherwise.
    """
    if amount <= 0 or not is_exact(amount, currency):
        raise ValueError(_("Not an amount of this currency."))
    account = AccountKey(AccountKind.BUYER_BALANCE, currency, buyer_id=buyer.pk)
    # Whoever draws holds the account: two draws at once never spend the same cent. Credits need no lock.
    Account.objects.select_for_update().filter(key=str(account)).first()
    held = Entry.objects.filter(account__key=str(account)).aggregate(sum=Sum("amount"))["sum"] or ZERO
    key = f"draw:{reference}"
    if before := Transaction.objects.filter(key=key).first():
        if not before.entries.filter(account__key=str(account), amount=-amount).exists():
            raise DrawnOtherwise(_("This reference was used for another draw."))
        return Drawn(reference, amount, currency, held, is_new=False)
    if amount > held:
        raise NotEnough(held, currency)
    entries = ((account, -amount), (AccountKey(AccountKind.MARKETPLACE, currency), amount))
    post_many([Posting(key, "balance_drawn", "", entries)], now=now)
    return Drawn(reference, amount, currency, held - amount, is_new=True)
