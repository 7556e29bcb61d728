"""News of advances that concern people."""

from datetime import datetime

from aftersales.advances.notices import tell_moves
from portal.outbox.registry import Payload, subscribe


@subscribe("advance.moved", many=True)
def tell_moved(payloads: list[Payload], now: datetime) -> None:
    """Tell the shop, and finance where it is its turn."""
    tell_moves(payloads, now)
