"""What is known of both sides when a case is filed: read in the statement that finds the rules."""

from typing import Any, NamedTuple

from aftersales.credit.services import TIER
from aftersales.disputes.codes import Outcome
from aftersales.orders.models import Order
from merchants.scores.services import BAND

# Tier, band, and what comes back to the buyer at once from other cases and has not come yet (in the order's currency).
_SQL = f"""ARRAY[({TIER})::text, ({BAND})::text, (
    SELECT COALESCE(sum(wants_amount), 0)::text FROM disputes_dispute
    WHERE buyer_id = %(buyer)s AND currency = %(currency)s AND outcome = %(instant)s AND due_at IS NOT NULL
)]"""  # noqa: S608 - composed of constants, values bound


class Known(NamedTuple):
    """An expression and what it binds."""

    sql: str
    values: dict[str, Any]


def known_parties(order: Order) -> Known:
    """Return what to read of the buyer and the seller of an order."""
    bound = {"buyer": order.buyer_id, "merchant": order.merchant_id, "currency": order.currency}
    return Known(_SQL, {**bound, "instant": str(Outcome.INSTANT)})
