"""Recording that something is owed: refund, coupon, goods. Carrying it out comes after the commit."""

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from aftersales.ledger.services import Posting, post_many
from aftersales.remedies.gateways import BALANCE
from aftersales.remedies.models import CouponGrant, InstructionState, Replacement
from aftersales.remedies.quotes import Grant, Quote, quote_many
from merchants.coupons.budgets import Wanted, reserve
from portal.money import plain
from portal.outbox.services import Payload, publish_many
from portal.rows import Statements

# The instructions, their parts by channel, and what lines and payments have given back, in one round trip. The
# database checks that no line and no payment gives back more than was paid; the quote holds the locks.
_WRITE = """
WITH instruction AS (
    INSERT INTO remedies_refundinstruction
        (key, "case", order_id, merchant_id, buyer_id, payer, currency, amount, lines,
         compensation, state, granted_at, next_at, tries)
    SELECT g.key, g.number, g.order_id, g.merchant_id, g.buyer_id, g.payer, g.currency, g.amount, g.lines,
        g.compensation,
        %(granted)s, %(now)s, %(now)s, 0
    FROM unnest(
        %(keys)s::text[], %(cases)s::text[], %(orders)s::bigint[], %(merchants)s::bigint[], %(buyers)s::bigint[],
        %(payers)s::text[], %(currencies)s::text[], %(amounts)s::numeric[], %(lines)s::jsonb[],
        %(compensations)s::numeric[]
    ) AS g (key, number, order_id, merchant_id, buyer_id, payer, currency, amount, lines, compensation)
    RETURNING id, key
),
part AS (
    INSERT INTO remedies_refundpart (instruction_id, payment_id, channel, amount)
    SELECT instruction.id, p.payment_id, CASE WHEN p.payment_id IS NULL THEN %(beyond)s ELSE '' END, p.amount
    FROM unnest(%(part_keys)s::text[], %(part_payments)s::bigint[], %(part_amounts)s::numeric[])
        AS p (key, payment_id, amount)
    JOIN instruction USING (key)
),
payment AS (
    UPDATE orders_orderpayment SET refunded_amount = refunded_amount + back.amount
    FROM (
        SELECT id, sum(amount) AS amount
        FROM unnest(%(part_payments)s::bigint[], %(part_amounts)s::numeric[]) AS b (id, amount) GROUP BY id
    ) AS back
    WHERE orders_orderpayment.id = back.id
),
line AS (
    UPDATE orders_orderline SET refunded_amount = refunded_amount + back.amount
    FROM (
        SELECT id, sum(amount) AS amount
        FROM unnest(%(line_ids)s::bigint[], %(line_amounts)s::numeric[]) AS b (id, amount) GROUP BY id
    ) AS back
    WHERE orders_orderline.id = back.id
)
SELECT id FROM instruction ORDER BY id
"""


def grant_many(grants: Sequence[Grant], *, now: datetime, along: Statements | None = None) -> None:
    """Owe what the grants say, inside the caller's transaction; a constant number of statements for any number.

    `along`: statements that the caller sends later in the same transaction; the outbox's rows then go with them.

    The ledger gets exactly the entries that `quote_many` shows. A key can be granted once (IntegrityError).
    Raises AmountExceeds naming the case that asks for more than is left, BudgetSpent for a coupon that ran out.
    """
    if grants:
        record(grants, quote_many(grants, lock=True), now=now, along=along)


def record(grants: Sequence[Grant], quotes: Sequence[Quote], *, now: datetime, along: Statements | None = None) -> None:
    """Write down grants whose quotes were made, with their locks, in the caller's transaction."""
    events: list[tuple[str, Payload]] = [
        *(("refund.granted", {"instruction": pk}) for pk in _refunds(grants, quotes, now)),
        *(("coupon.granted", {"grant": pk}) for pk in _coupons(grants, now)),
    ]
    _goods(grants, now)
    post_many(
        [
            Posting(key=f"grant:{grant.key}", kind="remedy_granted", case=grant.case, entries=quote.entries)
            for grant, quote in zip(grants, quotes, strict=True)
            if quote.entries
        ],
        now=now,
    )
    publish_many(events, now=now, along=along)


def _refunds(grants: Sequence[Grant], quotes: Sequence[Quote], now: datetime) -> list[int]:
    paid = [(grant, quote) for grant, quote in zip(grants, quotes, strict=True) if grant.cash + grant.compensation]
    if not paid:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, {**_columns(paid), "granted": InstructionState.GRANTED.value, "now": now})
        return [pk for (pk,) in cursor.fetchall()]


def _columns(paid: Sequence[tuple[Grant, Quote]]) -> dict[str, Any]:
    grants = [grant for grant, _quote in paid]
    parts: list[tuple[str, int | None, Decimal]] = [
        (grant.key, pk, amount) for grant, quote in paid for pk, _channel, amount in quote.parts
    ]
    parts += [(grant.key, None, grant.compensation) for grant in grants if grant.compensation]
    lines = [line for _grant, quote in paid for line in quote.lines]
    return {
        "keys": [g.key for g in grants],
        "cases": [g.case for g in grants],
        "orders": [g.order_id for g in grants],
        "merchants": [g.merchant_id for g in grants],
        "buyers": [g.buyer_id for g in grants],
        "payers": [str(g.payer) for g in grants],
        "currencies": [g.currency for g in grants],
        "amounts": [g.cash + g.compensation for g in grants],
        "compensations": [g.compensation for g in grants],
        "lines": [_lines_json(grant, quote) for grant, quote in paid],
        "beyond": BALANCE,
        "part_keys": [key for key, _pk, _amount in parts],
        "part_payments": [pk for _key, pk, _amount in parts],
        "part_amounts": [amount for _key, _pk, amount in parts],
        "line_ids": [pk for pk, _amount in lines],
        "line_amounts": [amount for _pk, amount in lines],
    }


def _lines_json(grant: Grant, quote: Quote) -> str:
    return json.dumps([{"line": pk, "amount": plain(amount, grant.currency)} for pk, amount in quote.lines])


def _coupons(grants: Sequence[Grant], now: datetime) -> list[int]:
    given = [(g.key, g.coupon_template, g.coupon_amount) for g in grants if g.coupon_amount]
    reserve([Wanted(key, template, amount) for key, template, amount in given if template is not None], now=now)
    made = CouponGrant.objects.bulk_create(
        [
            CouponGrant(
                key=grant.key,
                case=grant.case,
                merchant_id=grant.merchant_id,
                buyer_id=grant.buyer_id,
                payer=grant.coupon_payer or grant.payer,
                template_id=grant.coupon_template,
                currency=grant.currency,
                amount=grant.coupon_amount,
                minimum_spend=grant.coupon_minimum,
                valid_days=grant.coupon_days,
                granted_at=now,
                next_at=now,
            )
            for grant in grants
            if grant.coupon_amount
        ]
    )
    return [grant.pk for grant in made]


def _goods(grants: Sequence[Grant], now: datetime) -> None:
    Replacement.objects.bulk_create(
        [
            Replacement(
                key=grant.key,
                case=grant.case,
                order_id=grant.order_id,
                merchant_id=grant.merchant_id,
                kind=grant.goods,
                lines=[{"line": line_id, "quantity": quantity} for line_id, quantity in grant.goods_lines],
                granted_at=now,
            )
            for grant in grants
            if grant.goods
        ]
    )
