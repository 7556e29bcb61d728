"""A case with what belongs to it, read with one statement: lines, proposals, what is owed."""

import json
from decimal import Decimal
from typing import Any

from django.db import connection
from django.http import Http404

from aftersales.disputes.models import Dispute, DisputeLine, Offer
from aftersales.disputes.permissions import role_of
from aftersales.orders.models import Order, OrderLine
from aftersales.policies.models import RulePackVersion
from aftersales.remedies.services import VIEWS, RemedyView, view_of
from merchants.models import Merchant
from merchants.plans.models import PlanVersion
from portal.accounts.models import User
from portal.rows import Columns, attach, revive

# Amounts stay exact: they are read from the text of the JSON, never as floats.
_LINES = """(
    SELECT COALESCE(jsonb_agg(
        jsonb_build_object('line', to_jsonb(l), 'ref', o.line_ref, 'sku', o.sku, 'title', o.title) ORDER BY l.id
    ), '[]')
    FROM disputes_disputeline l JOIN orders_orderline o ON o.id = l.order_line_id WHERE l.dispute_id = d.id
)::text"""
_OFFERS = """(
    SELECT COALESCE(jsonb_agg(to_jsonb(f) ORDER BY f.id), '[]') FROM disputes_offer f WHERE f.dispute_id = d.id
)::text"""
_OWED = VIEWS.replace("%(case)s", "d.number")
_PARTS = f"SELECT {_LINES}, {_OFFERS}, {_OWED}::text FROM disputes_dispute d WHERE d.id = %s"  # noqa: S608 - constants

_CASE = Columns(Dispute, "d")
# What every answer names of the rows that a case refers to; the rest of them stays unread.
_JOINED: dict[str, Columns[Any]] = {
    "order": Columns(Order, "o", "number"),
    "merchant": Columns(Merchant, "m", "ref", "name"),
    "buyer": Columns(User, "b", "buyer_ref", "username", "first_name", "last_name"),
    "policy": Columns(RulePackVersion, "p", "pack", "number"),
    "plan_version": Columns(PlanVersion, "v", "plan_id", "number"),
}
_WHOLE = f"""
SELECT {_CASE.sql}, {", ".join(joined.sql for joined in _JOINED.values())}, {_LINES}, {_OFFERS}
FROM disputes_dispute d
JOIN orders_order o ON o.id = d.order_id
JOIN merchants_merchant m ON m.id = d.merchant_id
JOIN accounts_user b ON b.id = d.buyer_id
JOIN policies_rulepackversion p ON p.id = d.policy_id
LEFT JOIN plans_planversion v ON v.id = d.plan_version_id
WHERE d.number = %s
"""  # noqa: S608 - composed of constants, values bound


def case_for(user: User, number: str) -> Dispute:
    """Return a case with all that an answer names and with its lines and offers, in one statement.

    Raises Http404 for outsiders, to whom it does not exist.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WHOLE, [number])
        row = cursor.fetchone()
    if row is None:
        raise Http404
    values = iter(row)
    case = _CASE.read(values)
    for name, joined in _JOINED.items():
        found = joined.read(values)
        setattr(case, name, found if found.pk is not None else None)
    if role_of(user, case) is None:
        raise Http404
    _keep(case, *values)
    return case


def take_over(case: Dispute, other: Dispute) -> None:
    """Put what a case refers to, as read with another copy of it, on this copy: none of it ever changes."""
    for name in _JOINED:
        setattr(case, name, getattr(other, name))


def read_parts(case: Dispute, *, codes: bool) -> list[RemedyView]:
    """Put a case's lines and offers as they are now on it; return what is owed. `codes`: with those of coupons."""
    with connection.cursor() as cursor:
        cursor.execute(_PARTS, [case.pk])
        lines, offers, owed = cursor.fetchone()
    _keep(case, lines, offers)
    return [view_of(row, codes=codes) for row in _loaded(owed)]


def _keep(case: Dispute, lines: str, offers: str) -> None:
    attach(
        case,
        lines=[_line(case, row) for row in _loaded(lines)],
        offers=[revive(Offer, row) for row in _loaded(offers)],
    )


def _loaded(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


def _line(case: Dispute, row: dict[str, Any]) -> DisputeLine:
    line = revive(DisputeLine, row["line"])
    line.dispute = case
    line.order_line = OrderLine(pk=line.order_line_id, line_ref=row["ref"], sku=row["sku"], title=row["title"])
    return line
