"""How cases stand in the database: locked one by one, changed many at a time, each with one statement."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from psycopg2.extras import Json, execute_values

from aftersales.disputes.errors import DisputeMoved
from aftersales.disputes.models import Dispute, Offer, OfferState
from portal.rows import Columns, attach, attached

# Everything a transition may write, with its SQL type; whoever adds a column to the case decides here whether.
_COLUMNS = {
    "status": "varchar",
    "awaiting": "varchar",
    "due_at": "timestamptz",
    "on_silence": "varchar",
    "clock_started_at": "timestamptz",
    "held_seconds": "int",
    "paused_seconds": "int",
    "paused_status": "varchar",
    "paused_awaiting": "varchar",
    "paused_silence": "varchar",
    "wants": "varchar",
    "wants_amount": "numeric",
    "outcome": "varchar",
    "terms": "jsonb",
    "arbitrator_id": "bigint",
    "reopened": "boolean",
    "evidence_done_by": "varchar",
    "appeal_until": "timestamptz",
    "escalated_at": "timestamptz",
    "closed_at": "timestamptz",
    "updated_at": "timestamptz",
    "sweep_error": "text",
    "event_count": "int",
    "event_head": "varchar",
}
_UPDATE = f"""
UPDATE disputes_dispute AS d SET {", ".join(f"{c} = v.{c}" for c in _COLUMNS)}, version = d.version + 1
FROM (VALUES %s) AS v(id, version, {", ".join(_COLUMNS)})
WHERE d.id = v.id AND d.version = v.version RETURNING d.id
"""  # noqa: S608 - column names from the constant above, values bound
_CASE = Columns(Dispute, "d")
_LOCK = f"SELECT {_CASE.sql} FROM disputes_dispute d WHERE d.id = %s FOR UPDATE"  # noqa: S608 - as above
_TEMPLATE = "(%s::bigint, %s::int, " + ", ".join(f"%s::{t}" for t in _COLUMNS.values()) + ")"

_ACCEPT = f"""
UPDATE disputes_offer SET decided_at = %(now)s,
    state = CASE WHEN id = ANY(%(won)s) THEN '{OfferState.ACCEPTED}' ELSE '{OfferState.SUPERSEDED}' END
WHERE dispute_id = ANY(%(cases)s) AND state = '{OfferState.PROPOSED}' RETURNING id
"""  # noqa: S608 - states from the code, values bound


def lock(dispute: Dispute) -> Dispute:
    """Lock a case for the rest of the transaction and return it as it is now."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [dispute.pk])
        case = _CASE.read(iter(cursor.fetchone()))
    if (lines := attached(dispute, "lines")) is not None:  # they never change
        attach(case, lines=lines)
    return case


def update(cases: Mapping[int, tuple[Dispute, int]]) -> None:
    """Write cases, given by key with the version they were read at, and count their versions up.

    Raises DisputeMoved where one has another version by now.
    """
    if not cases:
        return
    rows = [(pk, version, *(_bound(getattr(case, c)) for c in _COLUMNS)) for pk, (case, version) in cases.items()]
    with connection.cursor() as cursor:
        written = execute_values(cursor, _UPDATE, rows, template=_TEMPLATE, page_size=len(rows), fetch=True)
    missed = set(cases) - {row[0] for row in written}
    if missed:
        raise DisputeMoved(Dispute.objects.get(pk=min(missed)))
    for case, version in cases.values():
        case.version = version + 1


def accept(offers: Sequence[Offer], *, now: datetime) -> None:
    """Mark proposals as those that won, and the others of their cases as superseded.

    Raises DisputeMoved where one no longer stands.
    """
    if not offers:
        return
    values: dict[str, Any] = {"won": [o.pk for o in offers], "cases": [o.dispute_id for o in offers], "now": now}
    with connection.cursor() as cursor:
        cursor.execute(_ACCEPT, values)
        stood = {pk for (pk,) in cursor.fetchall()}
    for offer in offers:
        if offer.pk not in stood:
            raise DisputeMoved(offer.dispute, _("This offer no longer stands."))


def _bound(value: Any) -> Any:
    return Json(value) if isinstance(value, dict) else value
