"""News from other rooms that concern cases."""

from datetime import datetime
from typing import Any

from aftersales.disputes.services.fulfilment import note_remedies
from portal.outbox.registry import subscribe


@subscribe("remedy.done")
def remedy_done(payload: dict[str, Any], now: datetime) -> None:
    """End the case once everything owed is done."""
    note_remedies(number=payload["case"], now=now)


@subscribe("remedy.failed")
def remedy_failed(payload: dict[str, Any], now: datetime) -> None:
    """Call a person where a payment failed for good."""
    note_remedies(number=payload["case"], now=now)
