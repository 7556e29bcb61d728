"""Background jobs of coupons."""

from celery import shared_task
from django.utils import timezone

from merchants.coupons import services


@shared_task
def expire() -> None:
    """Close coupons that ran out."""
    services.expire_due(now=timezone.now())
