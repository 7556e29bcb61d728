"""What deposits have to tell."""

from datetime import datetime
from typing import Any

from merchants.deposits.notices import tell_shop
from portal.outbox.registry import subscribe


@subscribe("deposit.told")
def deposit_told(payload: dict[str, Any], now: datetime) -> None:
    """Tell the shop's people."""
    tell_shop(payload, now)
