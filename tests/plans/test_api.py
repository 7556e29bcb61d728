"""The plans API: the same verbs and rights as the pages."""

import json

import pytest

from merchants.plans.models import Plan
from tests.plans.makers import make_coupon, make_plan
from tests.rest.calls import ROOT, Caller, problem

pytestmark = pytest.mark.django_db

PART = {"kind": "partial_refund_keep", "percent": "30.00"}
BACK = {"kind": "full_refund_with_return"}
NEW = {
    "name": "Faults",
    "scene": {"types": ["quality_visible"], "value_to": "200.00", "stages": ["received"]},
    "script": {"en": "Sorry, {buyer}.", "zh": "{buyer}，抱歉。"},
    "options": [PART, BACK],
    "expires_hours": 48,
}
CASE = {
    "type": "quality_visible",
    "reason": "poor_material",
    "order_stage": "received",
    "categories": ["Shirts"],
    "value": "100.00",
    "currency": "CNY",
    "days": 2,
}


def patch(caller, path, data, **headers):
    return caller.client.patch(f"{ROOT}{path}", json.dumps(data), "application/json", headers=caller._headers(headers))


@pytest.fixture
def owner(cast):
    return Caller(cast.owner)


@pytest.fixture
def plan(cast):
    return make_plan(cast.shop, actor=cast.owner, name="Faults", types=("quality_visible",))


def test_create_publish_pause_resume(owner, cast):
    made = owner.post("/plans/", NEW)
    body = made.json()
    assert made.status_code == 201
    assert made["Location"] == f"{ROOT}/plans/{body['id']}/"
    assert (body["merchant"], body["state"], body["live"]) == (cast.shop.ref, "draft", None)
    assert body["draft"]["scene"]["value_to"] == "200.00"
    assert body["draft"]["options"][0] == {**PART, "amount": None, "coupon": None, "step": 1}
    path = f"/plans/{body['id']}"
    live = owner.post(f"{path}/publish/", if_match=made["ETag"]).json()
    assert (live["state"], live["live"]["number"], live["draft"]) == ("live", 1, None)
    assert owner.post(f"{path}/pause/").json()["state"] == "paused"
    problem(owner.post(f"{path}/pause/"), 409, "plan_moved")
    assert owner.post(f"{path}/resume/").json()["state"] == "live"
    problem(owner.post(f"{path}/publish/"), 409, "plan_moved")


def test_a_repeated_request_makes_one_plan(owner):
    first, again = owner.post("/plans/", NEW, key="k1"), owner.post("/plans/", NEW, key="k1")
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    assert Plan.objects.count() == 1


def test_a_change_is_a_new_draft(owner, plan):
    path = f"/plans/plan_{plan.pk}/"
    changed = patch(owner, path, {"script": {"en": "Hello."}, "options": [BACK], "scene": {"days_to": 7}})
    body = changed.json()
    assert changed.status_code == 200
    assert body["draft"]["number"] == 2
    assert body["draft"]["script"] == {"en": "Hello.", "zh": "{buyer}，非常抱歉。"}
    assert body["draft"]["scene"]["types"] == ["quality_visible"]
    assert body["draft"]["scene"]["days_to"] == 7
    assert [o["kind"] for o in body["live"]["options"]] == ["partial_refund_keep", "full_refund_with_return"]
    problem(patch(owner, path, {"name": "x"}, if_match='"0123456789abcdef"'), 409, "plan_moved")
    assert patch(owner, path, {"name": "x"}, if_match=changed["ETag"]).json()["name"] == "x"


def test_coupons_by_their_public_id(owner, cast):
    mine, theirs = make_coupon(cast.shop), make_coupon(cast.rival_shop)
    option = {"kind": "coupon", "coupon": f"coupon_template_{mine.pk}"}
    made = owner.post("/plans/", NEW | {"options": [PART, option]})
    assert made.json()["draft"]["options"][1]["coupon"] == option["coupon"]
    option = {"kind": "coupon", "coupon": f"coupon_template_{theirs.pk}"}
    refused = problem(owner.post("/plans/", NEW | {"options": [PART, option]}), 422, "coupon")
    assert list(refused["errors"]) == ["options.1.coupon"]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"script": {"en": "{x}", "zh": ""}}, "unknown_variable", "script_en"),
        ({"options": [{"kind": "partial_refund_keep"}]}, "percent_or_amount", "options.0.percent"),
        ({"scene": {"value_from": "2", "value_to": "1"}}, "band", "value_to"),
        ({"scene": {"types": ["nonsense"]}}, "invalid", "scene.types.0"),
        ({"options": [PART] * 6}, "invalid", "options"),
        ({"name": ""}, "invalid", "name"),
        ({"merchant": "nobody"}, "unknown_merchant", "merchant"),
    ],
)
def test_what_is_refused_and_where(owner, change, code, field):
    body = problem(owner.post("/plans/", NEW | change), 422, code)
    assert field in body["errors"]
    assert not Plan.objects.exists()


def test_an_unfair_plan_is_not_published(owner, cast):
    coupon = make_coupon(cast.shop)
    made = owner.post("/plans/", NEW | {"options": [{"kind": "coupon", "coupon": f"coupon_template_{coupon.pk}"}]})
    problem(owner.post(f"/plans/{made.json()['id']}/publish/"), 422, "cash_beside_coupon")
    assert Plan.objects.get().state == "draft"


def test_one_sample_case(owner, cast, plan):
    other = make_plan(cast.shop, actor=cast.owner, name="Everything", value_to=None)
    said = owner.post(f"/plans/plan_{other.pk}/simulate/", CASE, key="").json()
    assert (said["answers"], said["winner"]) == (False, f"plan_{plan.pk}")
    assert [o["cash"] for o in said["offers"]] == ["30.00", "100.00"]
    assert [row["plan"] for row in said["trace"]] == [f"plan_{plan.pk}", f"plan_{other.pk}"]
    missed = owner.post(f"/plans/plan_{plan.pk}/simulate/", CASE | {"type": "wrong_item"}).json()
    assert missed["trace"][1]["failed"] == ["type"]


# method, path, what owner, agent, finance, rival and buyer are answered
RIGHTS = [
    ("get", "", (200, 200, 200, 404, 404)),
    ("patch", "", (200, 200, 403, 404, 404)),
    ("post", "publish/", (200, 403, 403, 404, 404)),
    ("post", "pause/", (200, 403, 403, 404, 404)),
    ("post", "simulate/", (200, 200, 200, 404, 404)),
]


@pytest.mark.parametrize(("method", "tail", "answers"), RIGHTS)
def test_who_may_do_what(cast, plan, method, tail, answers):
    path = f"/plans/plan_{plan.pk}/{tail}"
    if tail == "publish/":
        patch(Caller(cast.owner), f"/plans/plan_{plan.pk}/", {"name": "Faults"})
    got = []
    for person in (cast.buyer, cast.rival, cast.finance, cast.agent, cast.owner):
        caller = Caller(person)
        if method == "patch":
            got.append(patch(caller, path, {"name": "y"}).status_code)
        else:
            got.append(getattr(caller, method)(path, CASE if tail == "simulate/" else None).status_code)
    assert tuple(reversed(got)) == answers


def test_lists_hold_only_what_is_theirs(cast, plan):
    make_plan(cast.rival_shop, name="Theirs")
    assert [p["name"] for p in Caller(cast.owner).get("/plans/").json()["results"]] == ["Faults"]
    assert Caller(cast.buyer).get("/plans/").json()["results"] == []
    assert len(Caller(cast.platform).get("/plans/").json()["results"]) == 2
    problem(Caller(cast.owner, scopes=["orders:read"]).get("/plans/"), 403, "scope_missing")


@pytest.mark.parametrize("id", ["plan_0", "plan_999999", "plan_x", "12", "offer_1"])
def test_ids_that_are_none(owner, id):
    problem(owner.get(f"/plans/{id}/"), 404, "not_found")


def test_queries_do_not_grow_with_plans(owner, cast, django_assert_max_num_queries):
    counts = []
    for more in (1, 10):
        for _ in range(more):
            make_plan(cast.shop, actor=cast.owner)
        with django_assert_max_num_queries(10) as seen:
            owner.get("/plans/")
        counts.append(len(seen))
    assert counts[0] == counts[1]
