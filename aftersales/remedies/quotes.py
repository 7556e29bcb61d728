"""What a grant would do, to the cent: by line, by payment channel, by account. The preview and the posting are one."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection
from django.utils.translation import gettext as _

from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey
from aftersales.remedies.models import Payer
from merchants.coupons.liability import funder_account, promise_entries
from portal.money import ZERO, allocate, floor, plain


class AmountExceeds(Exception):
    """More was granted to a case than can still be given back; `available` is in `currency`."""

    def __init__(self, case: str, available: Decimal, currency: str) -> None:
        self.case, self.available, self.currency = case, available, currency
        super().__init__(
            _("No more than %(amount)s %(currency)s can still be refunded.")
            % {"amount": plain(available, currency), "currency": currency}
        )


@dataclass(frozen=True, slots=True)
class LineClaim:
    """An order line and the most that this case may refund of it, in the order's currency.

    `restored`: what may beside it be taken from lines of the order that other cases are or were about.
    """

    line_id: int
    max_amount: Decimal
    restored: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Grant:
    """All that one decision owes the buyer; `key` names the deciding event. Amounts in the order's currency.

    `cash` is shared out over `lines`, unless `by_line` says exactly how much of it is for which line.
    """

    key: str
    case: str
    order_id: int
    merchant_id: int
    buyer_id: int
    currency: str
    payer: Payer = Payer.MERCHANT
    cash: Decimal = ZERO
    compensation: Decimal = ZERO  # beyond what was paid: into the buyer's store balance
    lines: tuple[LineClaim, ...] = ()
    by_line: tuple[tuple[int, Decimal], ...] = ()
    coupon_amount: Decimal = ZERO
    coupon_minimum: Decimal = ZERO
    coupon_days: int = 0
    coupon_template: int | None = None
    coupon_payer: str = ""  # empty: whoever pays the rest
    goods: str = ""  # replace_with_return | replace_no_return | resend_missing
    goods_lines: tuple[tuple[int, int], ...] = ()  # order line id, quantity


@dataclass(frozen=True, slots=True)
class Quote:
    """Where a grant's money comes from and goes to; `entries` are the very ledger rows that `grant_many` posts."""

    lines: tuple[tuple[int, Decimal], ...] = ()  # order line id, amount
    parts: tuple[tuple[int, str, Decimal], ...] = ()  # payment id, channel, amount
    entries: tuple[tuple[AccountKey, Decimal], ...] = ()


@dataclass(slots=True)
class _Purse:
    """What is still refundable; shrinks grant by grant, so that two grants of one batch never take the same cent."""

    lines: dict[int, Decimal] = field(default_factory=dict)
    by_order: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    payments: dict[int, dict[int, Decimal]] = field(default_factory=lambda: defaultdict(dict))  # by order
    channels: dict[int, str] = field(default_factory=dict)


# Lines before payments, each in id order: whoever moves money takes the same locks in the same order.
_REFUNDABLE = """
WITH line AS (
    SELECT id, order_id, unit_price * quantity - discount + freight - refunded_amount AS free
    FROM orders_orderline
    WHERE id = ANY(%(lines)s) OR (order_id = ANY(%(restoring)s) AND dispute_count > 0) ORDER BY id {lock}
),
payment AS (
    SELECT id, order_id, channel, amount - refunded_amount AS free
    FROM orders_orderpayment WHERE order_id = ANY(%(orders)s) ORDER BY id {lock}
)
SELECT id, order_id, NULL, free FROM line UNION ALL SELECT id, order_id, channel, free FROM payment
"""


def quote_many(grants: Sequence[Grant], *, lock: bool) -> list[Quote]:
    """Work out what grants would do, one statement for any number; with `lock`, nobody else takes the money meanwhile.

    Raises AmountExceeds for the first grant that asks for more than its lines or its order's payments still hold.
    """
    purse = _purse([g for g in grants if g.cash], lock=lock)
    return [_quote(grant, purse) for grant in grants]


def _purse(grants: Sequence[Grant], *, lock: bool) -> _Purse:
    purse = _Purse()
    if not grants:
        return purse
    with connection.cursor() as cursor:
        cursor.execute(
            _REFUNDABLE.format(lock="FOR NO KEY UPDATE" if lock else ""),
            {
                "lines": sorted({pk for g in grants for pk in _line_ids(g)}),
                "orders": [g.order_id for g in grants],
                "restoring": [g.order_id for g in grants if any(claim.restored for claim in g.lines)],
            },
        )
        for pk, order_id, channel, free in cursor.fetchall():
            if channel is None:
                purse.lines[pk] = free
                purse.by_order[order_id].append(pk)
            else:
                purse.payments[order_id][pk] = free
                purse.channels[pk] = channel
    return purse


def _line_ids(grant: Grant) -> Iterable[int]:
    yield from (claim.line_id for claim in grant.lines)
    yield from (line_id for line_id, _amount in grant.by_line)


def _quote(grant: Grant, purse: _Purse) -> Quote:
    if not grant.cash:
        return Quote(entries=tuple(_entries(grant)))
    lines = _by_line(grant, purse) if grant.by_line else _shared_out(grant, purse)
    parts = _by_channel(grant, purse)
    return Quote(lines=lines, parts=parts, entries=tuple(_entries(grant)))


def _by_line(grant: Grant, purse: _Purse) -> tuple[tuple[int, Decimal], ...]:
    if sum((amount for _line, amount in grant.by_line), ZERO) != grant.cash:
        raise ValueError(f"{grant.key}: the amounts by line do not sum to {grant.cash}")
    taken = tuple((line_id, amount) for line_id, amount in grant.by_line if amount)
    for line_id, amount in taken:
        if amount > purse.lines.get(line_id, ZERO):
            raise AmountExceeds(grant.case, purse.lines.get(line_id, ZERO), grant.currency)
        purse.lines[line_id] -= amount
    return taken


def _shared_out(grant: Grant, purse: _Purse) -> tuple[tuple[int, Decimal], ...]:
    weights = {
        claim.line_id: floor(min(claim.max_amount, purse.lines.get(claim.line_id, ZERO)), grant.currency)
        for claim in grant.lines
    }
    weights |= _restored(grant, purse, weights)
    taken = _take(grant, weights)
    for line_id, amount in taken:
        purse.lines[line_id] -= amount
    return taken


def _restored(grant: Grant, purse: _Purse, own: dict[int, Decimal]) -> dict[int, Decimal]:
    """Say what lines of other cases may give beside a grant's own, as far as its claims let them."""
    left = sum((claim.restored for claim in grant.lines), ZERO)
    more: dict[int, Decimal] = {}
    for line_id in purse.by_order[grant.order_id]:
        if left and line_id not in own:
            more[line_id] = floor(min(left, purse.lines[line_id]), grant.currency)
            left -= more[line_id]
    return more


def _by_channel(grant: Grant, purse: _Purse) -> tuple[tuple[int, str, Decimal], ...]:
    payments = purse.payments[grant.order_id]
    taken = _take(grant, {pk: floor(free, grant.currency) for pk, free in payments.items()})
    for pk, amount in taken:
        payments[pk] -= amount
    return tuple((pk, purse.channels[pk], amount) for pk, amount in taken)


def _take(grant: Grant, weights: dict[int, Decimal]) -> tuple[tuple[int, Decimal], ...]:
    available = sum(weights.values(), ZERO)
    if grant.cash > available:
        raise AmountExceeds(grant.case, available, grant.currency)
    shares = allocate(grant.cash, list(weights.values()), grant.currency)
    return tuple((pk, share) for pk, share in zip(weights, shares, strict=True) if share)


def _entries(grant: Grant) -> Iterable[tuple[AccountKey, Decimal]]:
    """A coupon is owed from the moment of the decision, like the cash, though it is issued a moment later."""
    if money := grant.cash + grant.compensation:
        yield funder_account(grant.payer, grant.merchant_id, grant.currency), -money
        yield AccountKey(AccountKind.REFUNDS_CLEARING, grant.currency), money
    if grant.coupon_amount:
        payer = grant.coupon_payer or grant.payer
        yield from promise_entries(payer, grant.merchant_id, grant.currency, grant.coupon_amount)
