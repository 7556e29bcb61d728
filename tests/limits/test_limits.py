"""What a plan may give away: never more, given back when not chosen, promises kept."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from aftersales.disputes.models import Dispute
from aftersales.disputes.services import leaving, negotiation
from aftersales.disputes.services.sweep import sweep
from merchants.limits import audit
from merchants.limits.models import LimitsChange, PlanLimits, Reservation, Taken
from merchants.limits.services import Asked, Fate, Limits, set_limits, settle, take
from portal.notices.models import Notice
from tests.disputes.test_races import at_once
from tests.experiments.test_running import file_as
from tests.makers import make_member, make_shop, make_user
from tests.plans.makers import PART, make_plan

pytestmark = pytest.mark.django_db
D = Decimal


def limited(cast, now, *, options=(PART,), **limits):
    plan = make_plan(cast.shop, actor=cast.owner, name="Limited", options=options)
    set_limits(plan=plan, limits=Limits(**limits), actor=cast.owner, now=now)
    return plan


def left(plan):
    row = PlanLimits.objects.get(plan=plan)
    assert audit.findings() == []
    return row.today_count, row.today_amount


def offered(case):
    return case.offers.filter(by_role="merchant").exists()


def test_beyond_the_day_nobody_is_offered_anything_and_the_trace_says_why(file_case, cast, now):
    plan = limited(cast, now, day_count=2)
    cases = [file_case() for _n in range(3)]
    assert [offered(case) for case in cases] == [True, True, False]
    assert cases[2].status == "awaiting_merchant"
    assert cases[2].plan_trace[0]["failed"] == ["limit"]
    assert cases[2].plan_trace[0]["limit"] == "day_count"
    assert left(plan) == (2, 60)


@pytest.mark.parametrize(
    ("limits", "most"),
    [
        ({"day_amount": D("89.99")}, 2),
        ({"day_amount": D("90.00")}, 3),
        ({"month_count": 1}, 1),
        ({"month_amount": D(30)}, 1),
        ({"buyer_count": 2}, 2),
        ({"buyer_amount": D(31)}, 1),
        ({"day_count": 0}, 0),
    ],
)
def test_each_limit(limits, most, file_case, cast, now):
    limited(cast, now, **limits)
    assert sum(offered(file_case()) for _n in range(4)) == min(most, 4)


def test_limits_of_a_buyer_are_nobody_elses(file_case, cast, now):
    limited(cast, now, buyer_count=1)
    assert offered(file_case())
    assert not offered(file_case())
    assert offered(file_as(make_user("buyer"), cast, now))


def test_the_next_plan_answers_where_the_first_has_no_room(file_case, cast, now):
    limited(cast, now, day_count=1)
    wider = make_plan(cast.shop, actor=cast.owner, name="Wider")
    first, second = file_case(), file_case()
    assert first.plan_version.plan.name == "Limited"
    assert second.plan_version.plan == wider
    assert [step["failed"] for step in second.plan_trace] == [[], ["limit"]]


def end_by(how, case, cast, now):
    offer = case.offers.filter(by_role="merchant").first()
    if how == "decline":
        negotiation.decline_offers(dispute=case, actor=cast.buyer, now=now)
    elif how == "withdraw":
        leaving.withdraw(dispute=case, actor=cast.buyer, now=now)
    elif how == "expire":
        sweep(now=case.due_at + timedelta(seconds=1))
    elif how == "own offer":
        negotiation.propose(dispute=case, actor=cast.owner, now=now, kind="partial_refund_keep", amount=D(20))
    elif how == "escalate":
        declined = negotiation.decline_offers(dispute=case, actor=cast.buyer, now=now)
        refused = negotiation.refuse(
            dispute=declined, actor=cast.owner, now=now, reason="no_evidence", message="Nothing shows it."
        )
        leaving.escalate(dispute=refused, actor=cast.buyer, now=now)
    else:
        negotiation.accept_offer(dispute=case, actor=cast.buyer, now=now, offer=offer)


@pytest.mark.parametrize("how", ["decline", "withdraw", "expire", "own offer", "escalate"])
def test_what_was_not_chosen_is_given_back(how, file_case, cast, now):
    plan = limited(cast, now, day_count=1)
    case = file_case()
    assert left(plan) == (1, 30)
    end_by(how, case, cast, now)
    assert left(plan) == (0, 0)
    assert offered(file_case())


def test_what_was_chosen_counts_at_its_own_worth(file_case, cast, now):
    ten = type(PART)("partial_refund_keep", percent=D(10))
    plan = limited(cast, now, options=(ten, PART), day_amount=D(50))
    case = file_case()
    assert left(plan) == (1, 30), "until then the dearest counts"
    end_by("accept", case, cast, now)
    assert left(plan) == (1, 10)
    assert Reservation.objects.get().spent
    assert offered(file_case())


def test_what_stands_is_kept_where_choosing_counts(file_case, cast, now):
    plan = limited(cast, now, day_count=1, taken=Taken.ACCEPTED)
    cases = [file_case() for _n in range(3)]
    assert all(offered(case) for case in cases)
    assert left(plan) == (0, 0)
    for case in cases[:2]:
        end_by("accept", case, cast, now)
    assert left(plan) == (2, 60), "a promise is kept, also beyond the limit"
    assert not offered(file_case())


def test_a_new_day_and_a_new_month_begin_at_nothing(cast, now):
    plan = limited(cast, now, day_count=1)

    def ask(name, at):
        return take(Asked(plan.pk, name, cast.buyer.pk, D(10)), now=at).limit

    new_year = now.replace(year=2026, month=12, day=31, hour=4, minute=0)  # noon in China
    assert [ask("a", new_year), ask("b", new_year), ask("c", new_year + timedelta(days=1))] == ["", "day_count", ""]
    row = PlanLimits.objects.get(plan=plan)
    assert (str(row.month), row.this_month_count, row.today_count) == ("2027-01-01", 1, 1)
    settle([Fate("a", plan.pk, cast.buyer.pk, None, False)], now=new_year + timedelta(days=1))
    assert left(plan) == (1, 10), "yesterday's is given back to yesterday"


def test_heads_are_told_once_at_eighty_and_at_a_hundred_percent(file_case, cast, now):
    limited(cast, now, day_count=5)
    for _n in range(6):
        file_case()
    kinds = Notice.objects.filter(user=cast.owner, kind__startswith="limit_").values_list("kind", flat=True)
    assert sorted(kinds) == ["limit_near", "limit_reached"]
    assert not Notice.objects.filter(user=cast.agent, kind__startswith="limit_").exists()


def test_changing_the_limits_keeps_what_was_counted_and_who_did_it(file_case, cast, now):
    plan = limited(cast, now, day_count=5)
    file_case()
    set_limits(plan=plan, limits=Limits(day_count=1), actor=cast.owner, now=now)
    assert not offered(file_case())
    assert [change.limits["day_count"] for change in LimitsChange.objects.all()] == ["1", "5"]
    for user in (cast.agent, cast.rival, cast.platform):
        with pytest.raises(PermissionDenied):
            set_limits(plan=plan, limits=Limits(), actor=user, now=now)


def test_plans_without_limits_ask_one_question_and_lock_nothing(file_case, cast, now):
    make_plan(cast.shop, actor=cast.owner)
    case = file_case()
    assert "reserved" not in case.plan_trace[0]
    assert not Reservation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_sixteen_at_once_get_exactly_what_the_day_holds(cast, now):
    plan = limited(cast, now, day_count=5)
    buyers = [make_user("buyer") for _n in range(16)]
    cases = at_once(*[lambda buyer=buyer: file_as(buyer, cast, now) for buyer in buyers])
    assert {type(case) for case in cases} == {Dispute}
    assert sum(offered(case) for case in cases) == 5
    assert left(plan) == (5, 150)


@pytest.mark.django_db(transaction=True)
def test_filing_declining_and_accepting_at_once_never_miscounts(cast, now):
    plan = limited(cast, now, day_count=8)
    first = [file_as(make_user("buyer"), cast, now) for _n in range(8)]

    def act(number, case):
        me = type(cast.buyer).objects.get(pk=case.buyer_id)
        if number % 2:
            return negotiation.decline_offers(dispute=case, actor=me, now=now)
        return negotiation.accept_offer(dispute=case, actor=me, now=now, offer=case.offers.get(by_role="merchant"))

    acts = [lambda n=n, case=case: act(n, case) for n, case in enumerate(first)]
    acts += [lambda: file_as(make_user("late"), cast, now)] * 8
    results = at_once(*acts)
    assert {type(result) for result in results} == {Dispute}
    count, _amount = left(plan)
    late = sum(offered(case) for case in results[8:])
    assert count == 4 + late <= 8


_STEPS = st.lists(
    st.tuples(st.sampled_from(["take", "choose", "drop"]), st.integers(0, 9), st.integers(1, 60), st.integers(0, 40)),
    max_size=25,
)


@given(steps=_STEPS, counted=st.sampled_from(list(Taken)))
@settings(max_examples=30, deadline=None)
def test_counters_are_the_recount_and_never_above_the_limit(steps, counted):
    with transaction.atomic():
        now, shop, buyer = timezone.now(), make_shop(), make_user("buyer")
        owner = make_member(shop)
        plan = make_plan(shop, actor=owner)
        set_limits(plan=plan, limits=Limits(counted, day_amount=D(100), month_count=6), actor=owner, now=now)
        asked, hours = {}, 0
        for what, case, worth, hour in steps:
            hours = max(hours, hour)
            at, name = now + timedelta(hours=hours), f"C{case}"
            if what == "take":
                if name not in asked and not take(Asked(plan.pk, name, buyer.pk, D(worth)), now=at).limit:
                    asked[name] = D(worth)
            elif asked.get(name):
                chosen = asked[name] / 2 if what == "choose" else None
                settle([Fate(name, plan.pk, buyer.pk, chosen, False)] * 2, now=at)
                asked[name] = D(0)
            assert audit.findings() == []
            row = PlanLimits.objects.get(plan=plan)
            assert counted == Taken.ACCEPTED or (row.today_amount <= 100 and row.this_month_count <= 6)
        transaction.set_rollback(True)


def test_the_page_sets_them_and_says_what_is_taken(file_case, cast, client, now):
    plan = make_plan(cast.shop, actor=cast.owner, options=(PART,))
    url = f"/merchant/plans/{plan.pk}/limits/"
    client.force_login(cast.owner)
    wrong = {"day_amount": "0.001", "month_count": "-1", "taken": "x"}
    refused = client.post(url, wrong)
    assert refused.status_code == 422
    assert not PlanLimits.objects.exists()
    assert client.post(url, {"day_amount": "50", "month_amount": "90.00", "taken": "offered"}).status_code == 302
    file_case()
    page = client.get(url).content.decode()
    assert "¥30.00" in page
    assert "at this rate the month's amount lasts 14 days" in page
    assert cast.owner.display_name in page
