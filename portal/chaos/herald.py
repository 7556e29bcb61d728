"""The gateway's webhooks: sent twice, late, in any order, into a site that keeps dying; many never arrive."""

import http.client
import json
import random
import threading

from django.db import Error, connection
from django.utils import timezone

from aftersales.remedies.gateways.registry import gateway
from aftersales.remedies.gateways.simulated import Simulated
from aftersales.remedies.models import SimulatedRefund


class Herald(threading.Thread):
    """Tells the product at `port` what stands in the simulated gateway's books, until told to stop."""

    def __init__(self, port: int, seed: int) -> None:
        super().__init__(daemon=True)
        self.sent = 0
        self._port, self._last = port, 0
        self._chance = random.Random(seed + 2)  # noqa: S311 - a draw that can be repeated, guarding nothing
        self._over = threading.Event()

    def run(self) -> None:
        """Look for new entries each second."""
        while not self._over.wait(1):
            try:
                self._tell_news()
            except Error:  # the database was killed a moment ago
                connection.close()
        connection.close()

    def stop(self) -> None:
        """Stop, and wait for it."""
        self._over.set()
        self.join(30)

    def _tell_news(self) -> None:
        news = list(SimulatedRefund.objects.filter(pk__gt=self._last).order_by("pk")[:200])
        self._last = news[-1].pk if news else self._last
        twice = [entry for entry in news for _time in range(self._chance.choice([0, 1, 2]))]
        self._chance.shuffle(twice)
        for entry in twice:
            self._post(entry)

    def _post(self, entry: SimulatedRefund) -> None:
        settled = entry.settles_at <= timezone.now()
        told = {
            "id": f"{entry.reference}:{settled}",
            "key": entry.key,
            "reference": entry.reference,
            "verdict": "succeeded" if settled else "pending",
            "amount": str(entry.amount),
            "currency": entry.currency,
        }
        body = json.dumps(told).encode()
        served_by = gateway("simulated")
        assert isinstance(served_by, Simulated)  # noqa: S101 - for the type checker
        site = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
        try:
            site.request("POST", "/webhooks/gateways/simulated/", body, {"Simulated-Signature": served_by.sign(body)})
            self.sent += site.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            pass  # this one never arrives
        finally:
            site.close()
