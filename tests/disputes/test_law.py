"""Worked examples from the law, from the order to the last cent in each payment channel."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.services import negotiation
from aftersales.disputes.services.filing import open_dispute
from aftersales.orders.models import Order, OrderLine
from aftersales.remedies import services as remedies
from aftersales.remedies.models import RefundPart
from portal.outbox.services import drain

pytestmark = pytest.mark.django_db
D = Decimal
CHANGED_MIND = {"type": "no_reason_return", "reason": "no_longer_wanted", "wants": "full_refund_with_return"}
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def file(cast, now):
    """File about (line reference, pieces) of an order."""

    def make(
        order, *lines, type="no_reason_return", reason="no_longer_wanted", wants="full_refund_with_return", **more
    ):
        order = Order.objects.prefetch_related("lines", "payments").get(pk=order.pk)
        asked = {"type": type, "reason": reason, "wants": wants, "now": now, **more}
        return open_dispute(order=order, actor=cast.buyer, lines=lines, **asked)

    return make


@pytest.fixture
def paid_back(cast, now):
    """Let the seller agree and the money go: what each way of payment gets back."""

    def make(case):
        negotiation.agree(dispute=case, actor=cast.owner, now=now)
        while remedies.run_due(now=now) + drain(now=now):
            pass
        parts = RefundPart.objects.filter(instruction__case=case.number, paid_at__isnull=False)
        return {part.way: part.amount for part in parts.select_related("payment")}

    return make


def promoted(order, discount, *promotions):
    """Tell what made an order cheaper, and how much of it fell on its first lines."""
    for line, off in zip(order.lines.order_by("id"), discount, strict=True):
        OrderLine.objects.filter(pk=line.pk).update(discount=off)
    order.promotions = list(promotions)
    order.save()
    order.payments.update(amount=sum(line.paid_amount for line in OrderLine.objects.filter(order=order)))
    return order


def test_the_seven_days_count_from_the_day_after_signing(buy, file):
    """Consumer Protection Law art. 25, SAMR order 31 art. 9: signed on 1 June at 9:00, the first day is 2 June and the
    seventh 8 June: until midnight of that day, Shanghai time, and no minute longer."""
    order = buy("100.00")
    OrderLine.objects.filter(order=order).update(delivered_at=datetime(2026, 6, 1, 9, 0, tzinfo=SHANGHAI))
    midnight = datetime(2026, 6, 9, 0, 0, tzinfo=SHANGHAI)
    with pytest.raises(RuleBroken, match="9 Jun"):
        file(order, ("1", 1), now=midnight)
    assert file(order, ("1", 1), now=midnight - timedelta(seconds=1)).max_amount == D(100)


def test_a_broken_three_for_two_is_settled_at_the_prices_of_the_purchase(buy, file):
    """SAMR order 31 art. 14-17: three pieces at 60.00 for 120.00. Two go back: the one kept costs its 60.00."""
    three_for_two = {"kind": "bundle", "pieces": 3, "free": 1, "lines": []}
    order = promoted(buy("60.00", quantity=3), ["60.00"], three_for_two)
    case = file(order, ("1", 2))
    assert case.max_amount == D(60)
    assert [(row["code"], row["amount"]) for row in case.working["most"]] == [
        ("goods", "120.00"),
        ("discount", "-40.00"),
        ("discount_lost", "-20.00"),
    ]


def test_unsafe_food_is_paid_ten_times_and_at_least_a_thousand(buy, file):
    """Food Safety Law art. 148: ten times 30.00 are 300.00, so 1,000.00; ten times 250.00 are 2,500.00; three times a
    loss of 900.00 are 2,700.00, which is more."""
    food = {"type": "food_safety", "reason": "expired", "wants": "multiple_compensation"}

    def bought(price):
        order = buy(price)
        OrderLine.objects.filter(order=order).update(category="food")
        return order

    assert file(bought("30.00"), ("1", 1), **food).max_compensation == D(1000)
    case = file(bought("250.00"), ("1", 1), **food)
    assert case.max_compensation == D(2500)
    assert [(row["code"], row["amount"]) for row in case.working["beyond"]] == [("times", "2500.00")]
    assert file(bought("250.00"), ("1", 1), answers={"loss": "900.00"}, **food).max_compensation == D(2700)


def test_fraud_is_paid_three_times_and_at_least_five_hundred(buy, file):
    """Consumer Protection Law art. 55: three times 100.00 are 300.00, so 500.00; three times 200.00 are 600.00."""
    fake = {"type": "counterfeit", "reason": "counterfeit", "wants": "multiple_compensation"}
    case = file(buy("100.00"), ("1", 1), **fake)
    assert case.max_compensation == D(500)
    assert [(row["code"], row["amount"]) for row in case.working["beyond"]] == [
        ("times", "300.00"),
        ("least", "200.00"),
    ]
    assert file(buy("200.00"), ("1", 1), **fake).max_compensation == D(600)


def test_each_way_of_payment_gets_back_what_was_paid_through_it(buy, file, paid_back):
    """SAMR order 31 art. 14-17: 100.00, of which 70.00 by card and 30.00 by voucher; half of it back is half of
    each."""
    order = buy("100.00", payments=[("card", "70.00"), ("voucher", "30.00")])
    half = file(
        order, ("1", 1), type="quality_visible", reason="defective", wants="partial_refund_keep", amount=D("50.00")
    )
    assert paid_back(half) == {"card": D("35.00"), "voucher": D("15.00")}


def test_a_lost_free_shipping_threshold_is_charged(buy, file):
    """SAMR order 31 art. 18: free from 99.00 on, else 10.00. 60.00 and 50.00 were bought; without the 50.00 the rest
    would have cost 10.00 to send: 40.00 goes back."""
    free = {"kind": "free_shipping", "threshold": "99.00", "off": "10.00", "lines": []}
    order = promoted(buy("60.00", "50.00"), ["0.00", "0.00"], free)
    assert file(order, ("2", 1)).max_amount == D(40)
