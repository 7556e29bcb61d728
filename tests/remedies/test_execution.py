from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from aftersales.ledger import audit as ledger_audit
from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, balance
from aftersales.remedies import audit, execution, outcomes
from aftersales.remedies.gateways import Answer, RefundRequest, Verdict, simulated
from aftersales.remedies.gateways.registry import gateway
from aftersales.remedies.models import (
    InstructionState,
    RefundAttempt,
    RefundInstruction,
    SimulatedBehaviour,
    SimulatedMode,
    SimulatedRefund,
)
from aftersales.remedies.services import (
    NotFailed,
    failed_remedies,
    open_remedies,
    retry,
    retry_by_silence,
    retry_failed,
    run_due,
    views_of,
)
from portal.outbox.models import Message
from tests.remedies.conftest import NOW, grant

CLEARING = AccountKey(AccountKind.REFUNDS_CLEARING, "CNY")
GATEWAY = AccountKey(AccountKind.GATEWAY, "CNY")


@pytest.fixture
def refund(order):
    """50 granted: 35 by card, 15 from the wallet."""
    return grant(order, "50.00")


@pytest.fixture(autouse=True)
def books_agree(db):
    """Whatever a test did, ours and the gateway's agree in the end."""
    yield
    assert audit.findings() == []
    assert ledger_audit.findings() == []


def tell(mode, target="all", **more):
    return SimulatedBehaviour.objects.create(target=target, mode=mode, **more)


def states(refund):
    return list(RefundAttempt.objects.filter(part__instruction=refund).order_by("id").values_list("state", flat=True))


def told(topic):
    return [m.payload for m in Message.objects.filter(topic=topic).order_by("id")]


def paid():
    return sorted(SimulatedRefund.objects.values_list("amount", flat=True))


def run_until_settled(refund, now=NOW, rounds=40):
    """Let the clock jump to whenever the refund is due next, until nothing is left to do; return the time."""
    for _round in range(rounds):
        refund.refresh_from_db()
        if refund.next_at is None:
            return now
        now = max(now, refund.next_at)
        run_due(now=now)
    raise AssertionError("never settled")


def test_pays_each_channel_and_says_so(refund):
    assert open_remedies("CASE")
    assert execution.execute(refund.pk, now=NOW)
    refund.refresh_from_db()
    assert (refund.state, refund.settled_at, refund.next_at) == (InstructionState.SUCCEEDED, NOW, None)
    assert paid() == [Decimal("15.00"), Decimal("35.00")]
    assert told("remedy.done") == [{"case": "CASE", "kind": "refund", "key": "CASE:1"}]
    assert (balance(CLEARING), balance(GATEWAY)) == (0, Decimal("50.00"))
    assert not open_remedies("CASE")
    assert not failed_remedies("CASE")


def test_running_again_changes_nothing(refund):
    execution.execute(refund.pk, now=NOW)
    assert not execution.execute(refund.pk, now=NOW + timedelta(days=1))
    assert run_due(now=NOW + timedelta(days=1)) == 0
    assert paid() == [Decimal("15.00"), Decimal("35.00")]
    assert len(told("remedy.done")) == 1


def test_not_before_its_time(refund):
    assert not execution.execute(refund.pk, now=NOW - timedelta(seconds=1))
    assert not RefundAttempt.objects.exists()


def test_attempt_keys_are_deterministic_and_tell_the_story(refund):
    execution.execute(refund.pk, now=NOW)
    payments = refund.parts.order_by("id").values_list("payment_id", flat=True)
    keys = RefundAttempt.objects.order_by("part_id").values_list("key", flat=True)
    assert list(keys) == [f"CASE:1:{payment}:1" for payment in payments]


def test_settles_late(refund):
    tell(SimulatedMode.LATE, seconds=3600)
    execution.execute(refund.pk, now=NOW)
    refund.refresh_from_db()
    assert refund.state == InstructionState.GRANTED
    assert states(refund) == ["pending", "pending"]
    assert RefundAttempt.objects.exclude(reference="").count() == 2
    run_due(now=NOW + timedelta(minutes=59))
    assert states(refund) == ["pending", "pending"]
    run_until_settled(refund, NOW + timedelta(minutes=59))
    assert refund.state == InstructionState.SUCCEEDED
    assert len(paid()) == 2
    assert refund.tries == 0  # waiting is not failing


def test_refused_for_good_waits_for_a_person(refund):
    order_to_gateway = tell(SimulatedMode.FAIL, "channel:wallet")
    execution.execute(refund.pk, now=NOW)
    refund.refresh_from_db()
    assert (refund.state, refund.next_at) == (InstructionState.FAILED, None)
    assert states(refund) == ["succeeded", "failed"]
    assert told("remedy.failed") == [{"case": "CASE", "kind": "refund", "key": "CASE:1"}]
    assert failed_remedies("CASE")
    assert run_due(now=NOW + timedelta(days=9)) == 0

    order_to_gateway.delete()
    assert retry_failed(cases=["CASE"], now=NOW + timedelta(days=9)) == 1
    run_due(now=NOW + timedelta(days=9))
    refund.refresh_from_db()
    assert refund.state == InstructionState.SUCCEEDED
    assert states(refund) == ["succeeded", "failed", "succeeded"]
    assert paid() == [Decimal("15.00"), Decimal("35.00")]  # the card's share was not sent again


def test_refused_for_a_while_is_tried_again_later_with_a_new_key(refund):
    tell(SimulatedMode.FAIL_FOR_A_WHILE, "channel:card", times=3)
    run_until_settled(refund)
    assert refund.state == InstructionState.SUCCEEDED
    card = refund.parts.get(payment__channel="card")
    assert list(card.attempts.order_by("number").values_list("number", "state")) == [
        (1, "failed"),
        (2, "failed"),
        (3, "failed"),
        (4, "succeeded"),
    ]
    assert len(set(card.attempts.values_list("key", flat=True))) == 4
    assert refund.parts.get(payment__channel="wallet").attempts.count() == 1


def test_waits_longer_each_time_and_gives_up_in_the_end(refund):
    tell(SimulatedMode.FAIL_FOR_A_WHILE)
    now, waits = NOW, []
    while refund.state == InstructionState.GRANTED:
        execution.execute(refund.pk, now=now)
        refund.refresh_from_db()
        if refund.next_at:
            waits.append(refund.next_at - now)
            now = refund.next_at
    assert refund.state == InstructionState.FAILED
    assert refund.tries == outcomes.MAX_TRIES == len(waits) + 1
    assert all(later > earlier * 0.99 for earlier, later in pairwise(waits))
    assert timedelta(hours=4) < now - NOW < timedelta(hours=9)
    assert paid() == []
    assert len(told("remedy.failed")) == 1


def test_silence_after_paying_is_looked_up_not_paid_again(refund):
    tell(SimulatedMode.PAID_NO_ANSWER)
    execution.execute(refund.pk, now=NOW)
    refund.refresh_from_db()
    assert states(refund) == ["unknown", "unknown"]
    assert refund.next_at > NOW
    run_until_settled(refund)
    assert refund.state == InstructionState.SUCCEEDED
    assert states(refund) == ["succeeded", "succeeded"]
    assert paid() == [Decimal("15.00"), Decimal("35.00")]


def test_silence_without_paying_sends_the_same_key_again(refund):
    tell(SimulatedMode.NOT_PAID_NO_ANSWER, "channel:card", times=2)
    run_until_settled(refund)
    assert refund.state == InstructionState.SUCCEEDED
    assert states(refund) == ["succeeded", "succeeded"]
    assert RefundAttempt.objects.count() == 2  # never a second key while the first one's fate is open
    assert paid() == [Decimal("15.00"), Decimal("35.00")]


def test_lasting_silence_waits_for_a_person_and_is_still_looked_up_first(refund):
    silence = tell(SimulatedMode.NOT_PAID_NO_ANSWER, "channel:card")
    now = run_until_settled(refund)
    assert refund.state == InstructionState.FAILED
    assert states(refund) == ["unknown", "succeeded"]
    card = RefundAttempt.objects.get(state="unknown")
    silence.delete()  # and the money had gone out after all
    gateway("simulated").refund(RefundRequest(card.key, "card", "", card.part.amount, "CNY"), now=now)
    retry(instruction=refund, now=now)
    run_due(now=now)
    refund.refresh_from_db()
    assert refund.state == InstructionState.SUCCEEDED
    assert paid() == [Decimal("15.00"), Decimal("35.00")]


def test_only_a_failed_refund_can_be_retried_by_a_person(refund):
    with pytest.raises(NotFailed):
        retry(instruction=refund, now=NOW)
    execution.execute(refund.pk, now=NOW)
    with pytest.raises(NotFailed):
        retry(instruction=refund, now=NOW)
    assert retry_failed(cases=["CASE"], now=NOW) == 0


def test_an_answer_that_comes_twice_counts_once(refund):
    tell(SimulatedMode.LATE, seconds=60)
    execution.execute(refund.pk, now=NOW)
    attempts = RefundAttempt.objects.order_by("id")
    news = [outcomes.Outcome(a.pk, NOW, Answer(Verdict.SUCCEEDED, a.reference), "") for a in attempts]
    outcomes.record(refund.pk, news, now=NOW)
    outcomes.record(refund.pk, news, now=NOW)
    assert len(told("remedy.done")) == 1
    assert balance(GATEWAY) == Decimal("50.00")


def test_a_late_success_heals_a_refund_that_was_given_up(refund):
    tell(SimulatedMode.LATE, seconds=0, target="channel:card")
    tell(SimulatedMode.NOT_PAID_NO_ANSWER, "channel:wallet")
    run_until_settled(refund)
    assert refund.state == InstructionState.FAILED
    wallet = RefundAttempt.objects.get(state="unknown")
    request = RefundRequest(wallet.key, "wallet", "", wallet.part.amount, "CNY")
    simulated.enter(request, NOW, NOW)
    answer = gateway("simulated").look_up(request, now=NOW)
    outcomes.record(refund.pk, [outcomes.Outcome(wallet.pk, NOW, answer, "")], now=NOW)
    refund.refresh_from_db()
    assert refund.state == InstructionState.SUCCEEDED


def test_a_fault_in_an_adapter_leaves_the_attempt_unknown(refund, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(simulated, "_behaviour", lambda request: 1 / 0)
        execution.execute(refund.pk, now=NOW)
    assert states(refund) == ["unknown", "unknown"]
    run_until_settled(refund)
    assert refund.state == InstructionState.SUCCEEDED


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        (["all"], ["failed", "failed"]),
        (["all", "channel:wallet"], ["failed", "succeeded"]),
        (["payment"], ["failed", "succeeded"]),
    ],
)
def test_the_narrowest_order_to_the_gateway_wins(refund, targets, expected):
    card = refund.parts.get(payment__channel="card").payment
    for target in targets:
        mode = SimulatedMode.SUCCEED if target == "channel:wallet" else SimulatedMode.FAIL
        tell(mode, f"payment:{card.ref}" if target == "payment" else target)
    execution.execute(refund.pk, now=NOW)
    assert states(refund) == expected


def test_the_view_shows_every_channel(refund, django_assert_max_num_queries):
    execution.execute(refund.pk, now=NOW)
    with django_assert_max_num_queries(4):
        (view,) = views_of("CASE")
    assert (view.kind, view.amount, view.currency, view.done, view.settled_at) == ("refund", 50, "CNY", True, NOW)
    assert [(s.channel, s.amount, s.paid_at) for s in view.shares] == [("card", 35, NOW), ("wallet", 15, NOW)]


def test_statements_of_a_payment(order, django_assert_num_queries):
    grant(order, "1.00", key="warm:1")
    run_due(now=NOW)
    refund = grant(order, "0.01", key="CASE:2")  # so little that it goes back by one channel
    # claim; behaviour, book; lock, settle, ledger, outbox; and savepoints, since the test is a transaction
    with django_assert_num_queries(7 + 4):
        execution.execute(refund.pk, now=NOW)
    assert RefundInstruction.objects.get(pk=refund.pk).state == InstructionState.SUCCEEDED


def test_audit_finds_a_double_payment_and_a_lost_one(refund):
    execution.execute(refund.pk, now=NOW)
    card, wallet = RefundAttempt.objects.order_by("id")
    SimulatedRefund.objects.filter(key=card.key).update(amount=36)
    entry = SimulatedRefund.objects.get(key=wallet.key)
    entry.delete()
    assert audit.findings() == [
        f"attempt {card.key}: the gateway has 36.000 CNY, we have 35.000 CNY",
        f"attempt {wallet.key}: the gateway has nothing, we have 15.000 CNY",
    ]
    SimulatedRefund.objects.filter(key=card.key).update(amount=35)
    entry.pk = None
    entry.save()


@pytest.mark.parametrize(("days", "way"), [(6, "wallet"), (7, "balance")])
def test_what_no_way_of_payment_took_within_the_laws_time_goes_into_the_store_balance(refund, days, way):
    """Consumer Law art. 25: seven days. A person may act before; silence does not let the buyer wait for ever."""
    broken = tell(SimulatedMode.FAIL, "channel:wallet")
    execution.execute(refund.pk, now=NOW)
    now = NOW + timedelta(days=days)
    broken.delete()
    assert retry_by_silence(late={"CASE": now - timedelta(days=7)}, now=now) == 1
    assert retry_by_silence(late={"CASE": now - timedelta(days=7)}, now=now) == 0
    run_due(now=now)
    refund.refresh_from_db()
    assert refund.state == InstructionState.SUCCEEDED
    assert sorted(part.way for part in refund.parts.select_related("payment")) == sorted(["card", way])
