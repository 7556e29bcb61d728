"""What a buyer pays back to a seller, in the ledger: a debt of the buyer, owed to the seller. Never taken off a refund.

Only a buyer's agreement (services.claims) and a ruling (the arbitration room) book one.
"""

from datetime import datetime
from decimal import Decimal

from aftersales.disputes.models import Dispute
from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, Posting, post_many

Entries = tuple[tuple[AccountKey, Decimal], ...]


def recovery_entries(case: Dispute, amount: Decimal) -> Entries:
    """Return the ledger rows of a debt, in the case's currency; a negative amount takes one back."""
    if not amount:
        return ()
    buyer = AccountKey(AccountKind.BUYER, case.currency, merchant_id=case.merchant_id, buyer_id=case.buyer_id)
    merchant = AccountKey(AccountKind.MERCHANT_PAYABLE, case.currency, merchant_id=case.merchant_id)
    return ((buyer, -amount), (merchant, amount))


def book_recovery(case: Dispute, amount: Decimal, *, now: datetime) -> None:
    """Book a debt, or what an appeal changes of it; the key is the deciding event's, so that it is booked once."""
    if entries := recovery_entries(case, amount):
        key = f"recovery:{case.number}:{case.event_count}"
        post_many([Posting(key=key, kind="recovery", case=case.number, entries=entries)], now=now)
