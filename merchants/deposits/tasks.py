"""Background jobs of deposits."""

from celery import shared_task
from django.utils import timezone

from merchants.deposits import services


@shared_task
def sweep() -> int:
    """Do what is due: levels that begin, debts to take, reminders, limits; safe to run twice."""
    return services.sweep(now=timezone.now())
