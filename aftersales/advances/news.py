"""What became of advances, announced for whoever listens: `notices` tells people."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from aftersales.advances.models import Advance
from portal.money import plain
from portal.outbox.services import publish_many


def tell(what: str, advances: Sequence[Advance], *, now: datetime, amount: Decimal | None = None) -> None:
    """Announce what became of advances, within the caller's transaction; the amount is what is owed, unless given."""
    publish_many([("advance.moved", _row(what, one, amount)) for one in advances], now=now)


def _row(what: str, advance: Advance, amount: Decimal | None) -> dict[str, object]:
    told = plain(advance.owed if amount is None else amount, advance.currency)
    return {"advance": advance.pk, "what": what, "amount": told}
