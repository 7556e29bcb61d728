"""What somebody may do on a case right now: the table and its guards, read for buttons and for the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aftersales.disputes.codes import Role
from aftersales.disputes.errors import NotAllowed, RuleBroken
from aftersales.disputes.guards import can_recall, check_guard, owes_goods, owes_repair
from aftersales.disputes.models import Dispute, Offer, OfferState
from aftersales.disputes.workflow import ACTIONS, actions_for, opener

# What would only puzzle where there are no such goods or parcels.
_HIDDEN = {"report_goods": owes_goods, "fail_repair": owes_repair, "recall_parcel": can_recall}


@dataclass(frozen=True, slots=True)
class Allowed:
    """An action; `why_not` says what speaks against it now (a button then shows the reason instead of vanishing)."""

    action: str
    due_at: datetime | None
    why_not: str = ""

    @property
    def slug(self) -> str:
        """The action's name in addresses."""
        return self.action.replace("_", "-")


def allowed_actions(
    case: Dispute, role: Role | None, *, user_id: int | None, now: datetime, offers: Sequence[Offer] | None = None
) -> list[Allowed]:
    """List what a role may do, in the table's order, and what it could do at another time with the reason.

    With `offers` given, accepting is listed only where the other side's offer is open.
    """
    if role is None or role == Role.SYSTEM:
        return []
    listed = []
    for action in actions_for(case.status, role):
        if action == "accept_offer" and offers is not None and not open_offers(offers, role, now):
            continue
        if action in _HIDDEN and not _HIDDEN[action](case):
            continue
        if ACTIONS[action].opened_by not in {None, opener(case.type)}:
            continue
        due_at = case.due_at if case.awaiting in {role, Role.BOTH} else None
        try:
            check_guard(case, action, role=role, actor_id=user_id, now=now)
        except (RuleBroken, NotAllowed) as reason:
            listed.append(Allowed(action, due_at, str(reason)))
        else:
            listed.append(Allowed(action, due_at))
    return listed


def open_offers(offers: Sequence[Offer], role: Role, now: datetime) -> list[Offer]:
    """List the other side's proposals that a role can accept now."""
    return [
        o
        for o in offers
        if o.state == OfferState.PROPOSED and o.by_role != role and (o.expires_at is None or o.expires_at > now)
    ]
