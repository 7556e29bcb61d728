"""A new shop tries its plan on its orders, as it has no cases yet; both languages, axe finds nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from aftersales.orders.models import Order, OrderLine
from tests.browser.test_finance import look
from tests.makers import make_order, make_user
from tests.plans.makers import make_plan

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAY = timedelta(days=1)


@pytest.fixture
def trouble(cast):
    """Three orders of which two had trouble."""
    paid = timezone.now() - 10 * DAY
    for shipped, review in ((1, 5), (3, 5), (1, 1)):
        order = make_order(["80.00"], shop=cast.shop, customer=make_user("buyer"))
        Order.objects.filter(pk=order.pk).update(paid_at=paid)
        OrderLine.objects.filter(order=order).update(
            ship_by=paid + 2 * DAY,
            shipped_at=paid + shipped * DAY,
            promised_by=paid + 9 * DAY,
            delivered_at=paid + 4 * DAY,
            review_score=review,
            review_at=paid + 6 * DAY,
        )


@pytest.mark.parametrize(
    ("language", "width", "scheme", "begin", "try_orders"),
    [
        ("en", 1440, "light", "Simulate", "Try it on orders"),
        ("zh-hans", 390, "dark", "模拟", "用订单试一试"),
    ],
)
def test_without_cases_a_plan_is_tried_on_orders(
    cast, trouble, sign_in, language, width, scheme, begin, try_orders
):  # fmt: skip
    plan = make_plan(cast.shop, actor=cast.owner, name="Faults", types=("quality_visible",))
    page, faults = sign_in(cast.owner, language=language, width=width, scheme=scheme), []
    page.goto(f"/merchant/plans/{plan.pk}/simulate/")
    page.click(f"main form button:has-text('{begin}')")
    page.wait_for_url("**run=*")
    faults += look(page, f"simulate-empty-{width}")
    page.click(f"a:has-text('{try_orders}')")
    page.wait_for_url("**source=orders*")
    assert page.input_value("[name=source]") == "orders"
    page.click(f"main form button:has-text('{begin}')")
    page.wait_for_url("**run=*")
    assert page.locator("dl.figures dd.value").all_inner_texts()[:2] == ["2", "1"]
    faults += look(page, f"simulate-orders-{width}")
    assert faults == []
