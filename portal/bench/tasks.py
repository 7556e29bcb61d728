from celery import shared_task


@shared_task
def nothing() -> None:
    """Do nothing: what a task costs by itself."""
