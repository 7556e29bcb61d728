"""What goes back for goods returned without a fault where the order's discounts depended on them (SAMR order 31)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext as _

from aftersales.disputes.codes import FINAL, Status
from aftersales.disputes.eligibility import Claim, keeps_freight
from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.models import DisputeLine
from aftersales.orders.models import Order
from aftersales.orders.promotions import Promotion
from aftersales.orders.told import basket_of
from aftersales.policies.codes import FULL
from aftersales.policies.rules import Rules
from aftersales.policies.trace import Step
from aftersales.policies.types import TYPES, TypeRule
from portal.money import ZERO, allocate, floor


@dataclass(frozen=True, slots=True)
class Repriced:
    """The most by claim, in the order's currency; `restored`: what comes back beside it of what earlier returns lost.

    `change` is the difference to what was paid for the pieces: below zero where a discount is lost or a gift is kept.
    `gifts` is what of it comes of gifts; `lost` are the promotions that no longer apply, or give less.
    """

    amounts: list[Decimal]
    restored: Decimal = ZERO
    change: Decimal = ZERO
    gifts: Decimal = ZERO
    lost: tuple[Promotion, ...] = ()

    def nothing_left(self) -> RuleBroken:
        """Say why nothing can be refunded, where that is for what is kept."""
        if self.gifts < 0:
            words = _(
                "A gift came with this and is worth as much as was paid: choose the gift, too, and send both back."
            )
            return RuleBroken("gift_kept", words, "lines")
        words = _("Without this the rest would cost as much as was paid for all: nothing can be refunded for it alone.")
        return RuleBroken("discount_lost", words, "lines")


def repriced(
    order: Order, claims: Sequence[Claim], amounts: Sequence[Decimal], *, rule: TypeRule, rules: Rules
) -> Repriced:
    """Settle what is kept at the prices of the purchase; one query, and only where an order has promotions.

    A fault of the seller's costs the buyer no discount: then nothing changes.
    """
    if not order.promotions or not rule.remorse or not FULL & set(rule.wants):
        return Repriced(list(amounts))
    basket = basket_of(order, list(order.lines.all()), charge_freight=keeps_freight(rule, rules))
    gone, coming = _gone(order), {c.line.line_ref: c.quantity for c in claims}
    shares = [
        floor((c.line.paid_amount - c.line.freight) * c.quantity / c.line.quantity, order.currency) for c in claims
    ]
    back = basket.back(gone, coming)
    lost = tuple(basket.lost(gone, coming))
    change, gifts = back - sum(shares, ZERO), back - basket.without_gifts.back(gone, coming)
    if change <= 0:
        total = max(ZERO, sum(amounts, ZERO) + change)
        lower = allocate(total, amounts, order.currency) if total else [ZERO] * len(amounts)
        return Repriced(lower, change=change, gifts=gifts, lost=lost)
    return replace(_raised(claims, amounts, change, keeps=keeps_freight(rule, rules)), gifts=gifts, lost=lost)


def repriced_step(currency: str, found: Repriced, rules: Rules) -> list[Step]:
    """Say what became of discounts and gifts; nothing where nothing did."""
    discounts = found.change - found.gifts
    said = [
        ("amount_repriced" if discounts < 0 else "amount_restored", discounts),
        ("gift_deducted" if found.gifts < 0 else "gift_restored", found.gifts),
    ]
    return [Step.of(code, rules, "", changed_amount=abs(by), currency=currency) for code, by in said if by]


def _raised(claims: Sequence[Claim], amounts: Sequence[Decimal], change: Decimal, *, keeps: bool) -> Repriced:
    """Book what comes back on the lines themselves as far as they hold it; the rest on lines returned before."""
    left, raised = change, []
    for claim, amount in zip(claims, amounts, strict=True):
        room = max(ZERO, claim.line.refundable_amount - (claim.line.freight if keeps else ZERO) - amount)
        more = min(left, room)
        raised.append(amount + more)
        left -= more
    return Repriced(raised, restored=left, change=change)


def _gone(order: Order) -> dict[str, int]:
    """Count the pieces by line that other cases sent back without a fault, or are about to."""
    rows = DisputeLine.objects.filter(dispute__order_id=order.pk).exclude(
        dispute__status__in=[Status.WITHDRAWN, Status.LAPSED]
    )
    gone: Counter[str] = Counter()
    told = rows.values_list(
        "order_line__line_ref", "quantity", "dispute__type", "dispute__status", "dispute__wants", "dispute__terms"
    )
    for ref, quantity, type, status, wants, terms in told:
        kind = terms["kind"] if terms else "" if status in FINAL else wants
        if kind in FULL and type in TYPES and TYPES[type].remorse:
            gone[ref] += quantity
    return dict(gone)
