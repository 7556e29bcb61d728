"""The columns of the order-line CSV."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from aftersales.orders.imports.errors import Unreadable

REQUIRED = (
    "order_ref",
    "line_ref",
    "merchant_ref",
    "buyer_ref",
    "sku",
    "category",
    "quantity",
    "unit_price",
    "freight",
    "currency",
    "paid_at",
    "shipped_at",
    "promised_by",
    "delivered_at",
    "status",
    "payment_method",
)
OPTIONAL = (
    "title",
    "ship_by",
    "received_at",
    "discount",
    "review_score",
    "review_text",
    "review_at",
    "payment_ref",
    "buyer_email",
    "buyer_name",
    "merchant_name",
    "market",
    "no_reason_waived",
)
COLUMNS = REQUIRED + OPTIONAL


def check_header(header: Sequence[str]) -> list[str]:
    """Return the columns that nobody reads. Raises Unreadable naming those that are missing or there twice."""
    unknown = [name for name in header if name not in COLUMNS]
    twice = sorted({name for name in header if name in COLUMNS and header.count(name) > 1})
    if twice:
        raise Unreadable(_("The header names a column twice: %(columns)s.") % {"columns": ", ".join(twice)})
    missing = [name for name in REQUIRED if name not in header]
    if missing and unknown:
        text = _("The header lacks these columns: %(missing)s. It has these unknown ones: %(unknown)s.")
        raise Unreadable(text % {"missing": ", ".join(missing), "unknown": ", ".join(n[:40] for n in unknown[:20])})
    if missing:
        raise Unreadable(_("The header lacks these columns: %(missing)s.") % {"missing": ", ".join(missing)})
    return unknown
