"""A shop without cases tries a plan on its orders: those whose buyers had a reason to write."""

from datetime import timedelta
from decimal import Decimal

import pytest

from aftersales.orders.models import Order, OrderLine
from aftersales.rehearsal.models import Source
from aftersales.rehearsal.services import ask
from tests.makers import make_order, make_user
from tests.plans.makers import make_plan

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def bought(cast, now):
    """An order paid ten days ago, in time and well reviewed unless told otherwise (days after it was paid)."""

    def make(price="100.00", ship_by=2, shipped=1, promised=5, delivered=4, review=5, reviewed=6, **given):
        order = make_order([price], shop=cast.shop, customer=make_user("buyer"))
        paid = now - 10 * DAY
        Order.objects.filter(pk=order.pk).update(paid_at=paid)
        OrderLine.objects.filter(order=order).update(
            ship_by=paid + ship_by * DAY,
            shipped_at=paid + shipped * DAY,
            promised_by=paid + promised * DAY,
            delivered_at=None if delivered is None else paid + delivered * DAY,
            review_score=review,
            review_at=paid + reviewed * DAY,
            **given,
        )
        return order

    return make


@pytest.fixture
def simulate(cast, now):
    def run(plan, begin=now - 20 * DAY, end=now):
        return ask(plan=plan, begin=begin, end=end, actor=cast.owner, now=now, source=Source.ORDERS)

    return run


def kinds(run):
    return {(type_, reason): count for type_, reason, count in run.result["kinds"]}


def test_only_orders_with_a_reason_count(cast, bought, simulate):
    bought()
    bought(shipped=3)
    bought(delivered=8)
    bought(review=1)
    bought(review=2, delivered=None)  # reviewed before it came: nobody knows what of
    bought(shipped=3, status="cancelled")
    run = simulate(make_plan(cast.shop, actor=cast.owner, types=("quality_visible",)))
    assert (run.total, run.result["counts"]["cases"]) == (6, 3)
    assert kinds(run) == {
        ("late_shipping", "late"): 1,
        ("late_shipping", "arrived_late"): 1,
        ("quality_visible", "defective"): 1,
    }


def test_one_case_a_product_by_what_happened_first(cast, bought, simulate):
    bought(shipped=3, delivered=8, review=1, reviewed=9)
    assert kinds(simulate(make_plan(cast.shop, actor=cast.owner))) == {("late_shipping", "late"): 1}


def test_what_would_be_offered_and_cost_at_most(cast, bought, simulate):
    plan = make_plan(cast.shop, actor=cast.owner, types=("quality_visible",))
    bought("200.00", review=1)
    bought("60.00", review=2)
    bought(shipped=3)
    result = simulate(plan).result
    assert result["plans"] == {"0": [3, 1], str(plan.pk): [0, 2]}
    options = list(result["options"].values())
    assert {option["cases"] for option in options} == {2}
    assert all(option["taken"] is None for option in options), "orders alone do not say who would take it"
    assert Decimal(result["exposure"]) == Decimal("260.00"), "everything back, in both"


def test_days_and_money_decide_as_in_a_case(cast, bought, simulate):
    """The review came two days after the goods: a plan for the third day on does not answer it."""
    bought(review=1)
    later = make_plan(cast.shop, actor=cast.owner, types=("quality_visible",), days_from=3)
    assert str(later.pk) not in simulate(later).result["plans"]


def test_only_ones_own_orders_of_the_days(cast, bought, simulate, now):
    bought(shipped=3)
    rival = make_order(shop=cast.rival_shop)
    Order.objects.filter(pk=rival.pk).update(paid_at=now - 10 * DAY)
    OrderLine.objects.filter(order=rival).update(ship_by=now - 9 * DAY, shipped_at=now - DAY)
    plan = make_plan(cast.shop, actor=cast.owner)
    assert simulate(plan).total == 1
    assert simulate(plan, end=now - 12 * DAY).total == 0


def test_statements_do_not_grow_with_orders(cast, bought, simulate, django_assert_max_num_queries):
    plan = make_plan(cast.shop, actor=cast.owner)
    for _n in range(12):
        bought(shipped=3)
    with django_assert_max_num_queries(25):
        simulate(plan)
