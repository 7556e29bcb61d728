"""Many workers at once, killed workers, and Redis away: real connections, real processes, real servers."""

import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from threading import Barrier, Thread

import pytest
import redis
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from aftersales.ledger import audit as ledger_audit
from aftersales.remedies import audit, coupons, execution, outcomes
from aftersales.remedies.models import (
    CouponGrant,
    InstructionState,
    RefundAttempt,
    RefundInstruction,
    SimulatedBehaviour,
    SimulatedMode,
    SimulatedRefund,
)
from aftersales.remedies.services import AmountExceeds, grant_many, run_due
from merchants.coupons.models import Coupon
from portal.outbox import services as outbox
from portal.outbox.models import Message
from tests.makers import make_order
from tests.remedies.conftest import NOW, grant, grant_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def books_agree(transactional_db):
    yield
    assert audit.findings() == []
    assert ledger_audit.findings() == []


def at_once(count, work):
    """Run `work(number)` in so many threads, all released at the same moment; return what they returned."""
    start, results = Barrier(count), []

    def run(number):
        try:
            connection.ensure_connection()
            start.wait(timeout=30)
            results.append(work(number))
        finally:
            connection.close()

    threads = [Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_fifty_workers_on_one_refund_pay_once(order):
    refund = grant(order, "50.00")
    results = at_once(50, lambda n: execution.execute(refund.pk, now=NOW))
    assert sorted(results) == [False] * 49 + [True]
    assert sorted(SimulatedRefund.objects.values_list("amount", flat=True)) == [Decimal(15), Decimal(35)]
    assert Message.objects.filter(topic="remedy.done").count() == 1


def test_a_second_worker_after_the_lease_asks_before_it_pays(order):
    """The first worker hangs at the gateway past its lease; the second one takes over; both record."""
    refund = grant(order, "50.00")
    first = execution._claim(refund.pk, NOW)
    later = NOW + execution.LEASE
    assert execution.execute(refund.pk, now=later)
    for attempt in first:  # now the first one wakes up and carries on
        outcomes.record(refund.pk, [execution._ask(attempt, later)], now=later)
    assert SimulatedRefund.objects.count() == 2
    assert Message.objects.filter(topic="remedy.done").count() == 1


def test_competing_grants_never_give_back_more_than_was_paid(order):
    def work(number):
        try:
            with transaction.atomic():
                grant_many([grant_of(order, "30.00", key=f"C{number}:1", case=f"C{number}")], now=NOW)
        except AmountExceeds as refused:
            return refused.available
        return None

    results = at_once(8, work)
    assert results.count(None) == 3
    assert set(results) == {None, Decimal("10.00")}


def test_ten_workers_issue_a_coupon_once():
    order = make_order()
    with transaction.atomic():
        grant_many([grant_of(order, coupon_amount=Decimal(9), coupon_days=30)], now=NOW)
    pk = CouponGrant.objects.get().pk
    assert sum(at_once(10, lambda n: coupons.issue_granted(pk, now=NOW))) == 1
    assert Coupon.objects.count() == 1
    assert Message.objects.filter(topic="remedy.done").count() == 1


@pytest.mark.parametrize(("mode", "booked"), [(SimulatedMode.PAID_NO_ANSWER, 1), (SimulatedMode.NOT_PAID_NO_ANSWER, 0)])
def test_a_worker_killed_at_the_gateway_loses_and_doubles_nothing(mode, booked):
    """SIGKILL hits between the claim and the record, once after the gateway paid and once before."""
    SimulatedBehaviour.objects.create(target="all", mode=mode, seconds=600, times=1)
    refund = grant(make_order(), "100.00", now=timezone.now())
    worker = start_worker(refund.pk)
    try:
        wait_for(lambda: RefundAttempt.objects.exists() and SimulatedBehaviour.objects.get().times == 0, worker)
        wait_for(lambda: SimulatedRefund.objects.count() == booked, worker)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    assert RefundAttempt.objects.get().state == "pending"
    assert run_due(now=timezone.now()) == 0  # still leased to the dead

    run_due(now=timezone.now() + execution.LEASE)
    refund.refresh_from_db()
    assert refund.state == InstructionState.SUCCEEDED
    assert SimulatedRefund.objects.get().amount == 100
    assert RefundAttempt.objects.get().state == "succeeded"


def start_worker(instruction_id):
    return start_python(
        f"from aftersales.remedies import execution\nexecution.execute({instruction_id}, now=timezone.now())\n"
    )


def start_python(code, **env):
    """Run code of the portal in a process of its own, on the test's database."""
    database = connection.settings_dict
    host = database["HOST"].replace("/", "%2F")
    address = f"postgres://{database['USER']}:{database['PASSWORD']}@{host}:{database['PORT']}/{database['NAME']}"
    env = {**os.environ, "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "portal.settings", **env}
    preamble = "import django; django.setup()\nfrom django.utils import timezone\n"
    return subprocess.Popen([sys.executable, "-c", preamble + code], env=env, cwd=settings.BASE_DIR)


def wait_for(condition, worker):
    deadline = time.monotonic() + 30
    while not condition():
        assert worker.poll() is None, "the worker ended by itself"
        assert time.monotonic() < deadline, "the worker never got there"
        time.sleep(0.02)  # polling another process, which has nothing to wait on


def test_a_flushed_redis_loses_nothing(order):
    """Tasks that were queued are gone with the queue; the sweep finds the refund and the coupon by their rows."""
    with transaction.atomic():
        grant_many([grant_of(order, "50.00", coupon_amount=Decimal(5), coupon_days=9)], now=NOW)
    outbox.drain(now=NOW)
    redis.Redis.from_url(settings.REDIS_URL.replace("redis+socket://", "unix://")).flushdb()
    assert RefundInstruction.objects.get().state == InstructionState.GRANTED
    run_due(now=NOW)
    assert RefundInstruction.objects.get().state == InstructionState.SUCCEEDED
    assert Coupon.objects.count() == 1


def test_a_stopped_redis_loses_nothing(order):
    """The outbox is drained by a process that cannot reach Redis: nothing is lost, nothing is set aside."""
    refund = grant(order, "50.00")
    drain = "from portal.outbox import services\nservices.drain(now=timezone.now())\n"
    assert start_python(drain, REDIS_URL="redis://127.0.0.1:1/0").wait(timeout=60) == 0
    assert not Message.objects.filter(done_at__isnull=True).exists()
    run_due(now=NOW)
    refund.refresh_from_db()
    assert refund.state == InstructionState.SUCCEEDED


def test_paying_inside_a_transaction_is_refused_before_anything_is_sent(order):
    refund = grant(order, "50.00")
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        execution.execute(refund.pk, now=NOW)
    assert not RefundAttempt.objects.exists()
