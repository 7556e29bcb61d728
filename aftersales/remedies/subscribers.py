"""What the money room does on events."""

import logging
from datetime import datetime

from celery import Task
from kombu.exceptions import OperationalError

from aftersales.remedies import tasks
from portal.outbox.registry import Payload
from portal.outbox.services import subscribe

log = logging.getLogger(__name__)


@subscribe("refund.granted", many=True)
def start_refunds(payloads: list[Payload], now: datetime) -> None:
    """Pay at once where a worker can be reached; the sweep pays in any case."""
    _start(tasks.execute_refund, [payload["instruction"] for payload in payloads])


@subscribe("gateway.told", many=True)
def start_events(payloads: list[Payload], now: datetime) -> None:
    """Deal with it at once where a worker can be reached; the sweep does in any case."""
    _start(tasks.take_event, [payload["event"] for payload in payloads])


@subscribe("coupon.granted", many=True)
def start_coupons(payloads: list[Payload], now: datetime) -> None:
    """Issue at once where a worker can be reached; the sweep issues in any case."""
    _start(tasks.issue_coupon, [payload["grant"] for payload in payloads])


def _start(task: Task, ids: list[int]) -> None:
    try:
        for pk in ids:
            task.apply_async((pk,), retry=False)
    except OperationalError as failure:  # the broker is away: do not wait for it once per message
        log.warning("%s: left to the sweep: %s", task.name, failure)
