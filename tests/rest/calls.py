"""Calling the API as somebody."""

import json
import uuid

from django.test import Client
from django.utils import timezone

from portal.accounts.models import ApiKey
from portal.accounts.scopes import SCOPES

ROOT = "/api/v1"


class Caller:
    """A client with a key; each POST has an Idempotency-Key of its own unless one is given."""

    def __init__(self, user, scopes=SCOPES):
        self.key, self.secret = ApiKey.objects.issue(user=user, scopes=list(scopes))
        ApiKey.objects.filter(pk=self.key.pk).update(last_used_at=timezone.now())
        self.client = Client()

    def get(self, path, data=None, **headers):
        return self.client.get(f"{ROOT}{path}", data, headers=self._headers(headers))

    def post(self, path, data=None, *, key=None, raw=None, content_type="application/json", **headers):
        body = raw if raw is not None else json.dumps(data or {})
        named = {"idempotency-key": key or uuid.uuid4().hex, **headers}
        return self.client.post(f"{ROOT}{path}", body, content_type=content_type, headers=self._headers(named))

    def upload(self, path, data, **headers):
        named = {"idempotency-key": uuid.uuid4().hex, **headers}
        return self.client.post(f"{ROOT}{path}", data, headers=self._headers(named))

    def _headers(self, more):
        given = {name.replace("_", "-"): value for name, value in more.items() if value is not None}
        return {"authorization": f"Bearer {self.secret}", **given}


def opening(order, /, **more):
    """What opening a case over all of an order sends."""
    lines = [{"line": line.line_ref, "quantity": line.quantity} for line in order.lines.all()]
    return {
        "order": order.number,
        "lines": lines,
        "type": "quality_visible",
        "reason": "poor_material",
        "wants": {"remedy": "partial_refund_keep", "amount": "30.00"},
        "statement": "The seam is open.",
        **more,
    }


def problem(response, status, code):
    """Hold an answer against what a problem document must be; return it."""
    assert response["Content-Type"] == "application/problem+json", response.content
    body = response.json()
    assert (response.status_code, body["code"]) == (status, code), body
    assert body["status"] == status
    assert body["type"].endswith(f"#problem-{code}")
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == response["X-Request-ID"]
    return body
