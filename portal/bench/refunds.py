"""Refunds executed by Celery with 2 worker processes against the simulated gateway, beside a task that does nothing."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils import timezone

from aftersales.remedies.models import InstructionState, RefundInstruction
from aftersales.remedies.tasks import execute_refund
from portal.bench.load import Figures
from portal.bench.tasks import nothing
from portal.heartbeat import client

PROCESSES = 2
PATIENCE = 300  # seconds


def measure(*, at_most: int) -> tuple[Figures, float]:
    """Pay what was granted; return our figures and the rate of the empty task, in tasks a second."""
    queue = f"bench-{os.getpid()}"
    granted = RefundInstruction.objects.filter(state=InstructionState.GRANTED).order_by("pk")
    ids = list(granted.values_list("pk", flat=True)[:at_most])
    RefundInstruction.objects.filter(pk__in=ids).update(next_at=timezone.now())
    with _worker(queue):
        _run(lambda: nothing.apply_async(queue=queue), 50, lambda: _empty(queue))  # both processes are warm now
        floor = _run(lambda: nothing.apply_async(queue=queue), max(len(ids), 500), lambda: _empty(queue))
        waiting = iter(ids)
        paid = RefundInstruction.objects.filter(pk__in=ids, state=InstructionState.SUCCEEDED)
        rate = _run(
            lambda: execute_refund.apply_async((next(waiting),), queue=queue),
            len(ids),
            lambda: paid.count() == len(ids),
        )
    return Figures(rate, 0, 0, 0, len(ids) - paid.count()), floor


def _run(send: Callable[[], object], count: int, done: Callable[[], bool]) -> float:
    """Send tasks and wait until they are done; sending is part of the time, for both works alike."""
    started = time.perf_counter()
    for _n in range(count):
        send()
    deadline = time.perf_counter() + PATIENCE
    while not done() and time.perf_counter() < deadline:
        time.sleep(0.01)
    return count / (time.perf_counter() - started)


def _empty(queue: str) -> bool:
    return client().llen(queue) == 0


@contextmanager
def _worker(queue: str) -> Iterator[None]:
    command = [sys.executable, "-m", "celery", "-A", "portal", "worker", "-Q", queue, "-c", str(PROCESSES)]
    command += ["-I", "portal.bench.tasks", "-l", "ERROR", "-n", f"{queue}@%h"]
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, start_new_session=True)  # noqa: S603
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        client().delete(queue)
