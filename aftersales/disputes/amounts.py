"""The most that a case can refund, worked out step by step; the steps stay with the case for both sides to follow."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from aftersales.disputes.eligibility import Claim, capped, goods_paid, keeps_freight, max_amount, return_freight
from aftersales.disputes.repricing import Repriced, repriced
from aftersales.orders.models import Order
from aftersales.policies.arithmetic import Row, titled
from aftersales.policies.codes import DisputeType
from aftersales.policies.compensation import Compensation, compensation
from aftersales.policies.rules import Rules
from aftersales.policies.trace import Step
from aftersales.policies.types import TYPES
from portal.money import ZERO, floor

# What the type is about, where that says how much can be at stake.
_ONLY: dict[str, str] = {
    DisputeType.PRICE_DROP: "only_difference",
    DisputeType.FREIGHT: "only_freight",
    DisputeType.GIFT_OR_BUNDLE: "only_gift",
}


@dataclass(frozen=True, slots=True)
class Most:
    """The most by claim (`priced`) and in all, in the order's currency; `rows` come to `total`."""

    priced: Repriced
    total: Decimal
    rows: tuple[Row, ...]


def most_of(
    order: Order, claims: Sequence[Claim], rules: Sequence[Rules], *, type: str, answers: Mapping[str, str]
) -> Most:
    """Work out the most for claims under each one's rules; one query, and only where an order has promotions."""
    rule, currency = TYPES[type], order.currency
    whole = [max_amount(c, rule, currency, rules=own) for c, own in zip(claims, rules, strict=True)]
    bounded = capped(type, answers, claims, whole, currency)
    priced = repriced(order, claims, bounded, rule=rule, rules=rules[0])
    asked = sum(priced.amounts, priced.restored)
    before, within = sum(whole, ZERO), sum(bounded, ZERO)
    total = min(asked, sum((p.amount - p.refunded_amount for p in order.payments.all()), ZERO))
    rows = [
        row
        for claim, own, most in zip(claims, rules, whole, strict=True)
        for row in _paid(claim, most, currency, kept=keeps_freight(rule, own))
    ]
    changes = [
        (_ONLY.get(type, "payments"), within - before),
        *_changes(priced, asked - within),
        ("payments", total - asked),
    ]
    return Most(priced, total, (*rows, *(Row.of(code, by) for code, by in changes if by)))


def _changes(priced: Repriced, change: Decimal) -> list[tuple[str, Decimal]]:
    """Split what promotions make of the most into gifts and discounts; never below nothing at all."""
    gifts = max(priced.gifts, change) if priced.gifts < 0 else priced.gifts
    discounts = change - gifts
    return [
        ("gift_kept" if gifts < 0 else "gift_returned", gifts),
        ("discount_lost" if discounts < 0 else "discount_restored", discounts),
    ]


def _paid(claim: Claim, most: Decimal, currency: str, *, kept: bool) -> Iterator[Row]:
    """Say what was paid for the pieces of a claim: their price, what was taken off, their way, what came back."""
    line, pieces = claim.line, claim.quantity
    price = line.unit_price * pieces
    name = titled(line.title or line.sku, line.title_zh)
    yield Row.of("goods", price, quantity=pieces, unit_amount=line.unit_price, **name)
    freight = ZERO if kept else floor(line.freight * pieces / line.quantity, currency)
    share = floor((line.paid_amount - (line.freight if kept else ZERO)) * pieces / line.quantity, currency)
    parts = (("discount", share - price - freight), ("freight", freight), ("given_back", most - share))
    yield from (Row.of(code, amount) for code, amount in parts if amount)


def beyond_of(
    claims: Sequence[Claim], rules: Rules, currency: str, *, type: str, reason: str, answers: Mapping[str, str]
) -> Compensation | None:
    """Work out what the rules give beyond what was paid: compensation, or the cost of sending goods back."""
    if back := return_freight(type, answers, rules=rules, currency=currency):
        paid, cap = floor(Decimal(answers["freight_paid"]), currency), rules.threshold("return_freight_cap", currency)
        facts = {"most_amount": back, "limit_amount": cap or back, "currency": currency}
        rows = [Row.of("postage", paid), *([Row.of("cap", back - paid)] if back < paid else [])]
        return Compensation(back, Step.of("freight_back", rules, "thresholds.return_freight_cap", **facts), tuple(rows))
    price = goods_paid(claims, currency)
    return compensation(type, reason, price=price, rules=rules, currency=currency, answers=answers)
