"""What the buyer's lists show, gathered with a fixed number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aftersales.buyers.discounts import discounts_of, title_of
from aftersales.buyers.models import Draft
from aftersales.buyers.situations import OTHER, situation
from aftersales.buyers.wizard import Wizard
from aftersales.disputes.codes import Role
from aftersales.disputes.eligibility import types_open, why_closed, window_of
from aftersales.disputes.models import Dispute, DisputeLine
from aftersales.disputes.next_step import NextStep, next_step
from aftersales.ledger.models import Entry
from aftersales.orders.models import Order, OrderLine
from aftersales.policies.codes import WITH_RETURN, DisputeType, RemedyKind
from aftersales.policies.questions import said
from aftersales.policies.rules import Rules
from aftersales.policies.types import TYPES
from aftersales.policies.values import EXCLUDED
from merchants.promises.sentences import points
from merchants.promises.services import standing
from portal.ui.amounts import say_money

if TYPE_CHECKING:
    from portal.accounts.models import User

STAGE_CHIPS = {
    "": gettext_lazy("All"),
    "unshipped": gettext_lazy("Not shipped"),
    "in_transit": gettext_lazy("On the way"),
    "received": gettext_lazy("Received"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One line of an order as the buyer sees it."""

    line: OrderLine
    title: str
    help_url: str  # where help begins, or empty
    why_not: str
    return_by: datetime | None
    promises: list[str]  # what the seller promises above the rules, where it applies
    cases: list[Dispute]
    next: NextStep | None


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order with its items."""

    order: Order
    items: list[Item]
    draft: bool
    discounts: list[str]  # what made it cheaper, and which goods that depends on


def orders_of(user: "User", *, sought: str, stage: str) -> QuerySet[Order]:
    """The buyer's orders, newest first; searched by number or title, narrowed by stage."""
    found = Order.objects.filter(buyer=user).select_related("merchant").order_by("-paid_at", "-id")
    lines = OrderLine.objects.filter(order=OuterRef("pk"))
    if sought:
        titled = lines.filter(Q(title__icontains=sought) | Q(title_zh__icontains=sought) | Q(sku__iexact=sought))
        found = found.filter(Q(number__icontains=sought) | Exists(titled))
    if stage == "unshipped":
        found = found.filter(Exists(lines.filter(shipped_at=None, delivered_at=None)))
    elif stage == "in_transit":
        found = found.filter(Exists(lines.filter(shipped_at__isnull=False, delivered_at=None, received_at=None)))
    elif stage == "received":
        found = found.filter(Exists(lines.filter(Q(delivered_at__isnull=False) | Q(received_at__isnull=False))))
    return found.prefetch_related("lines")


def rows(orders: Iterable[Order], *, user: "User", now: datetime) -> list[OrderRow]:
    """Gather the rows of a page: four queries, whatever their number."""
    listed = list(orders)
    stands = standing(listed, now=now)
    cases = _cases_by_line(listed)
    drafts = set(Draft.objects.filter(buyer=user, order__in=listed).values_list("order_id", flat=True))
    return [
        OrderRow(
            order=order,
            items=[
                _item(order, line, cases.get(line.pk, []), stands.rules(order, line.category), now)
                for line in order.lines.all()
            ],
            draft=order.pk in drafts,
            discounts=discounts_of(order),
        )
        for order in listed
    ]


def _cases_by_line(orders: list[Order]) -> dict[int, list[Dispute]]:
    found: dict[int, list[Dispute]] = {}
    claimed = DisputeLine.objects.filter(order_line__order__in=orders).select_related("dispute").order_by("-dispute_id")
    for row in claimed:
        found.setdefault(row.order_line_id, []).append(row.dispute)
    return found


def _item(order: Order, line: OrderLine, cases: list[Dispute], rules: Rules, now: datetime) -> Item:
    running = next((c for c in cases if c.is_open), None)
    usable = bool(line.free_quantity and types_open(line, rules=rules, now=now))
    returnable = line.arrived_at and rules.choices["no_reason"] != EXCLUDED and not line.no_reason_waived
    window = window_of(line, TYPES[DisputeType.NO_REASON_RETURN], rules).until if returnable else None
    return Item(
        line=line,
        title=title_of(line),
        help_url=f"{reverse('buyers:start', args=[order.number])}?line={line.line_ref}" if usable else "",
        why_not="" if usable or running else why_closed(line, rules=rules, now=now),
        return_by=window,
        promises=points(rules),
        cases=cases[:3],
        next=next_step(running, Role.BUYER) if running else None,
    )


def summary(wizard: Wizard) -> list[tuple[str, str, str]]:
    """The check page: question, answer, page to change it on."""
    answers, order = wizard.answers, wizard.order
    found = situation(wizard.stage, answers.get("what", ""))
    what = found.words if found and answers.get("what") != OTHER else DisputeType(wizard.type).label
    wish = str(RemedyKind(answers["wants"]).label)
    if wizard.amount:
        wish = f"{wish}: {say_money(wizard.amount, order.currency)}"
    items = "\n".join(f"{quantity} × {title_of(line)}" for line, quantity in wizard.chosen)
    rows = [
        (_("What happened"), str(what), "what"),
        (_("Items"), items, "items"),
        (_("You would like"), wish, "wish"),
        *((_("Sending it back"), words, "wish") for words in _postage(wizard)),
        *((question, answer, "tell") for question, answer in said(wizard.type, answers.get("answers") or {})),
        (_("In your words"), answers.get("statement") or "—", "tell"),
        (_("Files"), str(len(answers.get("files", []))), "tell"),
    ]
    return [row for row in rows if row[2] in wizard.steps()]


def _postage(wizard: Wizard) -> list[str]:
    """Who pays the way back, in one paragraph, where the buyer wants to send something back."""
    return [" ".join(wizard.postage())] if wizard.answers["wants"] in WITH_RETURN else []


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """One movement of a store balance in words."""

    words: str
    amount: Decimal
    currency: str
    at: datetime
    case: str
    reference: str


def balance_rows(entries: Iterable[Entry]) -> list[BalanceRow]:
    """Say what each movement was; no queries."""
    return [_balance_row(entry) for entry in entries]


def _balance_row(entry: Entry) -> BalanceRow:
    moved = entry.transaction
    drawn = moved.key.removeprefix("draw:") if moved.key.startswith("draw:") else ""
    words = _("Spent on an order") if drawn else _("Refunded to your balance")
    return BalanceRow(words, entry.amount, entry.currency, moved.posted_at, moved.case, drawn)
