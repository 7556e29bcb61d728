"""Calling the API of a product that keeps dying: the same request with the same key until there is an answer."""

import http.client
import json
import secrets
import threading
import time
from collections import Counter
from typing import Any

RUNNING = "idempotency_in_progress"


class Unanswered(Exception):
    """Nobody answered for so long that the product must be broken for good."""


class Caller:
    """Somebody with a key. Counts requests and repetitions of all callers in `counts`."""

    counts: Counter[str] = Counter()
    _lock = threading.Lock()

    def __init__(self, port: int, key: str, *, patience: float = 120) -> None:
        self._port, self._key, self._patience = port, key, patience

    def post(self, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        """Send until answered, each time with the same Idempotency-Key; return status and answer. Raises Unanswered."""
        return self._until_answered("POST", path, json.dumps(body or {}), secrets.token_hex(12))

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        """Ask until answered. Raises Unanswered."""
        return self._until_answered("GET", path, None, "")

    def _until_answered(self, method: str, path: str, body: str | None, key: str) -> tuple[int, dict[str, Any]]:
        deadline, last = time.monotonic() + self._patience, ""
        while time.monotonic() < deadline:
            try:
                status, answer = self._send(method, path, body, key)
            except (OSError, http.client.HTTPException, ValueError) as problem:
                last = repr(problem)
            else:
                last = f"{status} {answer}"
                if status < 500 and answer.get("code") != RUNNING:
                    return status, answer
            self._count("repeated")
            time.sleep(0.3)  # the part that died is on its way up
        raise Unanswered(f"{method} {path}: {last}")

    def _send(self, method: str, path: str, body: str | None, key: str) -> tuple[int, dict[str, Any]]:
        self._count("sent")
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json", "Idempotency-Key": key}
        try:
            connection.request(method, f"/api/v1{path}", body, headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read() or b"{}")
        finally:
            connection.close()

    def _count(self, what: str) -> None:
        with self._lock:
            self.counts[what] += 1
