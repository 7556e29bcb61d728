"""How much a seller has to leave with the platform: set by its staff with a reason, from an instant on."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from babel.numbers import list_currencies
from django.db import transaction
from django.utils.translation import gettext as _

from merchants.deposits.errors import NotForYou, Refused
from merchants.deposits.models import Deposit, DepositLevel
from merchants.deposits.shortages import review, tell
from merchants.models import Merchant
from portal.accounts.models import Duty
from portal.money import is_exact

if TYPE_CHECKING:
    from portal.accounts.models import User

MOST = Decimal("99999999999.999")  # what an account can hold for good
WHY_LENGTH = 500


@transaction.atomic
def set_level(
    *,
    merchant: Merchant,
    currency: str,
    amount: Decimal,
    why: str,
    actor: "User",
    now: datetime,
    effective_at: datetime | None = None,
) -> DepositLevel:
    """Ask a seller for a deposit of `amount` from an instant on, else from now; the seller is told.

    Of several levels the one that began last holds. Raises NotForYou unless platform staff, Refused.
    """
    if actor.duty != Duty.PLATFORM:
        raise NotForYou(_("The platform's finance sets deposits."))
    begins = effective_at or now
    _check(currency, amount, why, begins, now)
    Deposit.objects.bulk_create([Deposit(merchant=merchant, currency=currency, looked_at=now)], ignore_conflicts=True)
    deposit = Deposit.objects.select_for_update(no_key=True).get(merchant=merchant, currency=currency)
    level = DepositLevel.objects.create(
        deposit=deposit, amount=amount, effective_at=begins, why=why.strip(), set_by=actor, set_at=now
    )
    tell("deposit_level", deposit, f"level:{level.pk}", now=now, amount=amount, due_at=begins)
    review(deposit, now=now)
    return level


def _check(currency: str, amount: Decimal, why: str, begins: datetime, now: datetime) -> None:
    if currency not in list_currencies():
        raise Refused("currency", _("A currency by its three letters, such as CNY."))
    if amount < 0 or amount > MOST or not is_exact(amount, currency):
        raise Refused("amount", _("Zero or more, in decimals of the currency."))
    if not why.strip() or len(why) > WHY_LENGTH:
        raise Refused("why", _("Say why, in at most %(count)s characters.") % {"count": WHY_LENGTH})
    if begins < now:
        raise Refused("effective_at", _("Not in the past: the seller has to have time."))
