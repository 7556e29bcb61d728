"""What the marketplace tells of an order's promotions, checked against its lines."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from aftersales.orders.imports.single import OrderRefused
from aftersales.orders.models import Order, OrderLine
from aftersales.orders.promotions import Basket, Piece, Promotion
from portal.money import is_exact, plain


def basket_of(order: Order, lines: Sequence[OrderLine], *, charge_freight: bool) -> Basket:
    """Return an order as its promotions see it."""
    pieces = tuple(Piece(line.line_ref, line.quantity, line.unit_price, line.discount) for line in lines)
    promotions = tuple(Promotion.parse(told) for told in order.promotions)
    return Basket(pieces, promotions, order.currency, charge_freight)


def keep_promotions(order: Order, told: Sequence[Mapping[str, Any]]) -> None:
    """Store an order's promotions, in its transaction. Raises OrderRefused where they do not fit its lines, or differ
    from what cases were opened on."""
    promotions = [Promotion.parse(given) for given in told]
    stored = [promotion.dump(order.currency) for promotion in promotions]
    if stored == order.promotions:
        return
    lines = list(order.lines.all())
    order.promotions = stored
    if problem := _problem(promotions, lines, basket_of(order, lines, charge_freight=False)):
        raise OrderRefused({"promotions": [problem]})
    order.save(update_fields=["promotions", "updated_at"])


def _problem(promotions: Sequence[Promotion], lines: Sequence[OrderLine], basket: Basket) -> str:
    if any(line.dispute_count or line.refunded_amount for line in lines):
        return _("The order has an after-sales case; what was bought and paid cannot change any more.")
    known = {line.line_ref for line in lines}
    if strange := sorted(ref for promotion in promotions for ref in promotion.refs - known):
        return _("The order has no line %(line)s.") % {"line": strange[0]}
    amounts = [amount for promotion in promotions for amount in promotion.amounts]
    if not all(is_exact(amount, basket.currency) for amount in amounts):
        return _("The amount has more decimals than the currency.")
    if problem := _wrong_gift([p for p in promotions if p.gift], lines, basket):
        return problem
    if basket.promised > basket.discounts:
        return _("These promotions take off %(promised)s, but the discounts of the lines sum to %(discounts)s.") % {
            "promised": plain(basket.promised, basket.currency),
            "discounts": plain(basket.discounts, basket.currency),
        }
    return ""


def _wrong_gift(gifts: Sequence[Promotion], lines: Sequence[OrderLine], basket: Basket) -> str:
    """Say what is wrong with gifts: paid for, given twice, or not earned by what was bought."""
    for ref in sorted({promotion.gift for promotion in gifts}):
        (line,) = [line for line in lines if line.line_ref == ref]
        if line.paid_amount > line.freight:
            return _("The line %(line)s is no gift: it was paid for.") % {"line": ref}
        if sum(promotion.gift == ref for promotion in gifts) > 1:
            return _("The gift %(line)s is given twice.") % {"line": ref}
    bought = [(piece, piece.quantity) for piece in basket.pieces]
    if unearned := [p.gift for p in gifts if p.gift in p.lines or p.costs(bought)]:
        return _("The goods do not earn the gift %(line)s.") % {"line": unearned[0]}
    return ""
