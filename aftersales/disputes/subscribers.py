"""News from other rooms that concern cases."""

from datetime import datetime
from typing import Any

from aftersales.disputes.measuring.buyers import measure_buyer
from aftersales.disputes.notices import tell_message, tell_moves
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


@subscribe("credit.answered")
def tier_answered(payload: dict[str, Any], now: datetime) -> None:
    """Compute the tier anew after the platform answered an objection."""
    measure_buyer(payload["buyer"], now=now)


@subscribe("dispute.moved", many=True)
def tell_moved(payloads: list[dict[str, Any]], now: datetime) -> None:
    """Tell the people of the cases."""
    tell_moves(payloads, now)


@subscribe("dispute.message")
def tell_written(payload: dict[str, Any], now: datetime) -> None:
    """Tell the others that somebody wrote."""
    tell_message(payload, now)
