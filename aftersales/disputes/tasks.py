from celery import shared_task
from django.utils import timezone

from aftersales.disputes.effect.runs import measure
from aftersales.disputes.measuring.buyers import measure_buyers
from aftersales.disputes.measuring.sellers import measure_sellers
from aftersales.disputes.models import EffectRun
from aftersales.disputes.services.sweep import sweep


@shared_task
def sweep_deadlines() -> int:
    """Let silence have its outcome on every case that is due; safe beside other workers doing the same."""
    return sweep(now=timezone.now())


@shared_task
def measure_standing() -> None:
    """Compute the tiers of all buyers and the bands of all sellers anew."""
    now = timezone.now()
    measure_buyers(now=now)
    measure_sellers(now=now)


@shared_task
def measure_effect(run_id: int) -> None:
    """Try draft rules on past cases."""
    measure(EffectRun.objects.get(pk=run_id))
