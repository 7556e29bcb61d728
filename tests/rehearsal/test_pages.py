"""The simulation's page: begin one, follow it, read it, and meet it again before publishing."""

from datetime import timedelta

import pytest
from django.urls import reverse

from aftersales.rehearsal.models import Rehearsal
from aftersales.rehearsal.services import ask, latest
from merchants.plans.content import OptionContent, content_of
from merchants.plans.services import save_draft, start_draft
from tests.plans.makers import FULL_BACK, make_plan

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
COUPONLESS = (OptionContent("full_refund_no_return"), FULL_BACK)


@pytest.fixture
def plan(cast, now):
    plan = make_plan(cast.shop, actor=cast.owner, name="Faults")
    start_draft(plan=plan, actor=cast.owner, now=now)
    plan.refresh_from_db()
    return plan


def url(name, plan):
    return reverse(f"dashboard:{name}", args=[plan.pk])


def days(now):
    return {"source": "cases", "first": (now - 30 * DAY).date().isoformat(), "last": (now + DAY).date().isoformat()}


def test_simulate_and_read(client, plan, file_case, cast, now):
    cases = [file_case() for _n in range(3)]
    client.force_login(cast.owner)
    assert b"Not simulated yet" in client.get(url("plan_publish", plan)).content
    answer = client.post(url("plan_simulate", plan), days(now))
    run = latest(plan)
    assert (answer.status_code, answer["Location"]) == (302, f"{url('plan_simulate', plan)}?run={run.pk}")
    assert (run.total, run.asked_by, run.finished_at is not None) == (3, cast.owner, True)
    page = client.get(answer["Location"]).content.decode()
    assert "3 would have been offered the same" in page
    assert "exactly what was really offered in 3 of 3 cases" in page
    assert cases[0].number not in page, "nothing differs"
    assert b"This very content was simulated on 3 cases" in client.get(url("plan_publish", plan)).content


def test_differences_lead_to_their_cases(client, plan, file_case, cast, now):
    case = file_case()
    content = content_of(plan.draft).with_options(COUPONLESS)
    save_draft(plan=plan, content=content, actor=cast.owner, now=now)
    client.force_login(cast.owner)
    page = client.post(url("plan_simulate", plan), days(now), follow=True).content.decode()
    assert "Not enough history" in page
    assert latest(plan).result["counts"]["changed"] == 1
    assert case.number not in page, "it has not ended: nothing to compare"


def test_a_changed_draft_is_said(client, plan, file_case, cast, now):
    file_case()
    ask(plan=plan, begin=now - DAY, end=now + DAY, actor=cast.owner, now=now)
    content = content_of(plan.draft).with_options(COUPONLESS)
    save_draft(plan=plan, content=content, actor=cast.owner, now=now)
    client.force_login(cast.owner)
    assert "changed since" in client.get(url("plan_simulate", plan)).content.decode()
    assert "what the draft said before" in client.get(url("plan_publish", plan)).content.decode()


def test_no_cases_in_the_range(client, plan, cast, now):
    client.force_login(cast.owner)
    page = client.post(url("plan_simulate", plan), days(now), follow=True).content.decode()
    assert "No cases in these days" in page


@pytest.mark.parametrize(
    "more", [{"first": ""}, {"first": "2020-01-01"}, {"last": "2020-01-01"}, {"first": "9999-99-99"}]
)
def test_what_is_no_range_is_refused(client, plan, cast, now, more):
    client.force_login(cast.owner)
    answer = client.post(url("plan_simulate", plan), days(now) | more)
    assert (answer.status_code, Rehearsal.objects.count()) == (422, 0)


def test_one_that_runs_goes_on_by_itself(client, plan, cast, now):
    run = ask(plan=plan, begin=now - DAY, end=now + DAY, actor=cast.owner, now=now)
    Rehearsal.objects.filter(pk=run.pk).update(finished_at=None, result={}, done=40, total=100)
    client.force_login(cast.owner)
    page = client.get(url("plan_simulate", plan)).content.decode()
    assert '<progress value="40" max="100"' in page
    assert 'hx-trigger="every 2s"' in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert "A simulation is running" in client.get(url("plan_publish", plan)).content.decode()


def test_who_may(client, plan, cast, now):
    ask(plan=plan, begin=now - DAY, end=now + DAY, actor=cast.owner, now=now)
    for person, read, begin in [
        (cast.agent, 200, 302),
        (cast.finance, 200, 403),
        (cast.platform, 200, 403),
        (cast.rival, 404, 404),
        (cast.buyer, 404, 404),
    ]:
        client.force_login(person)
        assert client.get(url("plan_simulate", plan)).status_code == read
        assert client.post(url("plan_simulate", plan), days(now)).status_code == begin
    client.force_login(cast.owner)
    assert client.get(url("plan_simulate", plan) + "?run=x").status_code == 404
    assert client.get(url("plan_simulate", plan) + "?run=999999").status_code == 404
