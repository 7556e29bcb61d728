"""The platform steps in: evidence, extensions, pauses. Rulings are the arbitration room's."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from aftersales.disputes import clocks
from aftersales.disputes.codes import Role, Status
from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.transitions import Acting, acting

if TYPE_CHECKING:
    from portal.accounts.models import User

_OTHER = {Role.BUYER: Role.MERCHANT, Role.MERCHANT: Role.BUYER}
LONGEST_EXTENSION_HOURS = 240


def submit_evidence(
    *, dispute: Dispute, actor: "User", now: datetime, statement: str, expected_version: int | None = None
) -> Dispute:
    """Put a statement (and files added before) on record. While a ruling is prepared the other side gets its time.

    Raises RuleBroken for an empty statement.
    """
    if not statement.strip():
        raise RuleBroken("statement_missing", _("Say what your evidence shows."), "statement")
    with acting(dispute, "submit_evidence", actor=actor, now=now, expected_version=expected_version) as act:
        data = {"statement": statement.strip()}
        late = act.case.status == Status.AWAITING_RULING
        if late:
            give_other_side_time(act, "submit_evidence", data)
        else:
            act.move("submit_evidence", data=data)
    return act.case


def give_other_side_time(act: Acting, action: str, data: dict[str, str]) -> None:
    """Late evidence is let in, and the other side has at least a day to answer it (domain: invariants)."""
    other = _OTHER[act.role]
    act.case.evidence_done_by = act.role
    act.move(action, to=Status.COLLECTING_EVIDENCE, clock=f"extra_evidence_{other}", data={**data, "late": "yes"})


def finish_evidence(*, dispute: Dispute, actor: "User", now: datetime, expected_version: int | None = None) -> Dispute:
    """Say that there is nothing to add; when everybody asked has said so, the case is decided."""
    with acting(dispute, "finish_evidence", actor=actor, now=now, expected_version=expected_version) as act:
        case = act.case
        alone = case.awaiting == act.role
        if alone or case.evidence_done_by == _OTHER[act.role]:
            to_ruling(act, "finish_evidence")
        else:
            case.evidence_done_by = act.role
            act.move("finish_evidence")
    return case


def to_ruling(act: Acting, action: str) -> None:
    """Close the evidence; the arbitrator's clock starts."""
    clock = clocks.ruling_clock(act.case, act.case.rules)
    act.move(action, to=Status.AWAITING_RULING, clock=clock)


def take(*, dispute: Dispute, actor: "User", now: datetime, expected_version: int | None = None) -> Dispute:
    """Take a case to decide it. Raises RuleBroken where somebody else holds it, NotAllowed where a senior is needed."""
    with acting(dispute, "take", actor=actor, now=now, expected_version=expected_version) as act:
        act.case.arbitrator_id = actor.pk
        act.move("take")
    return act.case


def request_evidence(
    *,
    dispute: Dispute,
    actor: "User",
    now: datetime,
    party: str,
    question: str,
    expected_version: int | None = None,
) -> Dispute:
    """Ask the buyer, the merchant or both one question, with a deadline. Raises RuleBroken without one."""
    clock = {"buyer": "extra_evidence_buyer", "merchant": "extra_evidence_merchant", "both": "extra_evidence"}.get(
        party
    )
    if clock is None:
        raise RuleBroken("party", _("Choose whom you ask."), "party")
    if not question.strip():
        raise RuleBroken("question_missing", _("Write your question."), "question")
    with acting(dispute, "request_evidence", actor=actor, now=now, expected_version=expected_version) as act:
        act.case.evidence_done_by = ""
        data = {"party": party, "question": question.strip()}
        act.move("request_evidence", to=Status.COLLECTING_EVIDENCE, clock=clock, data=data)
    return act.case


def extend(
    *,
    dispute: Dispute,
    actor: "User",
    now: datetime,
    hours: int,
    reason: str,
    expected_version: int | None = None,
) -> Dispute:
    """Give whoever must act more time, in hours, with a reason both sides can read. Raises RuleBroken."""
    if not 1 <= hours <= LONGEST_EXTENSION_HOURS:
        raise RuleBroken("hours", _("Between 1 and %(most)s hours.") % {"most": LONGEST_EXTENSION_HOURS}, "hours")
    if not reason.strip():
        raise RuleBroken("reason_missing", _("Say why."), "reason")
    with acting(dispute, "extend", actor=actor, now=now, expected_version=expected_version) as act:
        case = act.case
        assert case.due_at is not None  # noqa: S101 - open cases always have a deadline
        before = max(case.due_at, now)
        case.due_at = before + timedelta(hours=hours)
        clock = {"from": before.isoformat(), "seconds": hours * 3600, "due_at": case.due_at.isoformat()}
        act.move("extend", data={"hours": hours, "reason": reason.strip(), "clock": clock})
    return case


def pause(
    *,
    dispute: Dispute,
    actor: "User",
    now: datetime,
    reason: str,
    to_law: bool = False,
    expected_version: int | None = None,
) -> Dispute:
    """Stop the clock while the parties settle; it goes on by itself in the end (T).

    `to_law`: a party says that it goes to law, and has seven business days to prove it (T).
    """
    if not reason.strip():
        raise RuleBroken("reason_missing", _("Say why."), "reason")
    clock = "pause_law" if to_law else "pause"
    with acting(dispute, "pause", actor=actor, now=now, expected_version=expected_version) as act:
        act.batch.pause(act.case, clock, role=act.role, actor_id=actor.pk, reason=reason.strip())
    return act.case


def resume(*, dispute: Dispute, actor: "User", now: datetime, expected_version: int | None = None) -> Dispute:
    """Let the clock of a paused case go on, with at least a day left."""
    with acting(dispute, "resume", actor=actor, now=now, expected_version=expected_version) as act:
        act.batch.resume(act.case, role=act.role, actor_id=actor.pk)
    return act.case
