"""Two people press Publish at the same moment, on real connections."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from merchants.plans.models import Plan
from merchants.plans.services import PlanMoved, publish, start_draft
from tests.makers import make_member, make_shop
from tests.plans.makers import NOW, make_plan

pytestmark = pytest.mark.django_db(transaction=True)


def _at_once(verb, people):
    gate = Barrier(len(people))

    def run(person):
        try:
            gate.wait(timeout=10)
            return verb(person)
        except PlanMoved as moved:
            return moved
        finally:
            connection.close()

    with ThreadPoolExecutor(len(people)) as pool:
        return list(pool.map(run, people))


def test_one_of_two_publishers_wins_and_the_other_is_told():
    shop = make_shop()
    plan = make_plan(shop, live=False)
    people = [make_member(shop) for _ in range(4)]
    results = _at_once(lambda person: publish(plan=Plan.objects.get(pk=plan.pk), actor=person, now=NOW), people)
    moved = [r for r in results if isinstance(r, PlanMoved)]
    assert len(moved) == 3
    assert "already published" in str(moved[0])
    plan.refresh_from_db()
    assert (plan.state, plan.live.number, plan.draft) == ("live", 1, None)


def test_two_who_start_editing_share_one_draft():
    shop = make_shop()
    plan = make_plan(shop)
    people = [make_member(shop) for _ in range(3)]
    drafts = _at_once(lambda person: start_draft(plan=plan, actor=person, now=NOW), people)
    assert len({draft.pk for draft in drafts}) == 1
    assert plan.versions.count() == 2
