"""The merchant's queue: what needs an answer first, by time left, then by money at stake."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from aftersales.disputes.codes import Role, Status
from aftersales.disputes.models import Dispute, DisputeLine
from merchants.models import MerchantQuerySet

MINE = Q(awaiting__in=[Role.MERCHANT, Role.BOTH])
PLATFORM = Q(awaiting__in=[Role.ARBITRATOR, Role.SENIOR, Role.PLATFORM, Role.SYSTEM])
TABS: dict[str, tuple[Promise | str, Q]] = {
    "needs": (_("Needs you"), MINE),
    "waiting": (_("Waiting for the buyer"), Q(awaiting=Role.BUYER)),
    "platform": (_("With the platform"), PLATFORM),
    "closed": (_("Closed"), Q(due_at=None)),
}
# What most cases of a status want next; shown in the row, one press away (A).
SUGGESTED = {
    Status.AWAITING_MERCHANT: "agree",
    Status.RETURN_IN_TRANSIT: "receive_return",
    Status.AWAITING_INSPECTION: "confirm_return",
    Status.ESCALATED: "submit_evidence",
    Status.COLLECTING_EVIDENCE: "submit_evidence",
    Status.RULED: "execute",
    Status.FULFILLING: "ship_replacement",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One case as the queue shows it; everything is ready, the template only prints."""

    case: Dispute
    url: str
    title: str
    image: str
    more: int
    suggested: str
    suggested_url: str


def tabs(merchants: MerchantQuerySet, active: str) -> list[dict[str, Any]]:
    """Count each tab with one query."""
    counts = Dispute.objects.filter(merchant__in=merchants).aggregate(
        **{name: Count("pk", filter=which) for name, (_word, which) in TABS.items()}
    )
    return [
        {"name": name, "word": word, "count": counts[name], "active": name == active}
        for name, (word, _which) in TABS.items()
    ]


def cases(merchants: MerchantQuerySet, tab: str, *, sought: str = "", reason: str = "") -> QuerySet[Dispute]:
    """Return a tab's cases in the order in which they want attention."""
    found = Dispute.objects.filter(TABS[tab][1], merchant__in=merchants)
    if sought:
        found = found.filter(Q(number__icontains=sought) | Q(order__number__icontains=sought))
    if reason:
        found = found.filter(reason=reason)
    order = ("-closed_at", "-id") if tab == "closed" else ("due_at", "-max_amount", "id")
    lines = DisputeLine.objects.select_related("order_line").order_by("id")
    return found.select_related("buyer", "policy").prefetch_related(Prefetch("lines", lines)).order_by(*order)


def row_of(case: Dispute) -> Row:
    """Make a case ready to be shown."""
    lines = [claimed.order_line for claimed in case.lines.all()]
    first = lines[0]
    chinese = first.title_zh if get_language() == "zh-hans" else ""
    url = case.get_absolute_url()
    suggested = SUGGESTED.get(Status(case.status), "") if case.awaiting in {Role.MERCHANT, Role.BOTH} else ""
    slug = suggested.replace("_", "-")
    return Row(
        case=case,
        url=url,
        title=chinese or first.title or first.sku,
        image=first.image,
        more=len(lines) - 1,
        suggested=suggested,
        suggested_url=f"{url}{slug}/" if suggested else "",
    )
