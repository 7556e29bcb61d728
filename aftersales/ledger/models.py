from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _

from merchants.models import Merchant
from portal.money import MoneyField


class AccountKind(models.TextChoices):
    """Whose money, and in which drawer."""

    MERCHANT_PAYABLE = "merchant_payable", _("Owed to merchant")
    PLATFORM_FUND = "platform_fund", _("Platform compensation fund")
    REFUNDS_CLEARING = "refunds_clearing", _("Refunds on their way")
    GATEWAY = "gateway", _("Payment gateway")
    BUYER_BALANCE = "buyer_balance", _("Buyer's store balance")
    MARKETPLACE = "marketplace", _("Handed to the marketplace")
    CARRIER = "carrier", _("Carriers")
    COUPON_LIABILITY = "coupon_liability", _("Coupons promised")
    ORDER_MONEY = "order_money", _("Paid by buyers for orders")
    FEES = "fees", _("Fees of the marketplace")
    MERCHANT_DEPOSIT = "merchant_deposit", _("Merchant's deposit")
    BUYER = "buyer", _("Owed by buyer")  # below zero: what a buyer agreed, or was ruled, to pay back


# Kinds that hold money which somebody handed over: never below zero. The database keeps their balance on the account,
# in the statement that posts, so that of two takers at once the second waits and is refused. Only these: a balance on
# the accounts that every refund passes through would make all postings queue for one row.
GUARDED = (AccountKind.MERCHANT_DEPOSIT,)


def _as_text(column: str) -> Cast:
    """A key as text, so that all parts of an account's name are of one type."""
    return Cast(F(column), models.CharField())


class Account(models.Model):
    """One account per kind, party and currency."""

    kind = models.CharField(max_length=20, choices=AccountKind.choices)
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, null=True, related_name="accounts")
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="accounts")
    currency = models.CharField(max_length=3)
    # The account's name in one text: postings find their accounts by it, inside the very statement that posts.
    key = models.GeneratedField(
        expression=Concat(
            F("kind"),
            Value(":"),
            F("currency"),
            Value(":m"),
            _as_text("merchant_id"),
            Value(":b"),
            _as_text("buyer_id"),
        ),
        output_field=models.CharField(max_length=70),
        db_persist=True,
        unique=True,
    )
    # Of GUARDED kinds, from the first posting on; written by a trigger and by nobody else.
    balance = MoneyField[Any, Decimal | None](null=True, editable=False)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.CheckConstraint(condition=Q(balance=None) | Q(balance__gte=0), name="account_holds_enough")
        ]

    def __str__(self) -> str:
        return str(self.key)


class Transaction(models.Model):
    """A movement of money between accounts; only ever appended. Its entries sum to zero (checked by the database)."""

    key = models.CharField(max_length=160, unique=True)  # of the deciding event: posted twice is posted once
    kind = models.CharField(max_length=40)
    case = models.CharField(max_length=20, blank=True)  # dispute number, for statements
    posted_at = models.DateTimeField()

    class Meta:
        verbose_name = _("ledger transaction")
        verbose_name_plural = _("ledger transactions")
        indexes = [models.Index(fields=["case"], name="ledger_by_case", condition=~Q(case=""))]

    def __str__(self) -> str:
        return self.key


class Entry(models.Model):
    """One side of a movement: positive into the account, negative out of it."""

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="entries")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="entries")
    amount = MoneyField()
    currency = models.CharField(max_length=3)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="entry_moves_something")]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"
