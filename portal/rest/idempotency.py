"""`Idempotency-Key`: the same key and body get the first answer again, whatever happened to the first connection.

The key's row, the effect and the stored answer are one transaction: a crash leaves none of them, so that a retry really
runs again, and a replay never tells of something that did not happen.
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from django.db import connection, transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from portal.rest.models import IdempotentRequest
from portal.rest.problems import MEDIA_TYPE, Problem, answer

if TYPE_CHECKING:
    from portal.accounts.models import User

Handler = Callable[..., Response]
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
# The advisory lock is held to the end of the transaction: whoever does not get it meets a request that still runs.
# An insert alone would wait for that one's row, for as long as it takes.
_CLAIM = """
INSERT INTO rest_idempotentrequest (user_id, key, fingerprint, created_at, body, content_type, headers)
SELECT %(user)s, %(key)s, %(fingerprint)s, %(now)s, '', '', '{}'
WHERE pg_try_advisory_xact_lock(hashtextextended(%(lock)s, 0))
ON CONFLICT (user_id, key) DO NOTHING RETURNING id
"""

_STORE = """
UPDATE rest_idempotentrequest
SET status = %(status)s, body = %(body)s, content_type = %(content_type)s, headers = %(headers)s WHERE id = %(id)s
"""


def idempotent(handler: Handler) -> Callable[..., HttpResponse]:
    """Make a POST safe to repeat. Raises Problem: key missing, used for another request, or still running.

    Answers of 2xx are stored with the effect. A Problem marked `final` undoes the effect and is stored, too; any other
    error leaves the key as if it had never been used.
    """

    @wraps(handler)
    def once(view: Any, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        call = _Call.of(request)
        try:
            with transaction.atomic():
                row = call.claim()
                if row is None:
                    return call.replay()
                response = _rendered(handler(view, request, *args, **kwargs))
                _store(row, response)
                return response
        except Problem as problem:
            if not problem.final:
                raise
            response = answer(request, problem)
            call.keep(response)
            return response

    once.is_idempotent = True  # type: ignore[attr-defined]  # read by the OpenAPI schema
    return once


@dataclass(frozen=True, slots=True)
class _Call:
    """One request under its key."""

    user: "User"
    key: str
    fingerprint: str

    @classmethod
    def of(cls, request: Request) -> "_Call":
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            text = _("Send an Idempotency-Key header: a new one for each request, the same one to repeat it.")
            raise Problem(400, "idempotency_key_required", text)
        if not _KEY.fullmatch(key):
            text = _("An Idempotency-Key has at most 200 visible ASCII characters.")
            raise Problem(400, "idempotency_key_invalid", text)
        return cls(user=cast("User", request.user), key=key, fingerprint=_fingerprint(request))

    def claim(self) -> int | None:
        """Take the key for this transaction; None where it was used before or is in use."""
        values: dict[str, Any] = {"user": self.user.pk, "key": self.key, "fingerprint": self.fingerprint}
        values |= {"now": timezone.now(), "lock": f"idempotency:{self.user.pk}:{self.key}"}
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, values)
            row = cursor.fetchone()
        return row[0] if row else None

    def replay(self) -> HttpResponse:
        """Answer as the first time. Raises Problem."""
        first = IdempotentRequest.objects.filter(user=self.user, key=self.key).first()
        if first is None:
            text = _("The first request with this key still runs. Try again in a moment.")
            running = Problem(409, "idempotency_in_progress", text)
            running.headers["Retry-After"] = "1"
            raise running
        if first.fingerprint != self.fingerprint:
            text = _("This Idempotency-Key was used for another request. Use a new one.")
            raise Problem(422, "idempotency_key_reused", text)
        headers = {**first.headers, "Idempotent-Replayed": "true"}
        return HttpResponse(first.body, status=first.status, content_type=first.content_type, headers=headers)

    def keep(self, response: HttpResponse) -> None:
        """Store an answer whose transaction was undone."""
        row = IdempotentRequest(
            user=self.user,
            key=self.key,
            fingerprint=self.fingerprint,
            created_at=timezone.now(),
            **_columns(response),
        )
        IdempotentRequest.objects.bulk_create([row], ignore_conflicts=True)


def _fingerprint(request: Request) -> str:
    seen = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    fields = {name: value for name, value in dict(request.data).items() if name not in request.FILES}
    seen.update(json.dumps(fields, sort_keys=True, default=str).encode())
    for name, upload in sorted(request.FILES.items()):
        seen.update(f"\n{name}={upload.name}\n".encode(errors="replace"))
        for chunk in upload.chunks():
            seen.update(chunk)
        upload.seek(0)
    return seen.hexdigest()


def _rendered(response: Response) -> HttpResponse:
    body = JSONRenderer().render(response.data)
    kept = {name: value for name, value in response.items() if name in {"ETag", "Location"}}
    return HttpResponse(body, status=response.status_code, content_type="application/json", headers=kept)


def _store(row: int, response: HttpResponse) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_STORE, {**_columns(response), "headers": json.dumps(_kept(response)), "id": row})


def _kept(response: HttpResponse) -> dict[str, str]:
    return {name: value for name, value in response.items() if name in {"ETag", "Location"}}


def _columns(response: HttpResponse) -> dict[str, Any]:
    return {
        "status": response.status_code,
        "body": response.content.decode(),
        "content_type": "application/json" if response.status_code < 400 else MEDIA_TYPE,
        "headers": _kept(response),
    }
