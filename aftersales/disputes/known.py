"""What is known of both sides when a case is filed, and what already comes back to the buyer at once."""

from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from aftersales.credit.services import TIER
from aftersales.disputes.codes import Outcome
from aftersales.orders.models import Order
from merchants.scores.services import BAND

_ON_ITS_WAY = """
SELECT COALESCE(sum(wants_amount), 0) FROM disputes_dispute
WHERE buyer_id = %s AND currency = %s AND outcome = %s AND due_at IS NOT NULL
"""


class Known(NamedTuple):
    """An expression, the buyer's tier and the seller's band, and what it binds."""

    sql: str
    values: dict[str, Any]


def known_parties(order: Order) -> Known:
    """Return what to read of the buyer and the seller of an order, in the statement that finds the rules."""
    return Known(f"ARRAY[({TIER})::text, ({BAND})::text]", {"buyer": order.buyer_id, "merchant": order.merchant_id})


def instant_on_its_way(order: Order) -> Decimal:
    """Return what the buyer gets back at once from other cases and has not got yet, in the order's currency.

    Holds the buyer's other filings of the kind until the end of the transaction: two at once cannot both fit a quota
    that has room for one.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"quota:{order.buyer_id}"])
        cursor.execute(_ON_ITS_WAY, [order.buyer_id, order.currency, str(Outcome.INSTANT)])
        return Decimal(cursor.fetchone()[0])
