"""Amounts on hold: granted above somebody's limit, paid when others have approved them, never by silence."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from aftersales.disputes.codes import Status
from aftersales.disputes.errors import NotAllowed, RuleBroken
from aftersales.disputes.models import Dispute, Event
from aftersales.disputes.services.leaving import serve
from aftersales.disputes.terms import Terms
from aftersales.disputes.transitions import acting
from aftersales.disputes.workflow import ACTIONS
from aftersales.remedies import approvals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portal.accounts.models import User

# Whoever took one of these had a part in what is to be paid.
DECIDING = {name for name, row in ACTIONS.items() if row.money} - {"release_hold", "retry_payout"} | {
    "propose",
    "propose_deduction",
    "open_recall",
}


PEOPLE_FOR_ADVANCE = 2  # who approve what the fund does not pay first unasked


@dataclass(frozen=True, slots=True)
class Hold:
    """What waits for approval: its key, how much, and who had a part in deciding it."""

    subject: str
    amount: Decimal
    needed: int
    decided_as: str
    decided_by: frozenset[int]
    since: datetime
    above: str  # which bound of paying first unasked it passes, if that is why it waits


def holds_of(cases: "Sequence[Dispute]") -> dict[int, Hold]:
    """Return what is on hold in each of these cases, by primary key; one query."""
    events: dict[int, list[Event]] = {case.pk: [] for case in cases}
    for event in Event.objects.filter(dispute__in=events).order_by("dispute_id", "seq"):
        events[event.dispute_id].append(event)
    return {case.pk: _hold(case, events[case.pk]) for case in cases if case.status == Status.AMOUNT_ON_HOLD}


def _hold(case: Dispute, events: list[Event]) -> Hold:
    held = {Status.AMOUNT_ON_HOLD.value}
    began = [e for e in events if e.to_status in held and e.from_status not in held][-1]
    assert case.terms is not None  # noqa: S101 - what is on hold was decided
    terms = Terms.parse(case.terms)
    return Hold(
        subject=f"{case.number}:{began.seq}",
        amount=terms.money,
        # A pack is frozen at filing, so that this is what stood when the hold began.
        needed=_needed(case, terms),
        decided_as=terms.decided_as,
        decided_by=frozenset(e.actor_id for e in events if e.actor_id and e.action in DECIDING),
        since=began.at,
        above=terms.advance_above,
    )


def _needed(case: Dispute, terms: Terms) -> int:
    ordinary = approvals.needed(terms.money, case.currency, terms.decided_as, rules=case.rules)
    return max(ordinary, PEOPLE_FOR_ADVANCE) if terms.advance_above else ordinary


def release_hold(
    *, dispute: Dispute, actor: "User", now: datetime, note: str = "", expected_version: int | None = None
) -> Dispute:
    """Approve a large amount; with the last approval that it needs it is carried out.

    Raises NotAllowed for whoever had a part in deciding it, RuleBroken for a second approval by the same person.
    """
    with acting(dispute, "release_hold", actor=actor, now=now, expected_version=expected_version) as act:
        case, hold = act.case, holds_of([act.case])[act.case.pk]
        try:
            given = approvals.approve(
                subject=hold.subject,
                case=case.number,
                amount=hold.amount,
                currency=case.currency,
                decided_as=hold.decided_as,
                decided_by=hold.decided_by,
                by=actor,
                rules=case.rules,
                now=now,
                note=note.strip(),
            )
        except approvals.NotYours as own:
            raise NotAllowed(str(own)) from own
        except approvals.ApprovedBefore as before:
            raise RuleBroken("approved_before", str(before)) from before
        record: dict[str, Any] = {"approved": given, "needed": hold.needed, "hold": hold.subject}
        if given < hold.needed:
            act.move("release_hold", data=record)
        else:
            act.batch.pay(case, "release_hold", role=act.role, actor_id=actor.pk, **record)
    return case


def refuse_hold(
    *, dispute: Dispute, actor: "User", now: datetime, note: str, expected_version: int | None = None
) -> Dispute:
    """Do not approve what the parties agreed: an arbitrator decides. Raises RuleBroken without words."""
    if not note.strip():
        raise RuleBroken("note_missing", _("Say why it is not approved."), "note")
    with acting(dispute, "refuse_hold", actor=actor, now=now, expected_version=expected_version) as act:
        serve(act, "refuse_hold", {"note": note.strip()})
    return act.case
