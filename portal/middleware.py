"""What every request passes through first."""

import logging
import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest

_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
current_request: ContextVar[str] = ContextVar("current_request", default="-")


class RequestIdMiddleware:
    """Give each request an id (the caller's where it is well formed), for log lines, answers and support.

    Also refuses NUL bytes in the address: PostgreSQL cannot store them, and nobody types them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Run the request with its id."""
        given = request.headers.get("X-Request-ID", "")
        request.request_id = given if _ID.fullmatch(given) else secrets.token_hex(8)  # type: ignore[attr-defined]
        token = current_request.set(request.request_id)  # type: ignore[attr-defined]
        try:
            response = self.get_response(request) if not _has_nul(request) else _no_nul(request)
        finally:
            current_request.reset(token)
        response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        return response


class RequestIdFilter(logging.Filter):
    """Put the request's id on each log line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add `request_id` to the record."""
        record.request_id = current_request.get()
        return True


def _has_nul(request: HttpRequest) -> bool:
    return "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", "")


def _no_nul(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        from portal.rest.problems import Problem, answer  # only here: Django REST framework reads the settings

        return answer(request, Problem(400, "malformed", "The address holds a NUL byte."))
    return HttpResponseBadRequest("The address holds a NUL byte.", content_type="text/plain; charset=utf-8")
