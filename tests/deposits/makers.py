"""Deposits asked for, filled, and the debts that they stand for."""

from decimal import Decimal

from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, Posting, post_many
from merchants.deposits import services
from merchants.deposits.levels import set_level
from merchants.deposits.models import Deposit


def ask(cast, amount="100.00", *, now, shop=None, currency="CNY", effective_at=None):
    """Ask the shop for a deposit."""
    shop = shop or cast.shop
    set_level(
        merchant=shop,
        currency=currency,
        amount=Decimal(amount),
        why="New shop.",
        actor=cast.platform,
        now=now,
        effective_at=effective_at,
    )
    return Deposit.objects.with_held().get(merchant=shop, currency=currency)


def pay(cast, amount, reference, *, now, shop=None, currency="CNY"):
    """Pay into the shop's deposit."""
    money = {"amount": Decimal(amount), "currency": currency, "reference": reference}
    return services.pay_in(merchant=shop or cast.shop, actor=cast.marketplace, now=now, **money)


def withdraw(cast, amount, reference, *, now, shop=None, currency="CNY", pending="0"):
    """Pay some of the shop's deposit back."""
    money = {"amount": Decimal(amount), "currency": currency, "reference": reference, "pending": Decimal(pending)}
    return services.withdraw(merchant=shop or cast.shop, actor=cast.marketplace, now=now, **money)


def owe(shop, amount, key, *, at, case="", kind="advance_recovered", currency="CNY"):
    """Let the shop owe something to the fund from an instant on; below zero it is given back."""
    payable = AccountKey(AccountKind.MERCHANT_PAYABLE, currency, merchant_id=shop.pk)
    entries = ((payable, -Decimal(amount)), (AccountKey(AccountKind.PLATFORM_FUND, currency), Decimal(amount)))
    post_many([Posting(key, kind, case, entries)], now=at)


def again(deposit):
    """Read a deposit anew, with what it holds."""
    return Deposit.objects.with_held().get(pk=deposit.pk)
