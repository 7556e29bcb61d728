"""What was said, shown and done on a case, as JSON."""

from typing import Any

from django.conf import settings

from aftersales.disputes.clock_ledger import Turn
from aftersales.disputes.models import Dispute, Event, Evidence, Message
from portal.rest.fields import instant, public_id


def event(entry: Event) -> dict[str, Any]:
    """Write one entry of the timeline; events hold only what both sides may read."""
    return {
        "seq": entry.seq,
        "at": instant(entry.at),
        "role": entry.role,
        "action": entry.action.replace("_", "-"),
        "from_status": entry.from_status or None,
        "to_status": entry.to_status,
        "data": entry.data,
        "prev_hash": entry.prev_hash,
        "hash": entry.hash,
    }


def turn(ran: Turn) -> dict[str, Any]:
    """Write one clock as it ran."""
    return {
        "seq": ran.seq,
        "clock": ran.clock or None,
        "change": ran.change or None,
        "awaiting": ran.awaiting,
        "started_at": instant(ran.started_at),
        "due_at": instant(ran.due_at),
        "seconds": ran.seconds,
        "counting": ran.counting,
        "capped": ran.capped,
        "ended_at": instant(ran.ended_at),
        "ended_by": ran.ended_by.replace("_", "-") or None,
        "ran_out": ran.silent,
    }


def message(said: Message) -> dict[str, Any]:
    """Write one message."""
    return {
        "id": public_id("message", said.pk),
        "at": instant(said.at),
        "role": said.role,
        "author": said.author.display_name if said.author else None,
        "audience": said.audience,
        "automatic": said.automatic,
        "body": said.body,
    }


def exhibit(shown: Evidence, case: Dispute) -> dict[str, Any]:
    """Write one file of evidence."""
    number = public_id("evidence", shown.pk)
    return {
        "id": number,
        "at": instant(shown.at),
        "role": shown.role,
        "kind": shown.kind,
        "slot": shown.slot,
        "caption": shown.caption,
        "name": shown.name,
        "content_type": shown.content_type,
        "size": shown.size,
        "sha256": shown.sha256,
        "url": f"{settings.SITE_URL}/api/v1/disputes/{case.number}/evidence/{number}/",
    }
