"""What belongs to one case, read with one statement: lines, proposals, what is owed."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from aftersales.disputes.models import Dispute, DisputeLine, Offer
from aftersales.orders.models import OrderLine
from aftersales.remedies.services import VIEWS, RemedyView, view_of

# Amounts stay exact: they are read from the text of the JSON, never as floats.
_PARTS = f"""
SELECT (
    SELECT COALESCE(jsonb_agg(
        jsonb_build_array(o.line_ref, o.sku, o.title, l.quantity, l.max_amount) ORDER BY l.id
    ), '[]')
    FROM disputes_disputeline l JOIN orders_orderline o ON o.id = l.order_line_id WHERE l.dispute_id = %(id)s
), (
    SELECT COALESCE(jsonb_agg(to_jsonb(f) ORDER BY f.id), '[]') FROM disputes_offer f WHERE f.dispute_id = %(id)s
), {VIEWS}
"""  # noqa: S608 - composed of constants, values bound
_OFFERS = """(
    SELECT COALESCE(jsonb_agg(to_jsonb(f) ORDER BY f.id), '[]')
    FROM disputes_offer f WHERE f.dispute_id = disputes_dispute.id
)::text"""
_INSTANTS = ("made_at", "expires_at", "decided_at")


def read_parts(case: Dispute, *, codes: bool) -> list[RemedyView]:
    """Put a case's lines and offers on it, as `prefetch_related` would; return what is owed. `codes`: of coupons."""
    with connection.cursor() as cursor:
        cursor.execute(_PARTS, {"id": case.pk, "case": case.number})
        lines, offers, owed = (json.loads(part, parse_float=Decimal) for part in cursor.fetchone())
    keep_parts(case, lines=[_line(case, *row) for row in lines], offers=[_offer(row) for row in offers])
    return [view_of(row, codes=codes) for row in owed]


def with_offers(cases: QuerySet[Dispute]) -> QuerySet[Dispute]:
    """Read the offers along with their case; `keep_offers` then puts them on it."""
    return cases.annotate(offers_json=RawSQL(_OFFERS, ()))  # noqa: S611 - a constant


def keep_offers(case: Dispute) -> None:
    """Put the offers that `with_offers` read on their case."""
    found = json.loads(case.offers_json, parse_float=Decimal)  # type: ignore[attr-defined]
    keep_parts(case, offers=[_offer(row) for row in found])


def keep_parts(case: Dispute, **parts: list[Any]) -> None:
    """Put `lines` and `offers` that are at hand on a case, so that they are not asked for again."""
    case._prefetched_objects_cache = parts  # type: ignore[attr-defined]


def _line(case: Dispute, ref: str, sku: str, title: str, quantity: int, most: Decimal) -> DisputeLine:
    bought = OrderLine(line_ref=ref, sku=sku, title=title)
    return DisputeLine(dispute=case, order_line=bought, quantity=quantity, max_amount=Decimal(most))


def _offer(row: dict[str, Any]) -> Offer:
    for name in _INSTANTS:
        row[name] = datetime.fromisoformat(row[name]) if row[name] else None
    for name in ("cash", "coupon_amount", "coupon_minimum"):
        row[name] = Decimal(row[name])
    return Offer(**row)
