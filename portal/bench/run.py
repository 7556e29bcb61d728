"""The measurements: each work in turns against its floors, medians of the rounds."""

import itertools
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from aftersales.disputes.effect.runs import ask, measure
from aftersales.disputes.models import Dispute
from aftersales.disputes.services.sweep import sweep
from aftersales.policies import drafts
from portal.accounts.models import Duty, User
from portal.bench.load import LOCAL, Call, Figures
from portal.bench.seed import CLIENTS, Seeded
from portal.rest.fields import public_id


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table: our figures, the signed-in floor's and the raw limit's rates."""

    work: str
    figures: Figures
    floor: float | None
    raw: float | None

    @property
    def ratio(self) -> float | None:
        """Our rate as a share of the floor's."""
        return self.figures.rate / self.floor if self.floor else None

    def dump(self) -> dict[str, Any]:
        """Write for machines."""
        return {"work": self.work, **asdict(self.figures), "floor": self.floor, "raw": self.raw, "ratio": self.ratio}


@contextmanager
def site(target: str, env: dict[str, str]) -> Iterator[tuple[int, int]]:
    """Serve a WSGI application as in production, with 2 workers; yield port and process id."""
    with socket.socket() as free:
        free.bind((LOCAL, 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", LOCAL, "--port", str(port)]
    command += ["--workers", "2", "--blocking-threads", "4", "--no-ws", "--log-level", "error", target]
    process = subprocess.Popen(command, env={**os.environ, **env}, cwd=settings.BASE_DIR)  # noqa: S603
    try:
        _wait(port)
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _wait(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection((LOCAL, port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the site did not start")


def memory(pid: int) -> float:
    """Return the largest memory of a process's children, in MB."""
    largest = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(x.split(":\t", 1) for x in status.read_text().splitlines() if ":\t" in x)
        except OSError:
            continue
        if fields.get("PPid", "").strip() == str(pid):
            largest = max(largest, int(fields.get("VmRSS", "0 kB").split()[0]))
    return largest / 1024


class Works:
    """What is loaded, on our site and on the floor's."""

    def __init__(self, seeded: Seeded, *, orders: int, disputes: int) -> None:
        self.seeded, self.orders, self.disputes = seeded, orders, disputes
        free = orders - disputes
        self._ours = [itertools.count(1 + (n - 1) % CLIENTS, CLIENTS) for n in range(1, CLIENTS + 1)]
        self._theirs = itertools.count(free // 2 + 1)
        self._cases = itertools.count(1)
        self.opened: list[list[tuple[str, int]]] = [[] for _ in range(CLIENTS)]

    def _headers(self, key: str) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/json",
            "Idempotency-Key": secrets.token_hex(8),
        }

    def open(self, index: int) -> Iterator[Call]:
        """Open a case with the offers of a plan."""
        buyer = (index + 1) % CLIENTS
        for n in self._ours[index]:
            body = {
                "order": f"B{n}",
                "lines": [{"line": "1", "quantity": 1}],
                "type": "quality_visible",
                "reason": "poor_material",
                "wants": {"remedy": "partial_refund_keep", "amount": "40.00"},
            }
            yield "POST", "/api/v1/disputes/", json.dumps(body), self._headers(self.seeded.buyer_keys[buyer])

    def accept(self, index: int) -> Iterator[Call]:
        """Accept the plan's first offer of a case opened before."""
        keys = dict(zip(self.seeded.buyers, self.seeded.buyer_keys, strict=True))
        for number, offer, buyer in self._offers[index::CLIENTS]:
            path = f"/api/v1/disputes/{number}/accept-offer/"
            yield "POST", path, json.dumps({"offer": public_id("offer", offer)}), self._headers(keys[buyer])

    def prepare_accept(self) -> None:
        """List the offers that stand."""
        found = Dispute.objects.filter(status="awaiting_buyer", offers__by_role="merchant", offers__position=1)
        self._offers = list(found.values_list("number", "offers__pk", "buyer_id").order_by("pk"))

    def queue(self, index: int) -> Iterator[Call]:
        """The merchant's queue as JSON."""
        path = "/api/v1/disputes/?awaiting=merchant&limit=50"
        yield from itertools.repeat(("GET", path, None, self._headers(self.seeded.owner_key)))

    def page(self, cookie: str) -> Callable[[int], Iterator[Call]]:
        """The merchant's queue as a page."""
        return lambda index: itertools.repeat(("GET", "/merchant/", None, {"Cookie": cookie}))

    def floor(self, work: str, cookie: str, token: str) -> Callable[[int], Iterator[Call]]:
        """The same on the bare site."""
        headers = {"Cookie": cookie, "X-CSRFToken": token, "Content-Type": "application/json"}

        def calls(index: int) -> Iterator[Call]:
            while True:
                if work == "open":
                    yield "POST", "/open/", json.dumps({"order": f"B{next(self._theirs)}"}), headers
                elif work == "accept":
                    yield "POST", "/accept/", json.dumps({"case": next(self._cases)}), headers
                else:
                    yield "GET", "/queue/" if work == "queue" else "/queue.html", None, headers

        return calls


def session(port: int, user: str) -> tuple[str, str]:
    """Sign in on the bare site; return cookie and CSRF token."""
    with urllib.request.urlopen(f"http://{LOCAL}:{port}/in/?u={user}") as answer:
        token = json.load(answer)["token"]
        jar: SimpleCookie = SimpleCookie()
        for header in answer.headers.get_all("Set-Cookie"):
            jar.load(header)
    return "; ".join(f"{m.key}={m.value}" for m in jar.values()), token


def page_session() -> str:
    """Make a session for the merchant's page, as signing in would."""
    from django.test import Client

    client = Client()
    client.force_login(User.objects.get(username="bench-owner"))
    return "; ".join(f"{m.key}={m.value}" for m in client.cookies.values())


def due_sweep(count: int) -> Figures:
    """Make cases due and let the sweep move them; the rate is cases a second."""
    now = timezone.now() + timedelta(days=30)
    pks = list(Dispute.objects.filter(due_at__isnull=False, status="awaiting_merchant").values_list("pk")[:count])
    Dispute.objects.filter(due_at__lte=now).exclude(pk__in=[p for (p,) in pks]).update(due_at=now + timedelta(days=1))
    started = time.perf_counter()
    moved = sweep(now=now)
    seconds = time.perf_counter() - started
    empty = time.perf_counter()
    sweep(now=timezone.now() - timedelta(days=1))
    poll = 1000 * (time.perf_counter() - empty)
    return Figures(moved / seconds, poll, poll, poll, 0)


def pack_trial(count: int) -> Figures:
    """Try a changed pack on past cases; the rate is cases a second."""
    now = timezone.now()
    tried = list(Dispute.objects.order_by("pk").values_list("pk", flat=True)[:count])
    Dispute.objects.filter(pk__gt=tried[-1]).update(opened_at=now - timedelta(days=100))
    staff = User.objects.create(username="bench-staff", duty=Duty.PLATFORM)
    draft = drafts.begin(pack="cn", actor=staff, now=now)
    draft.rules["windows"]["visible"] = "24h"
    started = time.perf_counter()
    run = measure(ask(draft=draft, actor=staff, now=now))
    return Figures(run.done / (time.perf_counter() - started), 0, 0, 0, 0)


def statements(calls: Iterator[Call]) -> int:
    """Count the statements of one request, sent through the real URL table in this process."""
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    method, path, body, headers = next(calls)
    client = Client(headers=headers)
    with CaptureQueriesContext(connection) as queries:
        client.generic(method, path, body or "", content_type="application/json")
    skipped = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
    return sum(not q["sql"].startswith(skipped) for q in queries.captured_queries)
