"""Buyers write about an order: the shop's plan answers a recognised problem at once, a wrong guess costs one tap."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aftersales.buyers.models import Draft
from aftersales.conversations.models import Conversation, Remark
from aftersales.conversations.services import (
    NothingToTakeBack,
    Wordless,
    send_plan,
    suggestion,
    sure_from,
    take_back,
    write,
)
from aftersales.disputes.models import Dispute
from aftersales.recognition.groups import Group
from portal.notices.models import Notice
from tests.disputes.test_races import at_once
from tests.plans.makers import make_plan

pytestmark = pytest.mark.django_db
BROKEN = "杯子碎了，外包装也压扁了"
UNSURE = "这个怎么坏了的"
ASKING = "有优惠券吗"


@pytest.fixture
def order(buy):
    return buy("100.00")


@pytest.fixture
def plan(cast):
    return make_plan(cast.shop, actor=cast.owner, name="Breakage", types=("arrived_damaged",))


def say(order, cast, now, body=BROKEN, who="buyer"):
    return write(order=order, actor=getattr(cast, who), now=now, body=body)


def answers():
    return Remark.objects.filter(answers__isnull=False)


def test_a_recognised_problem_is_answered_at_once_with_the_plans_options(order, plan, cast, now):
    remark = say(order, cast, now)
    assert remark.group == Group.DAMAGED
    answer = answers().get()
    assert (answer.answers, answer.version, answer.speaker, answer.author) == (remark, plan.live, "merchant", None)
    assert cast.buyer.display_name in answer.body
    assert answer.options == [
        {"kind": "partial_refund_keep", "cash": "30.00", "coupon": ""},
        {"kind": "full_refund_with_return", "cash": "100.00", "coupon": ""},
    ]
    assert not Conversation.objects.get().unanswered
    assert not Notice.objects.filter(kind="buyer_wrote").exists(), "nobody of the shop is called for it"


def test_what_a_plan_says_here_is_what_the_case_then_offers(order, plan, cast, client, now):
    remark = say(order, cast, now)
    client.force_login(cast.buyer)
    begun = client.get(f"/orders/{order.number}/dispute/?message={remark.pk}")
    assert begun.status_code == 302
    draft = Draft.objects.get(order=order)
    assert (draft.answers["what"], draft.answers["statement"]) == ("damaged", BROKEN)
    assert begun.url.endswith("/dispute/wish/"), "what happened is known already"
    client.post(begun.url, {"wants": "full_refund_with_return"})
    client.post(f"/orders/{order.number}/dispute/check/", {"check": "1"})
    case = Dispute.objects.get(order=order)
    offered = [(o.kind, o.cash) for o in case.offers.filter(by_role="merchant")]
    assert offered == [(o["kind"], Decimal(o["cash"])) for o in answers().get().options]


def test_once_a_day_and_only_problems(order, plan, cast, now):
    say(order, cast, now, ASKING)
    assert answers().count() == 0
    say(order, cast, now)
    say(order, cast, now + timedelta(hours=2), "杯子碎了，怎么办")
    assert answers().count() == 1
    assert Conversation.objects.get().unanswered, "the second one waits for a person"
    say(order, cast, now + timedelta(hours=25))
    assert answers().count() == 2


@pytest.mark.parametrize("prices", [("100.00", "50.00")])
def test_with_several_items_a_person_asks_which(prices, buy, plan, cast, now):
    say(buy(*prices), cast, now)
    assert answers().count() == 0


def test_with_an_open_case_the_plan_keeps_still(file_case, plan, cast, now):
    case = file_case()
    say(type(case.order).objects.get(pk=case.order_id), cast, now)
    assert answers().count() == 0


def test_below_the_confidence_an_agent_gets_a_suggestion(order, plan, cast, now):
    unsure = say(order, cast, now, UNSURE)
    assert answers().count() == 0
    assert unsure.group == Group.DAMAGED
    assert suggestion(unsure, order, now=now).version == plan.live
    assert Notice.objects.filter(kind="buyer_wrote", user=cast.agent).count() == 1
    with pytest.raises(PermissionDenied):
        send_plan(remark=unsure, actor=cast.rival, now=now)
    sent = send_plan(remark=unsure, actor=cast.agent, now=now)
    assert (sent.answers, sent.author) == (unsure, cast.agent)
    assert send_plan(remark=unsure, actor=cast.agent, now=now) is None
    assert not Conversation.objects.get().unanswered


def test_no_plan_no_answer(order, cast, now):
    remark = say(order, cast, now)
    assert answers().count() == 0
    assert suggestion(remark, order, now=now) is None
    assert Conversation.objects.get().unanswered


def test_a_wrong_guess_costs_one_tap_and_is_learned_from(order, plan, cast, now):
    say(order, cast, now)
    before = sure_from(cast.shop.pk, Group.DAMAGED, now=now)
    answer = answers().get()
    with pytest.raises(PermissionDenied):
        take_back(remark=answer, actor=cast.owner, now=now)
    assert take_back(remark=answer, actor=cast.buyer, now=now).taken_back_at == now
    assert Conversation.objects.get().unanswered
    assert sure_from(cast.shop.pk, Group.DAMAGED, now=now) > before
    assert sure_from(cast.shop.pk, Group.WRONG_ITEM, now=now) == before
    assert sure_from(cast.rival_shop.pk, Group.DAMAGED, now=now) == before
    assert sure_from(cast.shop.pk, Group.DAMAGED, now=now + timedelta(days=91)) == before
    with pytest.raises(NothingToTakeBack):
        take_back(remark=answer, actor=cast.buyer, now=now)


@pytest.mark.parametrize("body", ["", "   ", "\n", "x" * 2001])
def test_empty_or_endless_is_refused(body, order, cast, now):
    with pytest.raises(Wordless):
        say(order, cast, now, body)
    assert not Conversation.objects.exists()


@pytest.mark.parametrize("body", ["\0碎了", "<script>alert(1)</script>", "{buyer}", "🙂" * 500, "a" * 2000])
def test_odd_words_are_just_words(body, order, plan, cast, client, now):
    say(order, cast, now, body)
    client.force_login(cast.buyer)
    page = client.get(f"/orders/{order.number}/talk/")
    assert page.status_code == 200
    assert "<script>alert" not in page.content.decode()


def test_only_buyer_and_shop_write(order, cast, now):
    for who in ("rival", "outsider", "finance", "platform", "arbitrator"):
        with pytest.raises(PermissionDenied):
            say(order, cast, now, "Hello", who)
    say(order, cast, now, "Hello", "agent")
    assert Notice.objects.filter(kind="shop_wrote", user=cast.buyer).count() == 1


# page, and what it answers to: nobody, buyer, owner, agent, finance, rival, outsider, platform's people
ACCESS = [
    ("/orders/{order}/talk/", (302, 200, 404, 404, 404, 404, 404, 404)),
    ("/merchant/messages/", (302, 404, 200, 200, 200, 200, 404, 404)),
    ("/merchant/messages/{talk}/", (302, 404, 200, 200, 200, 404, 404, 200)),
]


@pytest.mark.parametrize(("path", "expected"), ACCESS)
def test_who_sees_which_page(path, expected, order, plan, cast, client, now):
    talk = say(order, cast, now).conversation_id
    people = (None, cast.buyer, cast.owner, cast.agent, cast.finance, cast.rival, cast.outsider, cast.platform)
    got = []
    for person in people:
        client.logout()
        if person:
            client.force_login(person)
        got.append(client.get(path.format(order=order.number, talk=talk)).status_code)
    assert tuple(got) == expected


def test_buttons_are_for_their_side(order, plan, cast, client, now):
    remark = say(order, cast, now)
    back = f"/orders/{order.number}/talk/{answers().get().pk}/take-back/"
    plan_url = f"/merchant/messages/{remark.conversation_id}/plan/{remark.pk}/"
    for person, taken, sent in ((cast.rival, 404, 404), (cast.finance, 404, 403), (cast.buyer, 302, 404)):
        client.force_login(person)
        assert client.post(plan_url).status_code == sent, person
        assert client.post(back).status_code == taken, person


def test_the_pages_say_what_happened(order, plan, cast, client, now):
    client.force_login(cast.buyer)
    url = f"/orders/{order.number}/talk/"
    assert client.post(url, {"body": " "}).status_code == 422
    assert client.post(url, {"body": BROKEN}).status_code == 302
    page = client.get(url).content.decode()
    assert "Automatic answer from the seller's plan" in page
    assert "¥30.00" in page
    assert "This is not what I meant" in page
    client.post(f"{url}{answers().get().pk}/take-back/")
    assert "Taken back" in client.get(url).content.decode()
    client.force_login(cast.agent)
    listed = client.get("/merchant/messages/").content.decode()
    assert "Waits for your answer" in listed
    thread = f"/merchant/messages/{Conversation.objects.get().pk}/"
    assert "Looks like: Arrived damaged" in client.get(thread).content.decode()
    assert client.post(thread, {"body": "We look into it."}).status_code == 302
    assert not Conversation.objects.get().unanswered


def test_as_many_queries_for_many_messages(order, plan, buy, cast, client, now, django_assert_num_queries):
    talk = say(order, cast, now).conversation_id
    for person, path in (
        (cast.buyer, f"/orders/{order.number}/talk/"),
        (cast.owner, f"/merchant/messages/{talk}/"),
        (cast.owner, "/merchant/messages/"),
    ):
        client.force_login(person)
        client.get(path)
        with CaptureQueriesContext(connection) as few:
            client.get(path)
        for _n in range(5):
            say(order, cast, now, "Hello", "agent")
            say(buy("10.00"), cast, now, "Hello")
        with django_assert_num_queries(len(few)):
            client.get(path)


@pytest.mark.parametrize("message", ["x", "-1", "9" * 30, "999999", ""])
def test_a_message_that_is_none_of_the_buyers_prefills_nothing(message, order, cast, client):
    client.force_login(cast.buyer)
    assert client.get(f"/orders/{order.number}/dispute/?message={message}").status_code == 302
    assert "statement" not in Draft.objects.get(order=order).answers


@pytest.mark.django_db(transaction=True)
def test_many_messages_at_once_are_answered_once(order, plan, cast, now):
    results = at_once(*[lambda: say(order, cast, now)] * 8)
    assert {type(result) for result in results} == {Remark}
    assert answers().count() == 1
    assert Conversation.objects.count() == 1
