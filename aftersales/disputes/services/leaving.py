"""Leaving the negotiation: withdraw, ask the platform, come back to a lapsed case."""

from datetime import datetime
from typing import TYPE_CHECKING

from aftersales.disputes import clocks
from aftersales.disputes.codes import Role, Status
from aftersales.disputes.eligibility import already_disputed
from aftersales.disputes.models import Dispute, OfferState
from aftersales.disputes.transitions import Acting, acting
from aftersales.orders.services import LineHeld

if TYPE_CHECKING:
    from portal.accounts.models import User


def withdraw(*, dispute: Dispute, actor: "User", now: datetime, expected_version: int | None = None) -> Dispute:
    """End the case without a remedy, at the buyer's wish; the pieces can be claimed again."""
    with acting(dispute, "withdraw", actor=actor, now=now, expected_version=expected_version) as act:
        _end_talks(act, OfferState.WITHDRAWN)
        act.move("withdraw", to=Status.WITHDRAWN)
    return act.case


def escalate(
    *, dispute: Dispute, actor: "User", now: datetime, statement: str = "", expected_version: int | None = None
) -> Dispute:
    """Ask the platform to decide; both sides are served and have their time before anybody rules.

    Raises RuleBroken before the earliest time, and where a lapsed case was re-opened before.
    """
    try:
        with acting(dispute, "escalate", actor=actor, now=now, expected_version=expected_version) as act:
            if act.case.status == Status.LAPSED:
                act.case.reopened = True
            _end_talks(act, OfferState.EXPIRED)
            serve(act, "escalate", {"statement": statement} if statement else {})
    except LineHeld as held:
        raise already_disputed() from held
    return act.case


def reopen(*, dispute: Dispute, actor: "User", now: datetime, expected_version: int | None = None) -> Dispute:
    """Take a lapsed case up again, once; the merchant's clock starts anew. Raises RuleBroken when too late."""
    try:
        with acting(dispute, "reopen", actor=actor, now=now, expected_version=expected_version) as act:
            case = act.case
            case.reopened, case.terms, case.outcome = True, None, ""
            clock = clocks.merchant_clock(case, case.rules)
            act.move("reopen", to=Status.AWAITING_MERCHANT, clock=clock)
    except LineHeld as held:
        raise already_disputed() from held
    return act.case


def serve(act: Acting, action: str, data: dict[str, str]) -> None:
    """Bring the case before the platform: both parties are asked for what they have to say."""
    case = act.case
    case.escalated_at = act.batch.now
    case.evidence_done_by, case.terms, case.outcome = "", None, ""
    act.move(action, to=Status.ESCALATED, clock="first_answer", data=data)


def _end_talks(act: Acting, state: str) -> None:
    act.case.held_seconds = None
    act.batch.end_offers(act.case, state, Role.MERCHANT)
