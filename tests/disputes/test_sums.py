"""Every amount unfolds to arithmetic that comes to it; refunds in any order and channel never add up to more."""

import random
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aftersales.disputes.granting import make_grant
from aftersales.disputes.services import leaving, negotiation
from aftersales.disputes.services.filing import open_dispute
from aftersales.disputes.terms import Terms
from aftersales.orders.models import Order, OrderLine, OrderPayment
from aftersales.policies.arithmetic import Row, spell_stored
from aftersales.remedies.audit import findings
from aftersales.remedies.models import RefundInstruction, RefundPart
from aftersales.remedies.services import grant_many
from portal.money import ZERO, allocate
from tests.rest.calls import Caller

pytestmark = pytest.mark.django_db
D = Decimal


def come_to(case):
    return {part: sum((Row.parse(row).amount for row in rows), ZERO) for part, rows in case.working.items()}


def test_price_discount_delivery_and_what_was_given_back(cast, buy, now):
    """Two of three pieces at 33.33, 10.00 off all, 5.00 for the way, 51.00 given back before: 43.99 of the
    94.99 is left, less than the 63.32 of two."""
    order = buy("33.33", quantity=3)
    OrderLine.objects.filter(order=order).update(discount="10.00", freight="5.00", refunded_amount="51.00")
    order.payments.update(amount="94.99", refunded_amount="51.00")
    order = Order.objects.prefetch_related("lines", "payments").get(pk=order.pk)
    case = open_dispute(
        order=order,
        actor=cast.buyer,
        now=now,
        lines=[("1", 2)],
        type="quality_visible",
        reason="defective",
        wants="full_refund_with_return",
    )
    assert case.max_amount == D("43.99")
    with override("en"):
        told = [(row.label, row.amount) for row in spell_stored(case.working["most"], "CNY")]
    assert told == [
        ("2 × ¥33.33: SKU-1", D("66.66")),
        ("Discount on these pieces", D("-6.67")),
        ("Their share of the delivery", D("3.33")),
        ("Given back before", D("-19.33")),
    ]


def test_amounts_unfold_on_the_page_and_by_api(client, file_case, cast, now):
    case = file_case()
    negotiation.agree(dispute=case, actor=cast.owner, now=now)
    client.force_login(cast.buyer)
    page = client.get(f"/disputes/{case.number}/").content.decode()
    assert page.count('<details class="working">') == 2, "the most, and the refund by item"
    money = Caller(cast.buyer).get(f"/disputes/{case.number}/").json()["money"]
    assert [(row["code"], row["amount"]) for row in money["working"]["most"]] == [("goods", "100.00")]


# Price of a piece in cents, pieces, discount in percent, delivery in cents.
line = st.tuples(st.integers(1, 30_000), st.integers(1, 3), st.integers(0, 60), st.integers(0, 2000))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    bought=st.lists(line, min_size=1, max_size=3),
    channels=st.lists(st.integers(1, 9), min_size=1, max_size=3),
    back=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 100)), max_size=4),
    seed=st.integers(0, 99),
)
def test_partial_refunds_in_any_order_sum_to_the_cent_and_never_to_more_than_was_paid(
    bought, channels, back, seed, cast, buy, now
):
    """Part refunds of some pieces, then all the rest: every channel and line got back exactly what was paid."""
    with transaction.atomic():  # an example that fails leaves the next one alone
        order = bill(buy, bought, channels)
        refunded = ZERO
        lines = list(order.lines.order_by("id"))
        for which, percent in random.Random(seed).sample(back, len(back)):
            line = lines[which % len(lines)]
            refunded += part_back(cast, order, line, percent, now)
            parts = RefundPart.objects.filter(instruction__order=order)
            assert parts.aggregate(sum=Sum("amount", default=0))["sum"] == refunded
        for line in lines:
            refunded += part_back(cast, order, line, 100, now)
        assert refunded == sum(line.paid_amount for line in lines)
        assert all(line.refunded_amount == line.paid_amount for line in OrderLine.objects.filter(order=order))
        assert all(p.refunded_amount == p.amount for p in OrderPayment.objects.filter(order=order))
        assert not findings()


def bill(buy, bought, channels):
    """An order of (price in cents, pieces, discount in percent, delivery in cents) lines, paid in so many channels."""
    order = buy(*(str(D(price) / 100) for price, *_rest in bought))
    for line, (price, pieces, percent, freight) in zip(order.lines.order_by("id"), bought, strict=True):
        off = (D(price) * pieces * percent / 10_000).quantize(D("0.01"))
        OrderLine.objects.filter(pk=line.pk).update(quantity=pieces, discount=off, freight=D(freight) / 100)
    total = sum(line.paid_amount for line in OrderLine.objects.filter(order=order))
    order.payments.all().delete()
    for number, share in enumerate(allocate(total, list(map(D, channels)), "CNY")):
        if share:
            OrderPayment.objects.create(order=order, channel="card", ref=f"{order.number}-{number}", amount=share)
    return order


def part_back(cast, order, line, percent, now):
    """File about all pieces of a line, refund a share of the most, and free the pieces again; return the refund."""
    order = Order.objects.prefetch_related("lines", "payments").get(pk=order.pk)
    current = OrderLine.objects.get(pk=line.pk)
    if not current.refundable_amount:
        return ZERO
    OrderLine.objects.filter(pk=line.pk).update(dispute_count=0)
    case = open_dispute(
        order=order,
        actor=cast.buyer,
        now=now,
        lines=[(line.line_ref, line.quantity)],
        type="quality_visible",
        reason="defective",
        wants="full_refund_no_return",
    )
    assert come_to(case)["most"] == case.max_amount == current.refundable_amount
    amount = case.max_amount if percent == 100 else (case.max_amount * percent / 100).quantize(D("0.01"))
    if amount:
        terms = Terms(kind="partial_refund_keep", cash=amount)
        grant_many([make_grant(case, terms, f"part:{case.number}", list(case.lines.all()))], now=now)
        granted = RefundInstruction.objects.get(case=case.number)
        assert sum(D(row["amount"]) for row in granted.lines) == granted.amount == amount
    leaving.withdraw(dispute=case, actor=cast.buyer, now=now)
    return amount
