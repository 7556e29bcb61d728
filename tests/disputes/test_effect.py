"""Draft rules tried on past cases: what would have come out otherwise, with progress."""

from datetime import timedelta

import pytest

from aftersales.disputes.effect.runs import ask, measure
from aftersales.disputes.models import EffectRun
from aftersales.orders.models import Order, OrderLine
from aftersales.policies import drafts


@pytest.fixture
def trial(cast, now):
    def run(pack, **sections):
        draft = drafts.begin(pack=pack, actor=cast.platform, now=now)
        rules = dict(draft.rules)
        for section, values in sections.items():
            rules[section] = {**rules.get(section, {}), **values} if isinstance(values, dict) else values
        drafts.save(draft=draft, rules=rules, summary_en="", summary_zh="", actor=cast.platform, now=now)
        return measure(ask(draft=draft, actor=cast.platform, now=now + timedelta(seconds=1)))

    return run


@pytest.fixture
def fresh(buy):
    def make(**bought):
        order = buy(**bought)
        OrderLine.objects.filter(order=order).update(category="fresh")
        return Order.objects.prefetch_related("lines", "payments").get(pk=order.pk)

    return make


def kinds(run):
    return {k: n for k, n in run.result["counts"].items() if k != "cases"}


def test_a_draft_that_changes_nothing(file_case, fresh, trial):
    file_case()
    file_case(order=fresh())
    run = trial("cn.fresh")
    assert (run.total, run.done, kinds(run), run.result["counts"]["cases"]) == (2, 2, {}, 0)


def test_a_shorter_window_would_have_refused(file_case, fresh, trial):
    """Filed 36 hours after arrival: within 48, not within 24. What is not fresh is untouched."""
    case = file_case(order=fresh(days=1.5))
    file_case(days=1.5)
    run = trial("cn.fresh", windows={"visible": "24h"})
    assert kinds(run) == {"refused": 1}
    (example,) = run.result["examples"]
    assert example["case"] == case.number
    assert example["changes"] == [{"kind": "refused", "was": "", "would": "window_closed"}]


def test_clocks_silence_freight_and_refunds_at_once(file_case, buy, trial):
    file_case()
    file_case(
        order=buy("800.00", stage="unshipped", paid_days=0),
        type="not_shipped_cancel",
        reason="ordered_by_mistake",
        wants="full_refund_no_return",
        amount=None,
    )
    run = trial(
        "cn",
        timers={"merchant_refund_only": 72},
        thresholds={"ask_return_above": {"CNY": "500"}, "instant_refund": {"CNY": "700"}},
        choices={"return_freight_fault": "platform"},
    )
    assert kinds(run) == {"clock": 1, "silence": 1, "instant": 1, "freight": 2}
    assert run.result["counts"]["cases"] == 2


def test_goods_that_a_category_pack_takes_in_or_lets_go(file_case, fresh, buy, trial):
    file_case(order=fresh(days=1))
    tea = buy(days=3)
    OrderLine.objects.filter(order=tea).update(category="tea")
    file_case(order=Order.objects.prefetch_related("lines", "payments").get(pk=tea.pk))
    run = trial("cn.fresh", categories=["tea"])
    would = {e["changes"][0]["kind"]: e["changes"][0]["would"] for e in run.result["examples"]}
    # Tea of three days ago comes too late; fruit let go of could be asked back by silence again.
    assert would == {"refused": "window_closed", "silence": "ask_return_by_silence"}


def test_only_the_last_ninety_days(file_case, buy, trial, now):
    file_case(order=buy(days=100, paid_days=104), at=now - timedelta(days=95))
    assert trial("cn").total == 0


def test_staff_see_progress_and_result(client, cast, file_case, now, django_capture_on_commit_callbacks):
    file_case()
    client.force_login(cast.platform)
    draft = drafts.begin(pack="cn", actor=cast.platform, now=now)
    asked = client.post(f"/admin/disputes/effectrun/start/{draft.pk}/")
    assert asked.status_code == 302
    running = client.get(asked.url)
    assert running["Refresh"] == "2"
    assert "0 of 1 cases looked at" in running.content.decode()
    run = measure(EffectRun.objects.get())
    assert measure(run) is run
    done = client.get(asked.url)
    assert "Refresh" not in done
    assert "0 cases would have come out otherwise" in done.content.decode()
    for other in (cast.arbitrator, cast.owner):
        client.force_login(other)
        assert client.get(asked.url).status_code in {302, 403}


def test_many_cases_take_a_constant_number_of_queries(file_case, buy, trial, django_assert_max_num_queries):
    for _n in range(5):
        file_case(order=buy())
    with django_assert_max_num_queries(40):
        assert trial("cn", windows={"visible": "1d"}).done == 5
