"""What every request passes through first."""

import logging
import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
current_request: ContextVar[str] = ContextVar("current_request", default="-")


class RequestIdMiddleware:
    """Give each request an id (the caller's where it is well formed), for log lines, answers and support."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Run the request with its id."""
        given = request.headers.get("X-Request-ID", "")
        request.request_id = given if _ID.fullmatch(given) else secrets.token_hex(8)  # type: ignore[attr-defined]
        token = current_request.set(request.request_id)  # type: ignore[attr-defined]
        try:
            response = self.get_response(request)
        finally:
            current_request.reset(token)
        response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        return response


class UnreadableMiddleware:
    """Refuse, before anything reads it, what no view can take: it stands last, where the reader's language is known.

    NUL bytes in the address: PostgreSQL cannot store them, and nobody types them. Text that is not UTF-8. A body larger
    than all that may be sent at once.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Refuse the request or go on."""
        if _has_nul(request):
            return _refusal(request, 400, "malformed", _("The address holds a NUL byte."))
        if (request.content_params or {}).get("charset", "utf-8").lower() not in {"utf-8", "utf8"}:
            return _refusal(request, 400, "malformed", _("Text must be sent as UTF-8."))
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.UPLOAD_MOST:
            return _refusal(request, 413, "too_large", _("The request is too large."))
        return self.get_response(request)


class RequestIdFilter(logging.Filter):
    """Put the request's id on each log line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add `request_id` to the record."""
        record.request_id = current_request.get()
        return True


def _has_nul(request: HttpRequest) -> bool:
    return "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", "")


def _refusal(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        from portal.rest.problems import Problem, answer  # only here: Django REST framework reads the settings

        return answer(request, Problem(status, code, detail))
    if status == 413:
        _read_away(request)
    return render(request, f"{status}.html", status=status)


def _read_away(request: HttpRequest) -> None:
    """Take a body in and drop it, within reason: a browser shows no answer before all of it is sent."""
    left = 3 * settings.UPLOAD_MOST
    while left > 0 and (chunk := request.read(64 * 1024)):
        left -= len(chunk)
