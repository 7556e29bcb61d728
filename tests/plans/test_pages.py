"""The plan and coupon pages: each role, each button, errors that keep what was typed."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from merchants.coupons.models import CouponTemplate
from merchants.coupons.services import issue
from merchants.models import MerchantMember
from merchants.plans.content import OptionContent, content_of
from merchants.plans.models import Plan
from merchants.plans.services import start_draft
from merchants.plans.starters import STARTERS
from tests.makers import make_shop, make_user
from tests.plans.makers import CONTENT, FULL_BACK, NOW, PART, make_coupon, make_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(cast):
    return make_plan(cast.shop, actor=cast.owner, name="Faults", types=("quality_visible",))


@pytest.fixture
def draft(cast):
    return make_plan(cast.shop, actor=cast.owner, name="Sizes", live=False)


def url(name, *args):
    return reverse(f"dashboard:{name}", args=args)


def typed(plan, **changes):
    """What a browser posts from the editor, unchanged but for `changes`."""
    content = content_of(plan.draft)
    data = {
        "name": plan.name,
        "types": list(content.types),
        "reasons": list(content.reasons),
        "stages": list(content.stages),
        "categories": "",
        "currency": content.currency,
        "script_en": content.script_en,
        "script_zh": content.script_zh,
        "expires_hours": content.expires_hours,
        "seen": content.fingerprint,
        "do": "save",
    }
    for number, option in enumerate(content.options, 1):
        data[f"option_{number}_kind"] = option.kind
        data[f"option_{number}_percent"] = option.percent or ""
    return {name: value for name, value in (data | changes).items() if value is not None}


# page, and what each may do there: owner, agent, finance, rival, outsider, platform's people
ACCESS = [
    ("plans", (200, 200, 200, 200, 404, 404)),
    ("plan_new", (200, 200, 200, 200, 404, 404)),
    ("plan", (200, 200, 200, 404, 404, 200)),
    ("plan_edit", (200, 200, 403, 404, 404, 403)),
    ("plan_publish", (200, 200, 200, 404, 404, 200)),
    ("plan_history", (200, 200, 200, 404, 404, 200)),
    ("plan_simulate", (200, 200, 200, 404, 404, 200)),
    ("plan_limits", (200, 200, 200, 404, 404, 200)),
    ("coupons", (200, 200, 200, 200, 404, 404)),
    ("coupon_new", (200, 200, 403, 200, 404, 404)),
    ("coupon_edit", (200, 200, 403, 404, 404, 403)),
    ("coupon_version", (200, 200, 403, 404, 404, 403)),
    ("coupon_budget", (200, 403, 403, 404, 404, 403)),
    ("coupons_budget", (200, 403, 403, 200, 404, 404)),
    ("coupon_statement", (200, 200, 200, 200, 404, 404)),
    ("coupon_moves", (200, 200, 200, 200, 404, 404)),
]


@pytest.mark.parametrize(("page", "answers"), ACCESS)
def test_who_sees_which_page(client, cast, plan, page, answers):
    start_draft(plan=plan, actor=cast.owner, now=NOW)
    one = make_coupon(cast.shop) if page in {"coupon_edit", "coupon_version", "coupon_budget"} else plan
    bare = {"plans", "plan_new", "coupons", "coupon_new", "coupons_budget", "coupon_statement", "coupon_moves"}
    args = [] if page in bare else [one.pk]
    people = (cast.owner, cast.agent, cast.finance, cast.rival, cast.outsider, cast.platform)
    got = []
    for person in people:
        client.force_login(person)
        got.append(client.get(url(page, *args)).status_code)
    assert tuple(got) == answers


def test_strangers_are_asked_to_sign_in(client, plan):
    for page, args in [("plans", []), ("plan", [plan.pk]), ("plan_edit", [plan.pk]), ("coupons", [])]:
        assert client.get(url(page, *args)).status_code == 302


# button, and what it answers to: owner, agent, finance, rival
BUTTONS = [
    ("plan_begin", (302, 302, 403, 404)),
    ("plan_pause", (302, 403, 403, 404)),
    ("plan_discard", (302, 302, 403, 404)),
    ("plan_publish", (302, 403, 403, 404)),
    ("plan_limits", (422, 403, 403, 404)),
    ("coupon_stop", (302, 403, 403, 404)),
    ("coupon_resume", (302, 403, 403, 404)),
]


@pytest.mark.parametrize(("button", "answers"), BUTTONS)
@pytest.mark.parametrize("who", [0, 1, 2, 3])
def test_who_may_press_which_button(client, cast, plan, button, answers, who):
    person = (cast.owner, cast.agent, cast.finance, cast.rival)[who]
    if button not in {"plan_begin", "plan_pause"}:
        start_draft(plan=plan, actor=cast.owner, now=NOW)
    one = make_coupon(cast.shop) if button.startswith("coupon") else plan
    before = list(Plan.objects.values()), list(CouponTemplate.objects.values())
    client.force_login(person)
    assert client.post(url(button, one.pk)).status_code == answers[who]
    if answers[who] != 302:
        assert (list(Plan.objects.values()), list(CouponTemplate.objects.values())) == before


def test_buttons_that_a_role_may_not_press_say_why(client, cast, plan):
    client.force_login(cast.finance)
    said = client.get(url("plan", plan.pk)).content.decode()
    assert "Your role may read plans, not change them." in said
    assert re.search(r"<button[^>]*disabled>[^<]*<svg.*?</svg>Pause", said, re.DOTALL)
    assert "Your role may read plans" in client.get(url("plans")).content.decode()
    client.force_login(cast.agent)
    assert "Only the shop's owner and managers" in client.get(url("plan", plan.pk)).content.decode()


def test_from_template_to_live_in_four_clicks(client, cast):
    make_coupon(cast.shop)
    client.force_login(cast.owner)
    assert client.get(url("plan_new")).content.decode().count("Begin with this") == len(STARTERS)
    there = client.post(url("plan_new"), {"starter": "visible-quality"})
    plan = Plan.objects.get()
    assert there["Location"] == url("plan_edit", plan.pk)
    there = client.post(
        url("plan_edit", plan.pk), typed(plan, do="publish", option_2_coupon=CouponTemplate.objects.get().pk)
    )
    assert there["Location"] == url("plan_publish", plan.pk)
    shown = client.get(there["Location"]).content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', shown)[1]
    client.post(url("plan_publish", plan.pk), {"seen": seen})
    plan.refresh_from_db()
    assert (plan.state, plan.live.number) == ("live", 1)


@pytest.mark.parametrize("starter", STARTERS, ids=lambda s: s.slug)
@pytest.mark.parametrize("coupon", [True, False])
def test_every_template_can_be_published_as_it_is(client, cast, starter, coupon):
    if coupon:
        make_coupon(cast.shop)
    client.force_login(cast.owner)
    client.post(url("plan_new"), {"starter": starter.slug})
    plan = Plan.objects.get()
    client.post(url("plan_publish", plan.pk), {"seen": content_of(plan.draft).fingerprint})
    plan.refresh_from_db()
    assert plan.state == "live"


def test_saving_keeps_what_is_meant(client, cast, draft):
    client.force_login(cast.owner)
    coupon = make_coupon(cast.shop)
    changes = {
        "types": ["wrong_item"],
        "categories": "Shirts, 鞋子，Shirts",
        "value_to": "99.90",
        "days_to": "7",
        "option_1_amount": "",
        "option_2_kind": "coupon",
        "option_2_percent": "45",
        "option_2_coupon": coupon.pk,
        "name": "Wrong ones",
    }
    assert client.post(url("plan_edit", draft.pk), typed(draft, **changes)).status_code == 302
    draft.refresh_from_db()
    said = content_of(draft.draft)
    assert (draft.name, said.types, said.categories) == ("Wrong ones", ("wrong_item",), ("Shirts", "鞋子"))
    assert (said.value_to, said.days_to) == (Decimal("99.9"), 7)
    assert said.options == (PART, OptionContent("coupon", coupon=coupon))


def test_rows_are_added_moved_and_removed_one_press_each(client, cast, draft):
    client.force_login(cast.owner)

    def press(do):
        plan = Plan.objects.get(pk=draft.pk)
        answer = client.post(url("plan_edit", draft.pk), typed(plan, do=do))
        assert answer.status_code == 302
        assert answer["Location"].endswith("#then")
        return [o.kind for o in Plan.objects.get(pk=draft.pk).draft.options.all()]

    assert press("add") == ["partial_refund_keep", "full_refund_with_return", "partial_refund_keep"]
    assert press("up-2") == ["full_refund_with_return", "partial_refund_keep", "partial_refund_keep"]
    assert press("down-1") == ["partial_refund_keep", "full_refund_with_return", "partial_refund_keep"]
    assert press("drop-1") == ["full_refund_with_return", "partial_refund_keep"]
    assert press("up-1") == ["full_refund_with_return", "partial_refund_keep"]
    for _ in range(5):
        press("add")
    assert len(press("add")) == 5


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"script_en": "Hello {customer}"}, "{customer} is not a variable"),
        ({"script_zh": "请先删除差评"}, "must not ask for a review"),
        ({"option_1_percent": ""}, "either a percentage or a fixed amount"),
        ({"option_1_percent": "abc"}, "Enter a number"),
        ({"option_2_kind": "coupon", "option_2_coupon": "999999"}, "Select a valid choice"),
        ({"value_from": "10", "value_to": "5"}, "upper bound is below"),
        ({"expires_hours": "3"}, "greater than or equal to 24"),
        ({"types": ["nonsense"]}, "Select a valid choice"),
        ({"name": ""}, "This field is required"),
        ({"do": "add", "option_1_percent": "nine"}, "Enter a number"),
    ],
)
def test_errors_keep_what_was_typed(client, cast, draft, changes, words):
    client.force_login(cast.owner)
    before = content_of(draft.draft)
    answer = client.post(url("plan_edit", draft.pk), typed(draft, **{"script_zh": "这是我写的话"} | changes))
    said = answer.content.decode()
    assert answer.status_code == 422
    assert words in said
    assert changes.get("script_zh", "这是我写的话") in said
    assert "<title>Error:" in said
    assert content_of(Plan.objects.get().draft) == before


def test_another_shops_coupon_cannot_be_chosen(client, cast, draft):
    client.force_login(cast.owner)
    theirs = make_coupon(cast.rival_shop)
    data = typed(draft, option_2_kind="coupon", option_2_coupon=theirs.pk)
    assert client.post(url("plan_edit", draft.pk), data).status_code == 422


def test_a_colleagues_edit_is_not_overwritten_unknowingly(client, cast, draft):
    client.force_login(cast.owner)
    mine, theirs = typed(draft, script_en="Mine"), typed(draft, script_en="Theirs")
    assert client.post(url("plan_edit", draft.pk), theirs).status_code == 302
    answer = client.post(url("plan_edit", draft.pk), mine)
    said = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody else changed this draft meanwhile" in said
    assert "Mine" in said
    assert Plan.objects.get().draft.script_en == "Theirs"
    seen = re.search(r'name="seen" value="(\w+)"', said)[1]
    assert client.post(url("plan_edit", draft.pk), mine | {"seen": seen}).status_code == 302
    assert Plan.objects.get().draft.script_en == "Mine"


def test_what_was_confirmed_is_what_is_published(client, cast, draft):
    client.force_login(cast.owner)
    answer = client.post(url("plan_publish", draft.pk), {"seen": "0" * 16}, follow=True)
    assert "Somebody else changed this draft meanwhile" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_an_unfair_plan_is_not_published_and_told_why(client, cast):
    option = OptionContent("coupon", coupon=make_coupon(cast.shop))
    plan = make_plan(cast.shop, actor=cast.owner, live=False, options=(option,))
    client.force_login(cast.owner)
    answer = client.post(url("plan_publish", plan.pk), {"seen": content_of(plan.draft).fingerprint})
    assert answer.status_code == 422
    assert "Add a cash option or a full refund beside the coupon" in answer.content.decode()
    plan.refresh_from_db()
    assert plan.state == "draft"


def test_the_preview_speaks_both_languages_and_saves_nothing(client, cast, draft):
    client.force_login(cast.owner)
    data = typed(draft, script_en="Dear {buyer}, {amount}", sample="200")
    said = client.post(url("plan_preview", draft.pk), data).content.decode()
    assert "Dear Lin, ¥200.00" in said
    assert said.count("¥60.00") >= 4
    assert 'lang="zh-Hans"' in said
    assert Plan.objects.get().draft.script_en == CONTENT.script_en
    assert client.post(url("plan_preview", draft.pk), data | {"option_1_percent": "x"}).status_code == 204
    client.force_login(cast.rival)
    assert client.post(url("plan_preview", draft.pk), data).status_code == 404


def test_history_says_what_changed_and_goes_back(client, cast, plan):
    client.force_login(cast.owner)
    client.post(url("plan_begin", plan.pk))
    plan.refresh_from_db()
    client.post(url("plan_edit", plan.pk), typed(plan, script_en="Another text", types=["wrong_item"]))
    plan.refresh_from_db()
    client.post(url("plan_publish", plan.pk), {"seen": content_of(plan.draft).fingerprint})
    said = client.get(url("plan_history", plan.pk)).content.decode()
    assert re.search(r"<del[^>]*>Visible quality problem</del>.*<ins[^>]*>Wrong item</ins>", said, re.DOTALL)
    assert "Another text" in said
    client.post(url("plan_begin", plan.pk), {"version": "1"})
    plan.refresh_from_db()
    assert plan.draft.number == 3
    assert content_of(plan.draft).types == ("quality_visible",)
    assert client.post(url("plan_begin", plan.pk), {"version": "77"}).status_code == 404


def test_overlapping_plans_are_named_with_the_winner(client, cast, plan):
    make_plan(cast.shop, actor=cast.owner, name="Received faults", types=("quality_visible",), stages=("received",))
    make_plan(cast.shop, actor=cast.owner, name="Elsewhere", types=("wrong_item",))
    make_plan(cast.shop, actor=cast.owner, name="Younger twin", types=("quality_visible",))
    client.force_login(cast.owner)
    said = client.get(url("plan", plan.pk)).content.decode()
    assert "Received faults" in said
    assert "“Received faults”, too: it answers them, because it is more specific" in said
    assert "“Younger twin” never answers while this plan is live" in said
    assert "Elsewhere" not in said
    twin = Plan.objects.get(name="Younger twin")
    assert (
        "This plan never answers: “Faults” fits all of its cases" in client.get(url("plan", twin.pk)).content.decode()
    )


@pytest.mark.parametrize("page", ["plans", "coupons"])
def test_queries_do_not_grow_with_rows(client, cast, page, django_assert_max_num_queries):
    client.force_login(cast.owner)

    def grow(n):
        for k in range(n):
            coupon = make_coupon(cast.shop, name=f"Coupon {k}")
            make_plan(cast.shop, actor=cast.owner, options=(PART, OptionContent("coupon", coupon=coupon), FULL_BACK))
            values = {"merchant_id": cast.shop.pk, "currency": "CNY", "amount": Decimal(5), "minimum_spend": Decimal(0)}
            issue(key=f"{CouponTemplate.objects.count()}-{k}", buyer_id=cast.buyer.pk, valid_days=9, now=NOW, **values)

    grow(1)
    with django_assert_max_num_queries(20) as one:
        client.get(url(page))
    grow(12)
    with django_assert_max_num_queries(20) as many:
        client.get(url(page))
    assert len(one) == len(many)


def test_a_person_of_several_shops_chooses_one(client, cast):
    second = make_shop()
    MerchantMember.objects.create(merchant=second, user=cast.owner, role="agent")
    make_plan(second, name="Of the second shop")
    client.force_login(cast.owner)
    assert "Of the second shop" not in client.get(url("plans") + f"?shop={cast.shop.ref}").content.decode()
    assert "Of the second shop" in client.get(url("plans") + f"?shop={second.ref}").content.decode()
    assert "Of the second shop" in client.get(url("plans")).content.decode()
    assert client.get(url("plans") + f"?shop={cast.rival_shop.ref}").status_code == 404


def test_platform_staff_look_at_a_shop_but_change_nothing(client, cast, plan):
    client.force_login(cast.platform)
    said = client.get(url("plans") + f"?shop={cast.shop.ref}").content.decode()
    assert "Faults" in said
    assert "Your role may read plans" in said
    assert client.post(url("plan_pause", plan.pk)).status_code == 403


def test_making_and_changing_a_coupon(client, cast):
    client.force_login(cast.owner)
    data = {"name": "Ten", "currency": "CNY", "amount": "10", "minimum_spend": "0", "valid_days": "90"}
    assert client.post(url("coupon_new"), data | {"amount": "0.001"}).status_code == 422
    assert client.post(url("coupon_new"), data).status_code == 302
    coupon = CouponTemplate.objects.get()
    assert client.post(url("coupon_edit", coupon.pk), data | {"amount": "12.50"}).status_code == 302
    coupon.refresh_from_db()
    assert (coupon.amount, coupon.merchant) == (Decimal("12.5"), cast.shop)


def test_a_promised_coupon_keeps_its_worth_but_not_its_name(client, cast):
    coupon = make_coupon(cast.shop)
    make_plan(cast.shop, actor=cast.owner, options=(PART, OptionContent("coupon", coupon=coupon)))
    client.force_login(cast.owner)
    assert "A published plan promises this coupon" in client.get(url("coupon_edit", coupon.pk)).content.decode()
    data = {"name": "Renamed", "currency": "USD", "amount": "99", "minimum_spend": "1", "valid_days": "8"}
    assert client.post(url("coupon_edit", coupon.pk), data).status_code == 302
    coupon.refresh_from_db()
    assert (coupon.name, coupon.amount, coupon.currency) == ("Renamed", Decimal(10), "CNY")


def test_a_stopped_coupon_says_so(client, cast):
    coupon = make_coupon(cast.shop)
    client.force_login(cast.owner)
    client.post(url("coupon_stop", coupon.pk))
    assert "Stopped" in client.get(url("coupons")).content.decode()
    client.post(url("coupon_resume", coupon.pk))
    coupon.refresh_from_db()
    assert coupon.active


def test_issued_coupons_by_state(client, cast):
    values = {"currency": "CNY", "amount": Decimal(5), "minimum_spend": Decimal(0), "valid_days": 9, "now": NOW}
    first = issue(key="a", merchant_id=cast.shop.pk, buyer_id=cast.buyer.pk, **values)
    used = issue(key="b", merchant_id=cast.shop.pk, buyer_id=cast.buyer.pk, **values)
    theirs = issue(key="c", merchant_id=cast.rival_shop.pk, buyer_id=make_user().pk, **values)
    type(used).objects.filter(pk=used.pk).update(state="redeemed", redeemed_at=NOW + timedelta(days=1))
    client.force_login(cast.owner)
    everything = client.get(url("coupons")).content.decode()
    redeemed = client.get(url("coupons") + "?state=redeemed").content.decode()
    assert first.readable_code in everything
    assert theirs.readable_code not in everything
    assert first.readable_code not in redeemed
    assert used.readable_code in redeemed
    assert "No coupon is in this state" in client.get(url("coupons") + "?state=revoked").content.decode()
