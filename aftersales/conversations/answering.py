"""What a plan says to a message: the plan that would answer the case, its script and its options, before any case.

Never a promise that differs from the case's: the same matching, the same amounts for the same item. An answer never
stands in the way of opening a case.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aftersales.conversations.models import named
from aftersales.orders.models import Order, OrderLine
from aftersales.policies.codes import FULL
from aftersales.policies.types import TYPES
from aftersales.recognition.groups import LEADS_TO, Group, Likely
from merchants.coupons.budgets import day_of
from merchants.plans.models import PlanOption, PlanVersion
from merchants.plans.scripts import render_script
from merchants.plans.services import match, offer_cash
from portal.money import plain
from portal.ui.amounts import say_money

if TYPE_CHECKING:
    from portal.accounts.models import User


@dataclass(frozen=True, slots=True)
class PlanAnswer:
    """A version with its script in the buyer's language and its options with amounts in the order's currency."""

    version: PlanVersion
    script: str
    options: list[dict[str, Any]]

    @property
    def offered(self) -> list[dict[str, str]]:
        """The options with the remedy's name in the reader's language."""
        return named(self.options)


def only_item(order: Order) -> OrderLine | None:
    """The one item that a message can be about; None where there are several, or a case is open about it."""
    lines = list(order.lines.all())
    return lines[0] if len(lines) == 1 and lines[0].free_quantity == lines[0].quantity else None


def likely_case(group: str, stage: str) -> Likely | None:
    """The case that a message leads to, where such a case can be opened at the order's stage."""
    likely = LEADS_TO.get(Group(group))
    return likely if likely and stage in TYPES[likely.type].stages else None


def answer_of(order: Order, group: str, *, buyer: "User", now: datetime) -> PlanAnswer | None:
    """Return what the shop's plans say to a problem with an order of one item; None where none of them fits."""
    line = only_item(order)
    if line is None:
        return None
    likely = likely_case(group, line.stage)
    found = match(
        merchant_id=order.merchant_id,
        type=likely.type if likely else "",
        reason=likely.reason if likely else "",
        stage=line.stage,
        categories=[line.category],
        value=line.refundable_amount,
        currency=order.currency,
        days=(now - line.arrived_at).days if line.arrived_at else None,
        today=day_of(now),
    )
    if found.version is None or not found.options:
        return None
    script = render_script(found.version, buyer.language, _words(order, line, buyer, found.version))
    options = [_option(option, line.refundable_amount, order.currency) for option in found.options]
    return PlanAnswer(found.version, script, options)


def _words(order: Order, line: OrderLine, buyer: "User", version: PlanVersion) -> dict[str, str]:
    title = (line.title_zh if buyer.language == "zh-hans" else "") or line.title or line.sku
    return {
        "buyer": buyer.display_name,
        "merchant": order.merchant.name,
        "product": title,
        "order": order.number,
        "amount": say_money(line.refundable_amount, order.currency),
        "hours": str(version.expires_hours),
    }


def _option(option: PlanOption, most: Decimal, currency: str) -> dict[str, Any]:
    cash = most if option.kind in FULL else offer_cash(option, most, currency)
    coupon = option.coupon.amount if option.coupon else None
    return {
        "kind": option.kind,
        "cash": plain(cash, currency) if cash else "",
        "coupon": plain(coupon, currency) if coupon else "",
    }
