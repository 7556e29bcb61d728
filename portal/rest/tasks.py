from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from portal.rest.models import IdempotentRequest

KEPT_FOR = timedelta(days=30)
_AT_ONCE = 10_000


@shared_task(name="portal.rest.tasks.purge")
def purge() -> int:
    """Forget answers stored more than 30 days ago, in portions that lock nothing long; return how many."""
    old = IdempotentRequest.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).order_by("created_at")
    purged = 0
    while ids := list(old.values_list("pk", flat=True)[:_AT_ONCE]):
        purged += IdempotentRequest.objects.filter(pk__in=ids).delete()[0]
    return purged
