"""The merchant's queue: what needs an answer first, by time left, then by money at stake."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.utils.functional import Promise, cached_property
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from aftersales.disputes.codes import Role, Status
from aftersales.disputes.models import Dispute, DisputeLine
from aftersales.policies.codes import DisputeType, Reason, RemedyKind
from portal.ui.templatetags.ui import deadline, when

# The tabs, by whose turn it is; nobody's once a case is closed.
TABS: dict[str, tuple[Promise | str, tuple[str, ...]]] = {
    "needs": (_("Needs you"), (Role.MERCHANT, Role.BOTH)),
    "waiting": (_("Waiting for the buyer"), (Role.BUYER,)),
    "platform": (_("With the platform"), (Role.ARBITRATOR, Role.SENIOR, Role.PLATFORM, Role.SYSTEM)),
    "closed": (_("Closed"), ("",)),
}
# What most cases of a status want next; shown in the row, one press away (A).
SUGGESTED = {
    Status.AWAITING_MERCHANT: "agree",
    Status.INTERCEPTING: "ask_carrier",
    Status.RETURN_IN_TRANSIT: "receive_return",
    Status.AWAITING_INSPECTION: "confirm_return",
    Status.ESCALATED: "submit_evidence",
    Status.COLLECTING_EVIDENCE: "submit_evidence",
    Status.RULED: "execute",
    Status.FULFILLING: "ship_replacement",
}
COUNTED = 10_000  # counting further would cost more than anybody wants to know
_COUNT = """(SELECT count(*) FROM (
    SELECT 1 FROM disputes_dispute WHERE merchant_id = ANY(%s) AND awaiting = ANY(%s) LIMIT %s
) AS counted)"""
_COLUMNS = (
    *("id", "number", "status", "awaiting", "type", "reason", "wants", "wants_amount", "currency"),
    *("due_at", "clock_started_at", "closed_at"),
    *("buyer__first_name", "buyer__last_name", "buyer__username"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One case as the queue shows it; plain values, so that equal rows are rendered once."""

    number: str
    title: str
    image: str
    more: int
    buyer: str
    reason: str
    type: str
    wants: str
    amount: Decimal
    currency: str
    status: str
    time: str  # until when, or since when it is closed, as the page writes it
    closed: bool
    suggested: str

    @property
    def labels(self) -> dict[str, str]:
        """The words for what stands in codes."""
        return {
            "status": str(Status(self.status).label),
            "reason": str(Reason(self.reason).label),
            "type": str(DisputeType(self.type).label),
            "wants": str(RemedyKind(self.wants).label),
        }

    @property
    def url(self) -> str:
        """The case page."""
        return f"/disputes/{self.number}/"

    @property
    def suggested_url(self) -> str:
        """Where the suggested action is taken."""
        place = "#evidence" if self.suggested == "submit_evidence" else f"{self.suggested.replace('_', '-')}/"
        return f"{self.url}{place}"


class Pages(Paginator[int]):
    """Pages of case ids, counted as far as anybody pages."""

    @cached_property
    def count(self) -> int:
        """How many there are, at most COUNTED."""
        found: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return found.order_by()[:COUNTED].count()


def tabs(shops: Collection[int], active: str) -> list[dict[str, Any]]:
    """Count each tab with one query, up to COUNTED."""
    values = [v for _word, awaiting in TABS.values() for v in (list(shops), list(awaiting), COUNTED)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join([_COUNT] * len(TABS))}", values)
        counts = cursor.fetchone()
    return [
        {"name": name, "word": word, "count": count, "active": name == active}
        for (name, (word, _awaiting)), count in zip(TABS.items(), counts, strict=True)
    ]


def cases(shops: Collection[int], tab: str, *, sought: str = "", reason: str = "") -> QuerySet[Dispute]:
    """Return a tab's cases in the order in which they want attention."""
    found = Dispute.objects.filter(awaiting__in=TABS[tab][1], merchant__in=shops)
    if sought:
        found = found.filter(Q(number__icontains=sought) | Q(order__number__icontains=sought))
    if reason:
        found = found.filter(reason=reason)
    return found.order_by(*(("-closed_at", "-id") if tab == "closed" else ("due_at", "-max_amount", "id")))


def rendered(ids: Sequence[int], *, now: datetime) -> list[SafeString]:
    """Render the rows of a page of cases, in the given order, with two queries."""
    found = {values["id"]: values for values in Dispute.objects.filter(pk__in=ids).values(*_COLUMNS)}
    lines: dict[int, list[dict[str, Any]]] = {}
    named = ("order_line__title", "order_line__title_zh", "order_line__sku", "order_line__image")
    for line in DisputeLine.objects.filter(dispute__in=ids).order_by("id").values("dispute_id", *named):
        lines.setdefault(line["dispute_id"], []).append(line)
    language = get_language() or "en"
    return [_html(_row(found[pk], lines[pk], language, now), language) for pk in ids if pk in found]


@lru_cache(maxsize=4096)
def _html(row: Row, language: str) -> SafeString:
    return render_to_string("merchants/_queue_row.html", {"row": row})


def _row(case: dict[str, Any], lines: Sequence[dict[str, Any]], language: str, now: datetime) -> Row:
    first = lines[0]
    chinese = first["order_line__title_zh"] if language == "zh-hans" else ""
    mine = case["awaiting"] in {Role.MERCHANT, Role.BOTH}
    name = f"{case['buyer__first_name']} {case['buyer__last_name']}".strip()
    return Row(
        number=case["number"],
        title=chinese or first["order_line__title"] or first["order_line__sku"],
        image=first["order_line__image"],
        more=len(lines) - 1,
        buyer=name or case["buyer__username"],
        reason=case["reason"],
        type=case["type"],
        wants=case["wants"],
        amount=case["wants_amount"],
        currency=case["currency"],
        status=case["status"],
        time=deadline(case["due_at"], case["clock_started_at"], now) or when(case["closed_at"]),
        closed=case["due_at"] is None,
        suggested=SUGGESTED.get(Status(case["status"]), "") if mine else "",
    )
