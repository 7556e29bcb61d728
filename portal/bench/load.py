"""A bounded load generator: a few keep-alive connections for a fixed number of requests, nothing else."""

import http.client
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Call = tuple[str, str, str | None, dict[str, str]]  # method, path, body, headers
LOCAL = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Figures:
    """What a load came to: requests per second, and milliseconds a request."""

    rate: float
    p50: float
    p95: float
    p99: float
    failures: int


def run(port: int, calls: Callable[[int], Iterator[Call]], *, connections: int, requests: int) -> Figures:
    """Send `requests` requests over `connections` connections; `calls(i)` yields those of connection i."""
    took: list[float] = []
    failures: list[int] = []

    def client(index: int) -> None:
        channel = http.client.HTTPConnection(LOCAL, port, timeout=30)
        for (method, path, body, headers), _n in zip(calls(index), range(requests // connections), strict=False):
            started = time.perf_counter()
            channel.request(method, path, body, headers)
            answer = channel.getresponse()
            answer.read()
            took.append(time.perf_counter() - started)
            if answer.status >= 400:
                failures.append(answer.status)
        channel.close()

    threads = [threading.Thread(target=client, args=(n,)) for n in range(connections)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return figures(took, time.perf_counter() - started, len(failures))


def figures(took: list[float], seconds: float, failures: int = 0) -> Figures:
    """Sum a list of durations up."""
    cuts = statistics.quantiles(took, n=100) if len(took) > 1 else [took[0]] * 99
    return Figures(len(took) / seconds, 1000 * cuts[49], 1000 * cuts[94], 1000 * cuts[98], failures)


def median(rounds: list[Figures]) -> Figures:
    """Return the round whose rate is the median."""
    return sorted(rounds, key=lambda f: f.rate)[len(rounds) // 2]
