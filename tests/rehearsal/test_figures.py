"""What a simulation says: counts, costs and kept sales against what can be worked out by hand."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from aftersales.disputes.services import negotiation
from aftersales.rehearsal.models import Rehearsal
from aftersales.rehearsal.services import NothingToSimulate, ask, measure
from merchants.plans.content import OptionContent, content_of
from merchants.plans.services import delete_draft, save_draft, start_draft
from portal.market.run import finish
from tests.plans.makers import FULL_BACK, make_plan

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
HALF = OptionContent("partial_refund_keep", percent=Decimal(50))


@pytest.fixture
def plan(cast):
    return make_plan(cast.shop, actor=cast.owner, name="Faults", types=("quality_visible",))


@pytest.fixture
def simulate(cast, now):
    def run(plan, actor=None, begin=None, end=None):
        begin, end = begin or now - 90 * DAY, end or now + DAY
        return ask(plan=plan, begin=begin, end=end, actor=actor or cast.owner, now=now + DAY)

    return run


@pytest.fixture
def past(file_case, cast, now):
    """Cases of the plan: `taken` buyers take 30 %, the others turn it down and get everything back."""

    def make(taken, refused):
        for n in range(taken + refused):
            case = file_case(wants="full_refund_no_return", amount=None)
            if n < taken:
                offer = case.offers.get(by_role="merchant", position=1)
                negotiation.accept_offer(dispute=case, actor=cast.buyer, now=now, offer=offer)
            else:
                case = negotiation.decline_offers(dispute=case, actor=cast.buyer, now=now)
                negotiation.agree(dispute=case, actor=cast.owner, now=now)
        finish(now)

    return make


def write(plan, cast, now, *options, **given):
    plan.refresh_from_db()
    draft = plan.draft or start_draft(plan=plan, actor=cast.owner, now=now)
    content = replace(content_of(draft), options=options or content_of(draft).options, **given)
    save_draft(plan=plan, content=content, actor=cast.owner, now=now)
    plan.refresh_from_db()


def test_the_same_offers_cost_what_they_cost(plan, past, simulate, cast, now):
    past(3, 2)
    write(plan, cast, now, script_en="Sorry again.")
    result = simulate(plan).result
    assert result["counts"] == {"cases": 5, "ended": 5, "same": 5, "compared": 5, "checked": 5, "agreed": 5}
    assert [Decimal(n) for n in result["cost"]] == [290] * 4
    assert [Decimal(n) for n in result["kept"]] == [3] * 4
    assert result["options"]["1"]["taken"] is None, "five cases are not enough history"


def test_something_else_without_history_is_not_guessed(plan, past, simulate, cast, now):
    past(3, 2)
    write(plan, cast, now, HALF, FULL_BACK)
    result = simulate(plan).result
    assert (result["counts"]["changed"], result["counts"]["unknown"]) == (5, 5)
    assert "compared" not in result["counts"]
    assert result["biggest"] == []


def test_enough_history_gives_costs_and_kept_sales(plan, past, simulate, cast, now):
    past(10, 30)
    write(plan, cast, now, OptionContent("partial_refund_keep", amount=Decimal(31)), FULL_BACK)
    run = simulate(plan)
    result = run.result
    assert result["counts"]["estimated"] == 40
    taken = [round(float(n), 2) for n in result["options"]["1"]["taken"]]
    assert (taken[0], result["options"]["1"]["steps"], result["options"]["1"]["fewest"]) == (0.25, {"reason": 40}, 40)
    assert taken[1] < 0.25 < taken[2]
    # A quarter takes 31, nobody the return; the ordinary way costs 100 and keeps nothing.
    now_cost, cost, low, high = (Decimal(n) for n in result["cost"])
    assert (now_cost, round(cost)) == (3300, 40 * (31 * Decimal("0.25") + 75))
    assert low < cost < high
    kept_now, kept, kept_low, kept_high = (Decimal(n) for n in result["kept"])
    assert (kept_now, round(kept, 2)) == (10, 10)
    assert kept_low < 10 < kept_high
    assert len(result["biggest"]) == 10
    assert all(Decimal(row["cost_now"]) == 30 for row in result["biggest"]), "the ones that were kept for 30"
    assert (run.done, run.total) == (40, 40)


def test_only_cases_of_the_range_and_currency(plan, past, simulate, buy, file_case, now):
    past(1, 1)
    file_case(at=now, order=buy("100.00", currency="USD"))
    assert simulate(plan).result["counts"]["cases"] == 2
    assert simulate(plan, end=now - DAY).result["counts"] == {}


def test_a_narrower_draft_leaves_cases_to_other_plans(plan, past, simulate, cast, now):
    other = make_plan(cast.shop, actor=cast.owner, name="Everything")
    past(1, 1)
    write(plan, cast, now, types=("wrong_item",))
    result = simulate(plan).result
    assert result["plans"] == {str(plan.pk): [2, 0], str(other.pk): [0, 2]}
    assert result["counts"]["same"] == 2, "the other plan offers the same"


def test_what_was_changed_meanwhile_gives_no_result(plan, past, simulate, cast, now):
    past(1, 0)
    write(plan, cast, now, HALF)
    run = simulate(plan)
    Rehearsal.objects.filter(pk=run.pk).update(finished_at=None, result={})
    write(plan, cast, now, FULL_BACK)
    changed = measure(Rehearsal.objects.get(pk=run.pk))
    assert (changed.moved, changed.result) == (True, {})
    Rehearsal.objects.filter(pk=run.pk).update(finished_at=None, moved=False)
    delete_draft(plan=plan, actor=cast.owner, now=now)
    assert measure(Rehearsal.objects.get(pk=run.pk)).moved


def test_who_may_simulate_what(plan, simulate, cast, now):
    assert simulate(plan, actor=cast.agent).finished_at is not None
    for person in (cast.finance, cast.rival, cast.buyer, cast.platform):
        with pytest.raises(PermissionDenied):
            simulate(plan, actor=person)
    with pytest.raises(NothingToSimulate):
        simulate(plan, begin=now, end=now)
    assert Rehearsal.objects.visible_to(cast.owner).count() == 1
    assert not Rehearsal.objects.visible_to(cast.rival).exists()
