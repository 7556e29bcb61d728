"""Background jobs of the money room: ids in, one service call, safe to run twice."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from aftersales.remedies import coupons, execution
from aftersales.remedies.gateways import hearing, reconciling

# What was just granted has its task on the way; the sweep takes care of what is later than that.
_GRACE = timedelta(seconds=5)


@shared_task
def execute_refund(instruction_id: int) -> None:
    """Take one refund a step further."""
    execution.execute(instruction_id, now=timezone.now())


@shared_task
def issue_coupon(grant_id: int) -> None:
    """Issue one promised coupon."""
    coupons.issue_granted(grant_id, now=timezone.now())


@shared_task
def take_event(event_id: int) -> None:
    """Deal with what a gateway told."""
    hearing.handle(event_id, now=timezone.now())


@shared_task
def reconcile() -> None:
    """Compare our refunds with the gateways', and ask each how it is."""
    reconciling.reconcile(now=timezone.now())


@shared_task
def sweep() -> None:
    """Send what is due on its way: later tries, late settlements, and whatever a lost Redis or worker left behind."""
    late = timezone.now() - _GRACE
    for instruction_id in execution.due(now=late):
        execute_refund.delay(instruction_id)
    for event_id in hearing.due(now=late):
        take_event.delay(event_id)
    for grant_id in coupons.due(now=late):
        issue_coupon.delay(grant_id)
