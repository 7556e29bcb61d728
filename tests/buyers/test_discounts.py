"""Orders and the wizard say what a discount depends on, and what a return costs, before anything is filed."""

import pytest
from django.utils import timezone, translation

from aftersales.buyers.discounts import discounts_of, losses
from aftersales.buyers.models import Draft
from aftersales.buyers.wizard import Wizard
from aftersales.orders.models import Order, OrderLine
from merchants.promises.services import standing

pytestmark = pytest.mark.django_db
OFF = {"kind": "threshold_off", "lines": [], "threshold": "200.00", "off": "30.00"}
GIFT = {"kind": "gift", "lines": ["1"], "gift": "3", "value": "25.00", "threshold": "0.00"}
FREE = {"kind": "free_shipping", "lines": [], "threshold": "99.00", "off": "10.00"}
BUNDLE = {"kind": "bundle", "lines": ["1", "2"], "pieces": 3, "free": 1}


@pytest.fixture
def order(buy):
    """A kettle at 150.00 and cups at 80.00, less 30.00 from 200.00 on, with a towel as a gift."""
    order = buy("150.00", "80.00", "0.00", payments=[("card", "200.00")])
    for ref, title, zh, off in (
        ("1", "Kettle", "水壶", "19.57"),
        ("2", "Cups", "杯子", "10.43"),
        ("3", "Towel", "毛巾", "0"),
    ):
        OrderLine.objects.filter(order=order, line_ref=ref).update(title=title, title_zh=zh, discount=off)
    order.promotions = [OFF, GIFT]
    order.save()
    return Order.objects.prefetch_related("lines", "payments").get(pk=order.pk)


def wizard(order, *items, what="no_longer_wanted", other=""):
    answers = {"what": "other" if other else what, "other": other, "items": [[ref, 1] for ref in items]}
    draft = Draft(order=order, buyer=order.buyer, answers=answers, updated_at=timezone.now())
    return Wizard(order=order, draft=draft, stands=standing([order], now=timezone.now()))


REMORSE, FAULT = "no_reason_return:no_longer_wanted", "quality_visible:defective"


def said(order, *items, other=REMORSE):
    return losses(order, wizard(order, *items, other=other).most().priced)


def test_what_each_discount_depends_on(order):
    order.promotions = [OFF, GIFT, FREE, BUNDLE, {**GIFT, "threshold": "150.00"}]
    assert discounts_of(order) == [
        "¥30.00 off from ¥200.00 on. It depends on: all goods of this order.",
        "Towel, worth ¥25.00, was a gift with: Kettle.",
        "Free shipping from ¥99.00 on, ¥10.00 saved. It depends on: all goods of this order.",
        "Of every 3 pieces, the cheapest 1 cost nothing. It depends on: Kettle · Cups.",
        "Towel, worth ¥25.00, was a gift from ¥150.00 on. It depends on: Kettle.",
    ]


def test_what_a_return_costs_is_said_before_filing(order):
    assert said(order, "2") == [
        "What you keep costs less than ¥200.00: the ¥30.00 off no longer applies.",
        "In all, ¥19.57 less than was paid for them is refunded.",
    ]
    assert said(order, "1") == [
        "What you keep costs less than ¥200.00: the ¥30.00 off no longer applies.",
        "Towel was a gift: send it back, too, or what it is worth is deducted, ¥25.00 a piece.",
        "In all, ¥35.43 less than was paid for them is refunded.",
    ]
    assert said(order, "1", "2", "3") == []  # the discount goes with the goods; nothing is deducted
    assert len(said(order, "1", "2")) == 2  # the gift, and how much
    assert said(order, "1", other=FAULT) == []


def test_the_pages_say_it_in_both_languages(order, client, cast):
    client.force_login(cast.buyer)
    assert "Towel, worth ¥25.00, was a gift with: Kettle." in client.get("/orders/").content.decode()
    start = f"/orders/{order.number}/dispute/"
    client.get(start)
    Draft.objects.filter(order=order).update(
        answers={"what": "other", "other": REMORSE, "items": [["1", 1]]}, updated_at=timezone.now()
    )
    assert "It depends on: all goods of this order." in client.get(f"{start}items/").content.decode()
    page = client.get(f"{start}wish/").content.decode()
    assert "Towel was a gift: send it back, too" in page
    assert "¥95.00" in page  # 200.00 paid in all, less 80.00 for the cups and 25.00 for the gift
    with translation.override("zh-hans"):
        assert "水壶" in discounts_of(order)[1]


def test_an_order_without_promotions_says_nothing(buy, client, cast):
    order = buy()
    client.force_login(cast.buyer)
    assert "What made this order cheaper" not in client.get("/orders/").content.decode()
    assert said(order, "1") == []
