"""From rows to orders: one part per marketplace order and merchant, each line of it once."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from aftersales.orders.imports.rows import Row
from aftersales.orders.models import OrderStatus

_ADVANCE = {status.value: place for place, status in enumerate(OrderStatus)}


class Numbered(NamedTuple):
    """A row and the line of the file on which it starts."""

    line: int
    row: Row


class Refusal(NamedTuple):
    """A row that was not taken, and why."""

    line: int
    reason: str


class Paid(NamedTuple):
    """A channel that an order was paid through; `amount` is None where only the channel is known."""

    channel: str
    ref: str
    amount: Decimal | None


class Part(NamedTuple):
    """One merchant's share of a marketplace order, with the lines that are told of it now."""

    lines: Sequence[Numbered]
    paid_at: str | None
    payments: Sequence[Paid]

    @property
    def head(self) -> Row:
        """A row to read the order's own facts from."""
        return self.lines[-1].row

    @property
    def market(self) -> str:
        """The market that it was sold in, as the last row that says it says; empty where none does."""
        return next((n.row.market for n in reversed(self.lines) if n.row.market), "")

    @property
    def status(self) -> str:
        """How far all of the order is: as far as the line that is furthest behind; cancelled if every line is."""
        if len(self.lines) == 1:
            return self.head.status
        return min((n.row.status for n in self.lines), key=_ADVANCE.__getitem__)


class Grouped(NamedTuple):
    """What rows amount to; `repeated` counts those that only say again what another row says."""

    parts: list[Part]
    refusals: list[Refusal]
    repeated: int


def group(rows: Sequence[Numbered]) -> Grouped:
    """Group rows by order and merchant. The last row about a line counts; an earlier one that differs is refused.

    With that, what a file amounts to does not depend on the order in which its rows are merged: a second run finds
    everything as it is.
    """
    refusals: list[Refusal] = []
    last = {n.row[:3]: n for n in rows}  # by order, merchant and line
    repeated = 0
    parts: dict[tuple[object, ...], list[Numbered]] = {}
    for n in rows:
        counts = last[n.row[:3]]
        if n is counts:
            parts.setdefault(n.row[:2], []).append(n)
        elif n.row == counts.row:
            repeated += 1
        else:
            said = _("Line %(later)d says otherwise about the same order line; the later row counts.")
            refusals.append(Refusal(n.line, said % {"later": counts.line}))
    return Grouped([_part(lines, refusals) for lines in parts.values()], refusals, repeated)


def _part(lines: list[Numbered], refusals: list[Refusal]) -> Part:
    if len(lines) == 1:
        row = lines[0].row
        return Part(lines, row.paid_at, _payments(row.channels, row.payment_ref))
    lines = _of_one_mind(lines, refusals)
    paid_at = next((n.row.paid_at for n in reversed(lines) if n.row.paid_at), None)
    channels = tuple(dict.fromkeys(channel for n in lines for channel in n.row.channels))
    ref = next((n.row.payment_ref for n in reversed(lines) if n.row.payment_ref), "")
    return Part(lines, paid_at, _payments(channels, ref))


def _of_one_mind(lines: Iterable[Numbered], refusals: list[Refusal]) -> list[Numbered]:
    """Keep the lines that agree with the last one about whose order it is and in which currency."""
    *_before, counts = lines
    kept = []
    for n in lines:
        if n.row.buyer_ref != counts.row.buyer_ref:
            said = _("buyer_ref: line %(later)d names another buyer for the same order; the later row counts.")
        elif n.row.currency != counts.row.currency:
            said = _("currency: line %(later)d names another currency for the same order; the later row counts.")
        else:
            kept.append(n)
            continue
        refusals.append(Refusal(n.line, said % {"later": counts.line}))
    return kept


def _payments(channels: Sequence[str], ref: str) -> list[Paid]:
    """Give each channel its reference: they are joined by `+` like the channels, or one holds for all."""
    if len(channels) == 1:
        return [Paid(channels[0], ref, None)]
    refs = ref.split("+")
    if len(refs) != len(channels):
        refs = [ref] * len(channels)
    return [Paid(channel, own, None) for channel, own in zip(channels, refs, strict=True)]
