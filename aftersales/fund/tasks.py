"""Background jobs of the fund."""

from celery import shared_task
from django.utils import timezone

from aftersales.fund.warning import warn as warn_of_low


@shared_task
def warn() -> int:
    """Tell finance which currencies run low; safe to run twice."""
    return warn_of_low(now=timezone.now())
