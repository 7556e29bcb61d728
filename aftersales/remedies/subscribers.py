"""What the money room does on events."""

import logging
from datetime import datetime

from kombu.exceptions import OperationalError

from aftersales.remedies import tasks
from aftersales.remedies.coupons import settle_liability
from portal.outbox.registry import Payload
from portal.outbox.services import subscribe

log = logging.getLogger(__name__)


@subscribe("refund.granted")
def start_refund(payload: Payload, now: datetime) -> None:
    """Pay at once where a worker can be reached; the sweep pays in any case."""
    try:
        tasks.execute_refund.apply_async((payload["instruction"],), retry=False)
    except OperationalError as failure:
        log.warning("refund %s is left to the sweep: %s", payload["instruction"], failure)


@subscribe("coupon.granted")
def start_coupon(payload: Payload, now: datetime) -> None:
    """Issue at once where a worker can be reached; the sweep issues in any case."""
    try:
        tasks.issue_coupon.apply_async((payload["grant"],), retry=False)
    except OperationalError as failure:
        log.warning("coupon grant %s is left to the sweep: %s", payload["grant"], failure)


@subscribe("coupon.redeemed", many=True)
@subscribe("coupon.expired", many=True)
def close_coupons(payloads: list[Payload], now: datetime) -> None:
    """Take used and lapsed coupons out of what is owed."""
    settle_liability([payload["coupon"] for payload in payloads], now=now)
