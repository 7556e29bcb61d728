"""What is owed to a case and how far it got, ready to be shown on a page or in an answer."""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection

from aftersales.remedies.models import GrantState, InstructionState, ReplacementState
from merchants.coupons.codes import readable
from portal.money import ZERO

# Everything owed to one case as one JSON array, oldest first; a part of the statement of whoever reads more.
VIEWS = """(
SELECT COALESCE(jsonb_agg(to_jsonb(owed) ORDER BY owed.granted_at, owed.key), '[]') FROM (
    SELECT r.key, CASE WHEN r.key LIKE '%%:postage' THEN 'freight_reimbursement' ELSE 'refund' END AS kind, r.state,
        r.granted_at, r.settled_at, r.amount, r.currency, r.compensation,
        r.lines, NULL::numeric AS minimum_spend, '' AS code, NULL::timestamptz AS expires_at, '' AS carrier,
        '' AS tracking, (
            SELECT jsonb_agg(jsonb_build_array(coalesce(nullif(p.channel, ''), y.channel), p.amount, p.paid_at)
                ORDER BY p.id)
            FROM remedies_refundpart p LEFT JOIN orders_orderpayment y ON y.id = p.payment_id
            WHERE p.instruction_id = r.id
        ) AS shares
    FROM remedies_refundinstruction r WHERE r."case" = %(case)s
    UNION ALL
    SELECT g.key, 'coupon', g.state, g.granted_at, c.issued_at, g.amount, g.currency, NULL, NULL, g.minimum_spend,
        COALESCE(c.code, ''), c.expires_at, '', '', NULL
    FROM remedies_coupongrant g LEFT JOIN coupons_coupon c ON c.id = g.coupon_id WHERE g."case" = %(case)s
    UNION ALL
    SELECT x.key, x.kind, x.state, x.granted_at, x.ended_at, NULL, '', NULL, NULL, NULL, '', NULL, x.carrier,
        x.tracking, NULL
    FROM remedies_replacement x WHERE x."case" = %(case)s
) AS owed)"""
_WORDS: dict[str, Any] = {"refund": InstructionState, "freight_reimbursement": InstructionState, "coupon": GrantState}
_DONE = {InstructionState.SUCCEEDED, GrantState.ISSUED, ReplacementState.ARRIVED}


@dataclass(frozen=True, slots=True)
class Share:
    """What goes back through one payment channel, and when it was paid."""

    channel: str
    amount: Decimal
    paid_at: datetime | None

    @property
    def waits(self) -> bool:
        """Whether the marketplace still has to give it back in kind."""
        return self.paid_at is None and self.channel in settings.IN_KIND


@dataclass(frozen=True, slots=True)
class RemedyView:
    """One thing owed; amounts in `currency`, `words` in the reader's language."""

    key: str
    kind: str  # refund, coupon, or a kind of remedy with goods
    state: str
    words: str
    done: bool
    failed: bool
    granted_at: datetime
    settled_at: datetime | None
    amount: Decimal = ZERO
    currency: str = ""
    minimum_spend: Decimal = ZERO
    compensation: Decimal = ZERO  # of the amount: beyond what was paid
    lines: tuple[tuple[int, Decimal], ...] = ()  # order line id, amount
    shares: tuple[Share, ...] = ()
    coupon_code: str = ""  # only where asked for
    coupon_expires_at: datetime | None = None
    carrier: str = ""
    tracking: str = ""


def views_of(case: str, *, codes: bool = False) -> list[RemedyView]:
    """List what is owed to a case, oldest first, with one statement; `codes` only for the buyer's own eyes."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {VIEWS}", {"case": case})
        (found,) = cursor.fetchone()
    return [view_of(row, codes=codes) for row in json.loads(found, parse_float=Decimal)]


def view_of(row: dict[str, Any], *, codes: bool) -> RemedyView:
    """Read one thing owed as VIEWS writes it."""
    kind, state = row["kind"], row["state"]
    return RemedyView(
        key=row["key"],
        kind=kind,
        state=state,
        words=str(_WORDS.get(kind, ReplacementState)(state).label),
        done=state in _DONE,
        failed=state in {InstructionState.FAILED, InstructionState.REVERSED},
        granted_at=datetime.fromisoformat(row["granted_at"]),
        settled_at=_instant(row["settled_at"]),
        amount=_amount(row["amount"]),
        currency=row["currency"],
        minimum_spend=_amount(row["minimum_spend"]),
        compensation=_amount(row["compensation"]),
        lines=tuple((line["line"], Decimal(line["amount"])) for line in row["lines"] or ()),
        shares=tuple(Share(name, _amount(part), _instant(paid)) for name, part, paid in row["shares"] or ()),
        coupon_code=readable(row["code"]) if codes else "",
        coupon_expires_at=_instant(row["expires_at"]),
        carrier=row["carrier"],
        tracking=row["tracking"],
    )


def _amount(value: Decimal | int | None) -> Decimal:
    return ZERO if value is None else Decimal(value)


def _instant(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
