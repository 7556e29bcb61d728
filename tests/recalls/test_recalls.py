"""Safety recalls: every buyer is told and chooses; silence keeps the right open; run twice is run once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aftersales.disputes import audit
from aftersales.disputes.codes import Role
from aftersales.disputes.errors import NotAllowed, RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.next_step import next_step
from aftersales.disputes.services import leaving, negotiation, recalling, return_leg
from aftersales.disputes.services.sweep import sweep
from aftersales.recalls.models import RecallCase
from aftersales.recalls.services import progress, serve, serve_later
from aftersales.remedies.models import RefundInstruction
from aftersales.remedies.services import run_due
from aftersales.returns.models import ReturnShipment
from portal.notices.models import Notice
from portal.outbox.services import drain
from tests.recalls.makers import opened, recalled

DAY = timedelta(days=1)


def settle(now):
    while run_due(now=now) + drain(now=now):
        pass


def test_every_buyer_is_told_once_however_often_it_runs(buy, cast, now):
    orders = [buy() for _n in range(5)]
    recall = opened(orders[0], cast, now)
    settle(now)
    assert {case.status for case in Dispute.objects.all()} == {"recalled"}
    assert RecallCase.objects.count() == 5
    assert serve(recall=recall, now=now) == 0
    assert Dispute.objects.count() == 5
    assert Notice.objects.filter(user=cast.buyer, kind="recall_opened").count() == 5
    assert Notice.objects.filter(user=cast.owner, kind="recall_opened_merchant").count() == 1
    recall.refresh_from_db()
    assert recall.served_at is not None
    assert progress(recall) == {"told": 5, "waiting": 5, "running": 0, "done": 0, "lapsed": 0}
    assert [*audit.findings()] == []


def test_an_order_that_comes_in_later_is_told_too(buy, cast, now):
    opened(buy(), cast, now)
    settle(now)
    buy()
    assert [serve_later(now=now + DAY), serve_later(now=now + DAY)] == [1, 0]
    assert RecallCase.objects.count() == 2


def test_in_batches_with_a_fixed_number_of_statements(buy, cast, now):
    recall = opened(buy(), cast, now)
    counts = []
    for more in (1, 1, 12):  # the first one reads the rules, which the process remembers
        for _n in range(more):
            buy()
        with CaptureQueriesContext(connection) as seen:
            serve(recall=recall, now=now, batch=100)
        counts.append(len(seen))
    assert counts[1] == counts[2]


def test_a_batch_asks_for_the_next(buy, cast, now):
    recall = opened(buy(), cast, now)
    buy(), buy()
    assert serve(recall=recall, now=now, batch=2) == 2
    settle(now)
    assert RecallCase.objects.count() == 3


def test_a_return_at_the_sellers_cost_and_a_full_refund(buy, cast, now):
    case = recalled(buy(), cast, now)
    case = recalling.choose_remedy(dispute=case, actor=cast.buyer, now=now, kind="full_refund_with_return")
    assert (case.status, case.outcome) == ("awaiting_return_shipment", "recall")
    assert ReturnShipment.objects.get(case=case.number).freight_payer == "merchant"
    case = return_leg.ship_return(dispute=case, actor=cast.buyer, now=now, carrier="SF", tracking="SF1234567890123")
    case = return_leg.confirm_return(dispute=case, actor=cast.owner, now=now)
    settle(now)
    case.refresh_from_db()
    assert case.status == "resolved"
    assert RefundInstruction.objects.get().amount == Decimal("100.00")
    assert [*audit.findings()] == []


def test_without_a_basis_the_goods_come_back_first(buy, cast, now):
    order = buy()
    with pytest.raises(RuleBroken) as refusal:
        opened(order, cast, now, goods_back=False)
    assert refusal.value.code == "basis_missing"
    case = recalled(order, cast, now)
    with pytest.raises(RuleBroken):
        recalling.choose_remedy(dispute=case, actor=cast.buyer, now=now, kind="full_refund_no_return")


def test_with_the_order_of_an_authority_they_may_be_destroyed(buy, cast, now):
    case = recalled(buy(), cast, now, goods_back=False, basis="SAMR notice 2026-118")
    case = recalling.choose_remedy(dispute=case, actor=cast.buyer, now=now, kind="full_refund_no_return")
    settle(now)
    case.refresh_from_db()
    assert (case.status, case.outcome) == ("resolved", "recall")


def test_silence_reminds_and_the_right_stays_open_for_years(buy, cast, now):
    case = recalled(buy(), cast, now)
    at, reminders = now, 0
    while case.status == "recalled":
        assert case.due_at - at <= 61 * DAY
        at = case.due_at
        sweep(now=at)
        drain(now=at)
        case.refresh_from_db()
        reminders += 1
    assert case.status == "lapsed"
    assert at - now > 729 * DAY
    assert Notice.objects.filter(user=cast.buyer, kind="recall_opened").count() == reminders


def test_a_return_that_was_never_sent_opens_the_choice_again(buy, cast, now):
    case = recalled(buy(), cast, now)
    case = recalling.choose_remedy(dispute=case, actor=cast.buyer, now=now, kind="full_refund_with_return")
    sweep(now=case.due_at)
    case.refresh_from_db()
    assert (case.status, case.terms, case.on_silence) == ("recalled", None, "keep_recall_open")
    assert "Choose" in next_step(case, Role.BUYER).text
    assert [*audit.findings()] == []


def test_a_recall_bars_no_other_case_and_pays_nothing_twice(buy, file_case, cast, now):
    order = buy()
    case = recalled(order, cast, now)
    other = file_case(order=order, wants="full_refund_no_return")
    with pytest.raises(RuleBroken) as refusal:
        recalling.choose_remedy(dispute=case, actor=cast.buyer, now=now, kind="full_refund_with_return")
    assert refusal.value.code == "already_disputed"
    negotiation.agree(dispute=other, actor=cast.owner, now=now)
    settle(now)
    with pytest.raises(RuleBroken) as refusal:
        recalling.choose_remedy(dispute=case, actor=cast.buyer, now=now, kind="full_refund_with_return")
    assert refusal.value.code == "nothing_left"


def test_nobody_but_the_buyer_chooses_and_the_platform_recalls(buy, cast, now):
    order = buy()
    with pytest.raises(NotAllowed):
        opened(order, type(cast)(**{**vars(cast), "platform": cast.arbitrator}), now)
    case = recalled(order, cast, now)
    for name in ("owner", "outsider", "platform"):
        with pytest.raises(NotAllowed):
            recalling.choose_remedy(dispute=case, actor=getattr(cast, name), now=now, kind="full_refund_with_return")
    with pytest.raises(NotAllowed):
        leaving.withdraw(dispute=case, actor=cast.buyer, now=now)


def test_the_pages_of_the_desk(buy, cast, client, now):
    order = buy()
    day = order.paid_at.date()
    client.force_login(cast.platform)
    assert client.get("/admin/desk/recalls/").status_code == 200
    sent = {
        "merchant": order.merchant.ref,
        "sku": order.lines.first().sku,
        "bought_from": str(day - DAY),
        "bought_to": str(day + DAY),
        "notice_en": "It may catch fire.",
        "notice_zh": "可能起火。",
        "goods_back": "yes",
    }
    new = "/admin/desk/recalls/new/"
    assert client.post(new, {**sent, "merchant": "NONE"}).status_code == 422
    shown = client.post(new, sent)
    assert shown.status_code == 200
    assert "1 purchase is concerned" in shown.content.decode()
    assert not RecallCase.objects.exists()
    assert client.post(new, {**sent, "goods_back": "no", "confirm": "1"}).status_code == 422
    answer = client.post(new, {**sent, "confirm": "1"})
    assert answer.status_code == 302
    drain(now=now + DAY)
    page = client.get(answer["Location"]).content.decode()
    assert "1 of 1 purchases" in page
    client.force_login(cast.buyer)
    case = Dispute.objects.get()
    page = client.get(case.get_absolute_url()).content.decode()
    assert "choose-remedy" in page
    chosen = client.post(
        f"{case.get_absolute_url()}choose-remedy/", {"version": case.version, "kind": "replace_with_return"}
    )
    assert chosen.status_code in {302, 303}


def test_over_the_api(api, buy, cast, now):
    case = recalled(buy(), cast, now)
    body = api("buyer").get(f"/disputes/{case.number}/").json()
    assert [a["action"] for a in body["allowed_actions"]] == ["choose-remedy"]
    sent = {"kind": "replace_with_return"}
    taken = api("buyer").post(f"/disputes/{case.number}/choose-remedy/", sent)
    assert taken.json()["status"] == "awaiting_return_shipment"


pytestmark = pytest.mark.django_db
