"""Kept sales: what counts as one, and that every figure is the number of cases on its list."""

from datetime import timedelta
from decimal import Decimal

import pytest

from aftersales.disputes.services import leaving, negotiation
from aftersales.orders.models import Order, OrderLine
from aftersales.results.facts import CONDITIONS, DIMENSIONS, Scope
from aftersales.results.kept import cases, figures, total
from portal.market.run import finish
from tests.makers import make_order
from tests.plans.makers import make_plan

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def scope(cast, now):
    day = timedelta(days=1)
    return Scope(now=now, merchant_id=cast.shop.pk, currency="CNY", begin=now - 90 * day, end=now + day)


@pytest.fixture
def take(file_case, cast, now):
    """A case whose buyer takes the plan's first offer (30 %)."""

    def make(**given):
        case = file_case(**given)
        offer = case.offers.get(by_role="merchant", position=1)
        return negotiation.accept_offer(dispute=case, actor=cast.buyer, now=now, offer=offer)

    return make


def test_a_part_refund_keeps_the_sale(take, cast, scope, now):
    make_plan(cast.shop, actor=cast.owner)
    take()
    assert total(scope).counts["kept"] == 0, "it has not ended"
    finish(now)
    found = total(scope)
    names = ("requests", "offered", "chosen", "ended", "kept", "kept_by_plan", "regret")
    assert [found.counts[name] for name in names] == [1, 1, 1, 1, 1, 1, 0]
    assert (found.paid, found.kept_amount, found.cost, found.cost_per_kept) == (100, 70, 30, 30)


def test_a_full_refund_does_not(file_case, cast, scope, now):
    case = file_case(wants="full_refund_no_return")
    negotiation.agree(dispute=case, actor=cast.owner, now=now)
    finish(now)
    found = total(scope)
    assert (found.counts["ended"], found.counts["kept"], found.kept_amount, found.cost) == (1, 0, 0, 100)
    assert found.cost_per_kept is None


def test_a_withdrawn_case_keeps_it_for_nothing(file_case, cast, scope, now):
    leaving.withdraw(dispute=file_case(), actor=cast.buyer, now=now)
    found = total(scope)
    assert (found.counts["kept"], found.counts["kept_by_plan"], found.kept_amount) == (1, 0, 100)


def test_a_later_full_refund_of_the_same_pieces_undoes_it(take, file_case, cast, scope, now):
    make_plan(cast.shop, actor=cast.owner)
    first = take()
    finish(now)
    again = file_case(order=Order.objects.get(pk=first.order_id), at=now, wants="full_refund_no_return")
    assert total(scope).counts["kept"] == 1
    assert total(scope).counts["regret"] == 1
    negotiation.accept_offer(
        dispute=again, actor=cast.buyer, now=now, offer=again.offers.get(by_role="merchant", position=2)
    )
    leaving_return = [row.kept for row in cases(scope, of="requests")]
    assert leaving_return == [False, True]


def test_bad_reviews_and_escalations_are_regrets(take, cast, scope, now):
    make_plan(cast.shop, actor=cast.owner)
    case = take()
    finish(now)
    assert total(scope).counts["regret"] == 0
    OrderLine.objects.filter(order=case.order_id).update(review_score=1, review_at=now + timedelta(hours=1))
    assert total(scope).counts["bad_review"] == 1
    assert total(scope).counts["regret"] == 1


def test_buying_again_counts_for_those_who_had_the_time(take, cast, scope, now):
    make_plan(cast.shop, actor=cast.owner)
    case = take()
    finish(now)
    type(case).objects.filter(pk=case.pk).update(closed_at=now - timedelta(days=65))
    order = make_order(shop=cast.shop, customer=cast.buyer)
    Order.objects.filter(pk=order.pk).update(paid_at=now - timedelta(days=20))
    Order.objects.filter(pk=case.order_id).update(paid_at=now - timedelta(days=70))
    found = total(scope)
    assert (found.bought_share(30), found.bought_share(60), found.bought_share(90)) == (0.0, 1.0, None)


@pytest.fixture
def mixed(take, file_case, cast, now):
    make_plan(cast.shop, actor=cast.owner, reasons=("poor_material",))
    for price in ("100.00", "80.00", "33.33"):
        take(price=price)
    negotiation.agree(dispute=file_case(reason="defective"), actor=cast.owner, now=now)
    leaving.withdraw(dispute=file_case(reason="defective"), actor=cast.buyer, now=now)
    file_case()
    finish(now)


@pytest.mark.parametrize("by", DIMENSIONS)
def test_every_figure_is_as_long_as_its_list_and_parts_make_the_whole(by, mixed, scope):
    whole, parts = total(scope), figures(scope, by=by)
    for name in CONDITIONS:
        assert sum(part.counts[name] for part in parts.values()) == whole.counts[name]
        for key, part in parts.items():
            assert len(list(cases(scope, of=name, by=by, key=key))) == part.counts[name]
    for name in ("paid", "kept_amount", "cost"):
        assert sum(getattr(part, name) for part in parts.values()) == getattr(whole, name)
    rows = list(cases(scope, of="kept"))
    assert sum(row.paid - row.cost for row in rows) == whole.kept_amount


def test_other_shops_currencies_and_times_do_not_count(mixed, cast, scope, now):
    from dataclasses import replace

    for other in (
        replace(scope, merchant_id=cast.rival_shop.pk),
        replace(scope, currency="JPY"),
        replace(scope, begin=now + timedelta(hours=1)),
    ):
        assert total(other).counts["requests"] == 0


def test_one_statement_whatever_the_number(mixed, scope, django_assert_num_queries):
    with django_assert_num_queries(1):
        figures(scope, by="reason")
