"""Small CSV files, and the command run on them."""

import csv
import io
import re
from types import SimpleNamespace

from django.core.management import call_command

ROW = {
    "order_ref": "A1",
    "line_ref": "1",
    "merchant_ref": "shop-1",
    "buyer_ref": "buyer-1",
    "sku": "SKU-1",
    "category": "toys",
    "quantity": "1",
    "unit_price": "10.00",
    "freight": "2.50",
    "currency": "CNY",
    "paid_at": "2018-07-29 14:24:20",
    "shipped_at": "2018-07-30 15:24:00",
    "promised_by": "2018-09-03 00:00:00",
    "delivered_at": "2018-08-13 19:08:37",
    "status": "delivered",
    "payment_method": "credit_card",
}


def csv_text(*rows, **columns):
    """A CSV of rows, each given by what differs from ROW; further columns come with their default."""
    names = [*ROW, *columns]
    out = io.StringIO()
    writer = csv.DictWriter(out, names)
    writer.writeheader()
    writer.writerows({**ROW, **columns, **row} for row in rows)
    return out.getvalue()


def run(path, *args):
    """Run the command; return its counts and what it wrote."""
    out, err = io.StringIO(), io.StringIO()
    call_command("import_orders", str(path), *args, stdout=out, stderr=err)
    taken, unchanged, updated, refused, *_ = map(int, re.findall(r"\d+", out.getvalue()))
    counts = {"taken": taken, "unchanged": unchanged, "updated": updated, "refused": refused}
    return SimpleNamespace(**counts, out=out.getvalue(), err=err.getvalue())
