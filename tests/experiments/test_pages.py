"""The pages of experiments and of what was kept: who sees them, what they refuse, that their numbers open lists."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from aftersales.disputes.services import negotiation
from merchants.experiments.models import Experiment
from portal.market.run import finish
from tests.experiments.makers import tried
from tests.experiments.test_running import file_as
from tests.makers import make_user
from tests.plans.makers import make_plan

pytestmark = pytest.mark.django_db


def url(name, *args):
    return reverse(f"dashboard:{name}", args=args)


# page, and what it answers to: nobody, owner, agent, finance, rival, outsider, buyer, platform's people
ACCESS = [
    ("experiment_new", (302, 200, 403, 403, 404, 404, 404, 403)),
    ("experiment", (302, 200, 200, 200, 404, 404, 404, 200)),
    ("experiment_promote", (302, 200, 403, 403, 404, 404, 404, 403)),
    ("results", (302, 200, 200, 200, 200, 404, 404, 404)),
    ("results_csv", (302, 200, 200, 200, 200, 404, 404, 404)),
    ("result_cases", (302, 200, 200, 200, 200, 404, 404, 404)),
    ("result_cases_csv", (302, 200, 200, 200, 200, 404, 404, 404)),
]


@pytest.mark.parametrize(("page", "answers"), ACCESS)
def test_who_sees_which_page(page, answers, cast, client, now):
    experiment = tried(cast, now)
    args = {
        "experiment_new": [experiment.plan_id],
        "experiment": [experiment.pk],
        "experiment_promote": [experiment.pk, 2],
    }.get(page, [])
    got = []
    people = (None, cast.owner, cast.agent, cast.finance, cast.rival, cast.outsider, cast.buyer, cast.platform)
    for person in people:
        client.logout()
        if person:
            client.force_login(person)
        got.append(client.get(url(page, *args) + "?of=kept").status_code)
    assert tuple(got) == answers


@pytest.mark.parametrize(("button", "args"), [("experiment_stop", []), ("experiment_promote", [2])])
@pytest.mark.parametrize(("who", "answer"), [("owner", 302), ("agent", 403), ("rival", 404), ("platform", 403)])
def test_who_may_press_which_button(button, args, who, answer, cast, client, now):
    experiment = tried(cast, now)
    client.force_login(getattr(cast, who))
    assert client.post(url(button, experiment.pk, *args)).status_code == answer
    assert (Experiment.objects.get().state == "running") == (answer != 302)


def test_from_a_plan_to_a_winner(cast, client, now):
    plan = make_plan(cast.shop, actor=cast.owner)
    client.force_login(cast.owner)
    asked = {f"share_{plan.live_id}": "70", "holdout": "20", "least_share": "10", "name": "Holdout"}
    refused = client.post(url("experiment_new", plan.pk), asked)
    assert refused.status_code == 422
    assert "must sum to 100" in refused.content.decode()
    begun = client.post(url("experiment_new", plan.pk), asked | {f"share_{plan.live_id}": "80"})
    experiment = Experiment.objects.get()
    assert begun.url == url("experiment", experiment.pk)
    file_as(make_user("buyer"), cast, now)
    shown = client.get(begun.url).content.decode()
    assert "The ordinary process (holdout)" in shown
    assert "too early to say" in shown or "—" in shown
    assert client.post(url("experiment_stop", experiment.pk)).status_code == 302
    again = client.post(url("experiment_stop", experiment.pk), follow=True).content.decode()
    assert "This experiment has ended." in again


@pytest.mark.parametrize("share", ["", "x", "-1", "101", "1e9", "50.5"])
def test_nonsense_in_the_form(share, cast, client):
    plan = make_plan(cast.shop, actor=cast.owner)
    client.force_login(cast.owner)
    asked = {f"share_{plan.live_id}": share, "holdout": "20", "least_share": "10", "name": "Nonsense"}
    assert client.post(url("experiment_new", plan.pk), asked).status_code == 422
    assert not Experiment.objects.exists()


def test_a_draft_alone_cannot_be_tried(cast, client):
    plan = make_plan(cast.shop, actor=cast.owner, live=False)
    client.force_login(cast.owner)
    assert client.get(url("experiment_new", plan.pk)).status_code == 404


@pytest.fixture
def some(file_case, cast, now):
    make_plan(cast.shop, actor=cast.owner, name="Faults")
    for price in ("100.00", "80.00"):
        case = file_case(price=price)
        offer = case.offers.get(by_role="merchant", position=1)
        negotiation.accept_offer(dispute=case, actor=cast.buyer, now=now, offer=offer)
    file_case()
    finish(now)


def test_every_number_opens_as_many_cases_as_it_says(some, cast, client):
    client.force_login(cast.owner)
    page = client.get(url("results")).content.decode()
    assert "Faults" in page
    links = set(re.findall(r'href="(/merchant/plans/results/cases/\?[^"]*)">(?:<strong>)?(\d+)', page))
    assert len(links) >= 10
    for link, number in links:
        listed = client.get(link.replace("&amp;", "&")).content.decode()
        assert len(re.findall(r'class="main code"', listed)) == int(number), link
        rows = client.get(link.replace("&amp;", "&").replace("/cases/?", "/cases.csv?"))
        text = b"".join(rows.streaming_content).decode("utf-8-sig")
        assert len(list(csv.reader(io.StringIO(text)))) == int(number) + 1


@pytest.mark.parametrize("by", ["plan", "version", "option", "reason", "category", "tier", "week", "nonsense"])
def test_the_file_has_the_same_total(by, some, cast, client):
    client.force_login(cast.owner)
    text = b"".join(client.get(url("results_csv") + f"?by={by}").streaming_content).decode("utf-8-sig")
    head, *rows, whole = list(csv.reader(io.StringIO(text)))
    for column in (1, 2, 3, 4, 5):
        assert sum(int(row[column]) for row in rows) == int(whole[column]), head[column]
    assert f"{sum(float(row[-2]) for row in rows):.2f}" == whole[-2] == "126.00"


@pytest.mark.parametrize("query", ["", "?of=", "?of=nonsense"])
def test_there_is_no_list_of_nonsense(query, cast, client):
    client.force_login(cast.owner)
    assert client.get(url("result_cases") + query).status_code == 404


def test_nonsense_elsewhere_falls_back(some, cast, client):
    client.force_login(cast.owner)
    query = "?of=kept&page=99999999&days=-3&currency=x&by=%27;--&key=%00x"
    assert client.get(url("results") + "?days=x&currency=%27&by=%27").status_code == 200
    assert client.get(url("result_cases") + query.replace("%00", "")).status_code == 200
    assert client.get(url("result_cases") + query).status_code in {200, 400, 404}


def test_as_many_queries_for_many_cases(some, file_case, cast, client, now, django_assert_num_queries):
    experiment = tried(cast, now - timedelta(hours=1))
    client.force_login(cast.owner)
    for page in (url("results"), url("result_cases") + "?of=requests", url("experiment", experiment.pk)):
        client.get(page)
        with CaptureQueriesContext(connection) as few:
            client.get(page)
        for _n in range(6):
            file_case()
        with django_assert_num_queries(len(few)):
            client.get(page)
