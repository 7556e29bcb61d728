"""What made an order cheaper, which goods that depends on, and what sending some of them back costs, in plain words."""

from collections.abc import Iterable

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from aftersales.disputes.repricing import Repriced
from aftersales.orders.models import Order, OrderLine
from aftersales.orders.promotions import Promotion, PromotionKind
from portal.ui.amounts import say_money

_BETWEEN = " · "


def title_of(line: OrderLine) -> str:
    """The product's name in the reader's language."""
    chinese = line.title_zh if get_language() == "zh-hans" else ""
    return chinese or line.title or line.sku


def discounts_of(order: Order) -> list[str]:
    """Say of each of an order's promotions what it gave and which goods it depends on. No queries."""
    return [_given(Promotion.parse(told), order) for told in order.promotions]


def losses(order: Order, priced: Repriced) -> list[str]:
    """Say which promotions a return costs, and how much less (or more) is refunded for that. No queries."""
    said = [_lost(promotion, order) for promotion in priced.lost]
    facts = {"amount": say_money(abs(priced.change), order.currency)}
    if priced.change < 0:
        said.append(_("In all, %(amount)s less than was paid for them is refunded.") % facts)
    elif priced.change > 0:
        said.append(_("%(amount)s that earlier returns of this order cost comes back.") % facts)
    return said


def _given(promotion: Promotion, order: Order) -> str:
    facts = _facts(promotion, order)
    match promotion.kind:
        case PromotionKind.GIFT if promotion.threshold:
            words = _("%(gift)s, worth %(value)s, was a gift from %(threshold)s on. It depends on: %(goods)s.")
        case PromotionKind.GIFT:
            words = _("%(gift)s, worth %(value)s, was a gift with: %(goods)s.")
        case PromotionKind.BUNDLE:
            words = _("Of every %(pieces)s pieces, the cheapest %(free)s cost nothing. It depends on: %(goods)s.")
        case PromotionKind.FREE_SHIPPING:
            words = _("Free shipping from %(threshold)s on, %(off)s saved. It depends on: %(goods)s.")
        case _kind:
            words = _("%(off)s off from %(threshold)s on. It depends on: %(goods)s.")
    return words % facts


def _lost(promotion: Promotion, order: Order) -> str:
    facts = _facts(promotion, order)
    match promotion.kind:
        case PromotionKind.GIFT:
            words = _("%(gift)s was a gift: send it back, too, or what it is worth is deducted, %(value)s a piece.")
        case PromotionKind.BUNDLE:
            words = _("Fewer pieces are free: of every %(pieces)s that you keep, the cheapest %(free)s.")
        case PromotionKind.FREE_SHIPPING:
            words = _("What you keep costs less than %(threshold)s: %(off)s of shipping is deducted.")
        case _kind:
            words = _("What you keep costs less than %(threshold)s: the %(off)s off no longer applies.")
    return words % facts


def _facts(promotion: Promotion, order: Order) -> dict[str, str]:
    lines = list(order.lines.all())
    named = [line for line in lines if line.line_ref in promotion.lines]
    gift = [line for line in lines if line.line_ref == promotion.gift]
    amounts = {"threshold": promotion.threshold, "off": promotion.off, "value": promotion.value}
    return {
        "goods": _titles(named) or _("all goods of this order"),
        "gift": _titles(gift),
        "pieces": str(promotion.pieces),
        "free": str(promotion.free),
        **{name: say_money(amount, order.currency) for name, amount in amounts.items()},
    }


def _titles(lines: Iterable[OrderLine]) -> str:
    return _BETWEEN.join(title_of(line) for line in lines)
