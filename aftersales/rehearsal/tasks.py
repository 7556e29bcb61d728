"""Background jobs of simulations."""

from celery import shared_task

from aftersales.rehearsal.models import Rehearsal
from aftersales.rehearsal.services import measure


@shared_task
def rehearse(run_id: int) -> None:
    """Replay past cases under a version of a plan."""
    measure(Rehearsal.objects.select_related("plan").get(pk=run_id))
