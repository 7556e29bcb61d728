"""What a seller can claim, until when: the same answer for the form and for the filing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from aftersales.disputes.codes import Status
from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.orders.models import Order, OrderLine
from aftersales.policies.claims import CLAIMS
from aftersales.policies.codes import DisputeType
from aftersales.remedies.services import refunded_by_line
from aftersales.returns.services import came_back
from merchants.promises.services import standing
from portal.money import ZERO
from portal.ui.times import say_instant

# A return that was paid for, or is about to be.
PAID = frozenset({Status.FULFILLING, Status.PAYOUT_FAILED, Status.RESOLVED, Status.CLOSED})


@dataclass(frozen=True, slots=True)
class Bought:
    """Pieces that a claim is about, and the most that can be claimed for them, in the order's currency."""

    line: OrderLine
    quantity: int
    most: Decimal


@dataclass(frozen=True, slots=True)
class Claimable:
    """What a claim can be about, since when its time runs and until when."""

    lines: tuple[Bought, ...]
    since: datetime
    until: datetime

    @property
    def most(self) -> Decimal:
        """The most that can be claimed, in the order's currency."""
        return sum((bought.most for bought in self.lines), ZERO)


def claimable(order: Order, type: str, *, now: datetime, about: str = "", lines: Sequence[str] = ()) -> Claimable:
    """Return what can be claimed about an order now. Raises RuleBroken with what speaks against it, and the date."""
    known = Dispute.objects.filter(order=order, type=type, about=about).exclude(status=Status.WITHDRAWN)
    if earlier := known.first():
        text = _("This was claimed before: case %(number)s.") % {"number": earlier.number}
        raise RuleBroken("already_claimed", text, "type")
    if type == DisputeType.RETURNED_GOODS:
        pieces, since = _returned(order, about)
    else:
        pieces, since = [Bought(line, line.quantity, ZERO) for line in order.lines.all()], _arrived(order)
    if lines:
        pieces = _named(pieces, lines)
    rules = standing([order], now=now).rules(order, pieces[0].line.category)
    until = rules.until(CLAIMS[type].window, since)
    if now >= until:
        text = _("This could be opened until %(when)s.") % {"when": say_instant(until)}
        raise RuleBroken("window_closed", text, "type")
    return Claimable(tuple(pieces), since, until)


def _returned(order: Order, about: str) -> tuple[list[Bought], datetime]:
    case = Dispute.objects.filter(number=about, order=order).first()
    back = came_back(about) if case else None
    refunded = refunded_by_line(about) if case else {}
    if case is None or back is None or case.status not in PAID or not refunded:
        text = _("Name the case of this order that ended with a return and a refund.")
        raise RuleBroken("no_return", text, "about")
    rows = case.lines.select_related("order_line").order_by("id")
    pieces = [Bought(row.order_line, row.quantity, refunded.get(row.order_line_id, ZERO)) for row in rows]
    # Goods that the clock accepted unseen: the seller's time begins when that happened.
    return [bought for bought in pieces if bought.most], back[1] or case.closed_at or case.updated_at


def _arrived(order: Order) -> datetime:
    instants = [line.arrived_at or line.shipped_at for line in order.lines.all()]
    known = [instant for instant in [*instants, order.paid_at] if instant]
    if not known:
        raise RuleBroken("not_paid", _("Nothing was paid or sent yet."), "type")
    return max(known)


def _named(pieces: list[Bought], lines: Sequence[str]) -> list[Bought]:
    by_ref = {bought.line.line_ref: bought for bought in pieces}
    for ref in lines:
        if ref not in by_ref:
            text = _("Nothing was refunded for line %(line)s.") % {"line": ref}
            raise RuleBroken("unknown_line", text, "lines")
    return [by_ref[ref] for ref in dict.fromkeys(lines)]
