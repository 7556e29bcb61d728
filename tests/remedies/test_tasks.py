"""The Celery side: real broker, tasks run as a worker would run them."""

import os
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from aftersales.remedies import tasks
from aftersales.remedies.models import CouponGrant, InstructionState, RefundInstruction
from aftersales.remedies.services import grant_many
from merchants.coupons.models import Coupon
from portal.celery import app
from portal.outbox import services as outbox
from tests.remedies.conftest import grant_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def queued(monkeypatch):
    """An empty queue of this test's own, since other processes fill the one of all; return what is in it."""
    name = f"money-{os.getpid()}"
    for task in (tasks.execute_refund, tasks.issue_coupon):
        monkeypatch.setattr(task, "queue", name, raising=False)
        monkeypatch.setattr(task, "_exec_options", None, raising=False)  # Celery's memory of where it goes
    with app.connection_for_read() as broker:
        queue = broker.SimpleQueue(name)
        queue.clear()

        def take():
            found = []
            with suppress(queue.Empty):
                while True:
                    message = queue.get(block=False)
                    message.ack()
                    found.append((message.headers["task"].rsplit(".", 1)[1], *message.payload[0]))
            return sorted(found)

        yield take
        queue.clear()
        queue.close()


def promise(order, at):
    with transaction.atomic():
        grant_many([grant_of(order, "50.00", coupon_amount=Decimal(5), coupon_days=9)], now=at)
    return RefundInstruction.objects.get().pk, CouponGrant.objects.get().pk


def test_what_is_granted_is_sent_to_the_workers_and_done_by_them(order, queued):
    now = timezone.now()
    refund, coupon = promise(order, now)
    outbox.drain(now=now)
    assert queued() == [("execute_refund", refund), ("issue_coupon", coupon)]
    tasks.execute_refund(refund)
    tasks.issue_coupon(coupon)
    assert RefundInstruction.objects.get().state == InstructionState.SUCCEEDED
    assert Coupon.objects.count() == 1


def test_the_sweep_sends_what_was_left_behind_and_only_that(order, queued):
    refund, coupon = promise(order, timezone.now())
    tasks.sweep()
    assert queued() == []  # just granted: its own tasks are on the way
    late = timezone.now() - timedelta(minutes=1)
    RefundInstruction.objects.update(next_at=late)
    CouponGrant.objects.update(next_at=late)
    tasks.sweep()
    assert queued() == [("execute_refund", refund), ("issue_coupon", coupon)]


def test_a_rolled_back_grant_sends_nothing(order, queued):
    with transaction.atomic():
        grant_many([grant_of(order, "50.00")], now=timezone.now())
        transaction.set_rollback(True)
    outbox.drain(now=timezone.now())
    assert queued() == []
