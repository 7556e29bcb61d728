"""Posting to the ledger, and reading balances. Double entry: positive into an account, negative out of it.

What is posted when, in the terms of `AccountKind`:

| event | from | to |
| --- | --- | --- |
| refund granted | merchant_payable of the merchant, or platform_fund | refunds_clearing |
| refund paid by the gateway | refunds_clearing | gateway |
| refund paid as store balance | gateway (and as above) | buyer_balance of the buyer |
| store balance spent on an order | buyer_balance of the buyer | marketplace |
| return freight billed by a carrier | merchant_payable of the merchant, or platform_fund | carrier |
| coupon promised | merchant_payable of the merchant, or platform_fund | coupon_liability of the merchant |
| coupon used | coupon_liability of the merchant | merchant_payable of the merchant (who gave the goods) |
| coupon expired | coupon_liability of the merchant | whoever had paid for it |
| order settled | order_money | merchant_payable of the merchant |
| fee of the marketplace | merchant_payable of the merchant | fees |
| settled money handed on | merchant_payable of the merchant | marketplace |
| fund paid in, and taken out | marketplace | platform_fund, and back |
| advance finally owed | merchant_payable of the merchant | platform_fund |
| deposit paid in (paid back: the other way round) | marketplace | merchant_deposit of the merchant |
| kept from a settlement for the deposit | merchant_payable of the merchant | merchant_deposit of the merchant |
| debt taken from the deposit (put back: the other way round) | merchant_deposit | merchant_payable, of the merchant |
| recovery agreed or ruled | buyer (of the buyer, toward the merchant) | merchant_payable of the merchant |
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.db.models import Sum

from aftersales.ledger.models import Account, AccountKind, Entry
from portal.money import ZERO


class Unbalanced(Exception):
    """A posting's entries do not sum to zero in some currency: a bug, refused before the database refuses it."""


@dataclass(frozen=True, slots=True)
class AccountKey:
    """Names an account; it is opened by the first posting to it."""

    kind: AccountKind
    currency: str
    merchant_id: int | None = None
    buyer_id: int | None = None

    def __str__(self) -> str:
        """Spell it as the database does (`Account.key`)."""
        return f"{self.kind}:{self.currency}:m{self.merchant_id or ''}:b{self.buyer_id or ''}"


@dataclass(frozen=True, slots=True)
class Posting:
    """One transaction to be: `key` names the deciding event, `case` the dispute, `entries` sum to zero."""

    key: str
    kind: str
    case: str
    entries: tuple[tuple[AccountKey, Decimal], ...]


# Posts everything or, where an account does not exist yet, nothing. A key that was posted before is left alone.
_POST = """
WITH asked (posting, account, amount, currency, row) AS (
    SELECT * FROM unnest(%(of)s::text[], %(accounts)s::text[], %(amounts)s::numeric[], %(currencies)s::text[])
        WITH ORDINALITY
),
found AS (SELECT asked.*, account.id FROM asked JOIN ledger_account account ON account.key = asked.account),
complete AS (SELECT (SELECT count(*) FROM found) = (SELECT count(*) FROM asked) AS yes),
posted AS (
    INSERT INTO ledger_transaction (key, kind, "case", posted_at)
    SELECT p.key, p.kind, p.number, %(now)s
    FROM unnest(%(keys)s::text[], %(kinds)s::text[], %(cases)s::text[]) AS p (key, kind, number), complete
    WHERE complete.yes
    ORDER BY p.key
    ON CONFLICT (key) DO NOTHING
    RETURNING id, key
),
entered AS (
    INSERT INTO ledger_entry (transaction_id, account_id, amount, currency)
    SELECT posted.id, found.id, found.amount, found.currency FROM found JOIN posted ON posted.key = found.posting
    ORDER BY found.row
)
SELECT yes FROM complete
"""
# In key order, so that two postings that open the same accounts wait for each other instead of locking up.
_OPEN = """
INSERT INTO ledger_account (kind, currency, merchant_id, buyer_id)
SELECT * FROM unnest(%(kinds)s::text[], %(currencies)s::text[], %(merchants)s::bigint[], %(buyers)s::bigint[])
ON CONFLICT (key) DO NOTHING
"""


def post_many(postings: Sequence[Posting], *, now: datetime) -> None:
    """Append transactions, inside the caller's database transaction: one statement for any number of them.

    Two more where an account is used for the first time. A key posted before is not posted again.
    Raises Unbalanced for entries that do not sum to zero per currency.
    """
    if not postings:
        return
    for posting in postings:
        _check(posting)
    if not _post(postings, now):
        _open_accounts({account for p in postings for account, _amount in p.entries})
        _post(postings, now)


def balance(account_key: AccountKey) -> Decimal:
    """Sum an account up, in its currency; zero for one that was never used."""
    return Entry.objects.filter(account__key=str(account_key)).aggregate(sum=Sum("amount"))["sum"] or ZERO


def settled_balance(account_key: AccountKey) -> Decimal:
    """Sum an account up while other callers of this wait until the commit; zero for one that was never used.

    For the few that take by hand from an account which all postings pass through; postings themselves do not wait.
    """
    Account.objects.select_for_update(no_key=True).filter(key=str(account_key)).first()
    return balance(account_key)


def held(account_key: AccountKey) -> Decimal:
    """Return what a guarded account holds, in its currency, and keep others from taking it until the commit.

    To be asked inside the transaction that then takes: what it answers is still there when the posting comes.
    """
    found = Account.objects.select_for_update(no_key=True).filter(key=str(account_key)).first()
    return (found.balance if found else None) or ZERO


def _check(posting: Posting) -> None:
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for account, amount in posting.entries:
        sums[account.currency] += amount
    if any(sums.values()):
        raise Unbalanced(f"{posting.key}: {dict(sums)}")


def _post(postings: Sequence[Posting], now: datetime) -> bool:
    entries = [(p.key, account, amount) for p in postings for account, amount in p.entries if amount]
    with connection.cursor() as cursor:
        cursor.execute(
            _POST,
            {
                "of": [key for key, _account, _amount in entries],
                "accounts": [str(account) for _key, account, _amount in entries],
                "amounts": [amount for _key, _account, amount in entries],
                "currencies": [account.currency for _key, account, _amount in entries],
                "keys": [p.key for p in postings],
                "kinds": [p.kind for p in postings],
                "cases": [p.case for p in postings],
                "now": now,
            },
        )
        row = cursor.fetchone()
    return bool(row and row[0])


def _open_accounts(accounts: set[AccountKey]) -> None:
    ordered = sorted(accounts, key=str)
    with connection.cursor() as cursor:
        cursor.execute(
            _OPEN,
            {
                "kinds": [str(a.kind) for a in ordered],
                "currencies": [a.currency for a in ordered],
                "merchants": [a.merchant_id for a in ordered],
                "buyers": [a.buyer_id for a in ordered],
            },
        )
