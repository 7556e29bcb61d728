from celery import shared_task
from django.utils import timezone

from portal.outbox import services
from portal.outbox.kick import lower_flag


@shared_task(name="portal.outbox.tasks.drain")
def drain() -> None:
    """Deliver what is due, until nothing is left; the clock is read anew so that late arrivals are seen."""
    lower_flag()
    while services.drain(now=timezone.now()):
        pass


@shared_task(name="portal.outbox.tasks.purge")
def purge() -> None:
    """Delete what was delivered long ago."""
    services.purge(now=timezone.now())
