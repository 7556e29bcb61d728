"""What a seller may still come to owe, beyond what the ledger says."""

from decimal import Decimal

from django.db.models import Sum

from aftersales.advances.models import Advance
from merchants.models import Merchant
from portal.money import ZERO


def may_be_owed(merchant: Merchant, currency: str) -> Decimal:
    """Sum up what was paid in advance for a seller and is not final yet, in the currency."""
    waiting = Advance.objects.filter(merchant=merchant, currency=currency, ended_at=None)
    return waiting.aggregate(sum=Sum("owed"))["sum"] or ZERO
