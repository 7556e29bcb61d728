"""What the desk shows, gathered with a fixed number of queries."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aftersales.arbitration.models import last_ruling
from aftersales.disputes.codes import AT_DESK, Role, Status
from aftersales.disputes.models import Dispute, OfferState
from aftersales.disputes.next_step import NextStep, next_step
from aftersales.disputes.permissions import role_of

if TYPE_CHECKING:
    from portal.accounts.models import User

TABS: dict[str, Promise | str] = {
    "mine": _("Mine"),
    "unassigned": _("Unassigned"),
    "appeals": _("Appeals"),
    "today": _("Due within a day"),
    "attention": _("Needs the platform"),
}
ROWS = 100
# What nobody in particular holds lies within it; served by the partial index `dispute_at_desk`.
_DESK = Q(status__in=AT_DESK) | Q(awaiting__in=[Role.ARBITRATOR, Role.SENIOR, Role.PLATFORM]) | ~Q(sweep_error="")


def _which(user: "User", tab: str) -> Q:
    desk = Q(status__in=AT_DESK)
    day = timezone.now() + timedelta(days=1)
    return {
        "mine": Q(arbitrator=user, due_at__isnull=False),
        "unassigned": desk & Q(arbitrator=None) & ~Q(status=Status.RULED),
        "appeals": Q(status=Status.APPEALED),
        "today": Q(awaiting__in=[Role.ARBITRATOR, Role.SENIOR, Role.PLATFORM], due_at__lt=day),
        "attention": Q(awaiting=Role.PLATFORM) | ~Q(sweep_error=""),
    }[tab]


def tabs(user: "User", active: str) -> list[dict[str, Any]]:
    """Count each tab with one query, over what the desk can have to do with."""
    counts = Dispute.objects.filter(_DESK | _which(user, "mine")).aggregate(
        **{tab: Count("pk", filter=_which(user, tab)) for tab in TABS}
    )
    return [{"name": t, "word": word, "count": counts[t], "active": t == active} for t, word in TABS.items()]


def rows(user: "User", tab: str) -> list[tuple[Dispute, NextStep]]:
    """Return a tab's most urgent cases with what comes next."""
    within = Q() if tab == "mine" else _DESK
    found = Dispute.objects.filter(within, _which(user, tab)).select_related(
        "merchant", "buyer", "policy", "arbitrator"
    )
    return [(case, next_step(case, role_of(user, case))) for case in found.order_by("due_at", "id")[:ROWS]]


def role(user: "User", case: Dispute) -> Role | None:
    """In what capacity somebody at the desk stands to a case."""
    return role_of(user, case)


def sides(case: Dispute) -> dict[str, Any]:
    """Set claim, proposals and evidence of both sides beside each other."""
    evidence, offers = list(case.evidence.all()), list(case.offers.all())
    history = Dispute.objects.filter(Q(buyer=case.buyer_id) | Q(merchant=case.merchant_id)).aggregate(
        by_buyer=Count("pk", filter=Q(buyer=case.buyer_id)),
        at_merchant=Count("pk", filter=Q(merchant=case.merchant_id)),
        ruled=Count("pk", filter=Q(merchant=case.merchant_id, outcome__in=["ruling", "appeal"])),
    )
    columns = [
        {
            "role": side,
            "evidence": [e for e in evidence if e.role == side],
            "offers": [o for o in offers if o.by_role == side and o.state != OfferState.SUPERSEDED],
        }
        for side in (Role.BUYER, Role.MERCHANT)
    ]
    return {"columns": columns, "history": history, "rulings": list(case.rulings.select_related("by", "appeal"))}


def first_decision(case: Dispute) -> dict[str, Any]:
    """Return the first decision as the starting point of the one on appeal."""
    first = last_ruling(case)
    amounts = {f"line_{row['line']}": row["amount"] for row in first.lines}
    return {"kind": first.kind, "payer": first.payer, "merchant_fault": first.merchant_fault, **amounts}
