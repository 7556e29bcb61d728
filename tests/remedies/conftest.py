from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import transaction

from aftersales.remedies.models import RefundInstruction
from aftersales.remedies.services import Grant, LineClaim, grant_many
from tests.makers import make_order

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def grant_of(order, cash="0", *, key="CASE:1", case="CASE", **more):
    """A grant over all lines of an order, each claimed whole."""
    lines = tuple(LineClaim(line.pk, line.paid_amount) for line in order.lines.order_by("id"))
    return Grant(
        key=key,
        case=case,
        order_id=order.pk,
        merchant_id=order.merchant_id,
        buyer_id=order.buyer_id,
        currency=order.currency,
        cash=Decimal(cash),
        lines=lines,
        **more,
    )


def grant(order, cash, *, key="CASE:1", now=NOW, **more):
    """Grant a refund and commit; return the instruction."""
    with transaction.atomic():
        grant_many([grant_of(order, cash, key=key, **more)], now=now)
    return RefundInstruction.objects.get(key=key)


@pytest.fixture
def order(db):
    """Two lines of 60 and 40, paid 70 by card and 30 from a wallet."""
    return make_order(["60.00", "40.00"], [("card", "70.00"), ("wallet", "30.00")])
