"""Store balance: the refund becomes money in the buyer's account here, in the ledger."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.ledger.models import AccountKind, Transaction
from aftersales.ledger.services import AccountKey, Posting, post_many
from aftersales.remedies.gateways import Answer, RefundRequest, Verdict


class StoreBalance:
    """Pays into the buyer's account, once per key: a ledger transaction of that key exists or it does not."""

    name = "balance"

    def refund(self, request: RefundRequest, *, now: datetime) -> Answer:
        """Credit the buyer. What recording the success then posts meets this in the gateway's account."""
        if not request.buyer_id:
            return Answer(Verdict.FAILED, reason=_("Nobody is named to whom the balance belongs."), permanent=True)
        entries = (
            (AccountKey(AccountKind.GATEWAY, request.currency), -request.amount),
            (AccountKey(AccountKind.BUYER_BALANCE, request.currency, buyer_id=request.buyer_id), request.amount),
        )
        posting = Posting(_key(request), "balance_credited", case=_case(request.key), entries=entries)
        with transaction.atomic():
            post_many([posting], now=now)
        return Answer(Verdict.SUCCEEDED, reference=_key(request))

    def look_up(self, request: RefundRequest, *, now: datetime) -> Answer | None:
        """Read the ledger."""
        paid = Transaction.objects.filter(key=_key(request)).exists()
        return Answer(Verdict.SUCCEEDED, reference=_key(request)) if paid else None

    def health(self, *, now: datetime) -> str:
        """As well as the database, without which nobody asks."""
        return ""


def _key(request: RefundRequest) -> str:
    return f"balance:{request.key}"


def _case(key: str) -> str:
    return key.partition(":")[0][:20]
