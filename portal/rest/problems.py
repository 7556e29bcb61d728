"""Errors as RFC 9457 problem documents: one shape, a stable `code`, in the caller's language."""

import logging
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core import exceptions as core
from django.core.signals import got_request_exception
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer

from portal.outages import database_away

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
# Deadlock, serialization failure, lock not available: nothing is wrong with the request, it only met another one.
_BUSY = {"40P01", "40001", "55P03"}


class Problem(exceptions.APIException):
    """Something that the caller should know and can act on; further members go into the document as they are.

    `final` says that the request was carried out and this is its answer: it is given again to the same key.
    """

    def __init__(self, status: int, code: str, detail: str, *, final: bool = False, **more: Any) -> None:
        super().__init__(detail=detail, code=code)
        self.status_code, self.problem_code, self.text = status, code, detail
        self.final, self.more = final, more
        self.headers: dict[str, str] = {}


def handler(raised: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """Turn what a view raised into an answer; what nobody foresaw is logged and answered 500."""
    request = context["request"]
    problem = _foreseen(raised)
    if problem is None:
        log.error("API fault at %s", request.path, exc_info=raised)
        got_request_exception.send(sender=handler, request=request)
        problem = Problem(500, "fault", _("Something broke on our side. Nothing was changed; please try again."))
    response = answer(request, problem)
    if isinstance(raised, exceptions.APIException) and (scheme := getattr(raised, "auth_header", None)):
        response["WWW-Authenticate"] = scheme
    if wait := getattr(raised, "wait", None):
        response["Retry-After"] = str(int(wait))
    return response


def answer(request: Any, problem: Problem) -> HttpResponse:
    """Answer with a problem; also for use outside of API views."""
    body = JSONRenderer().render(document(request, problem))
    response = HttpResponse(body, status=problem.status_code, content_type=MEDIA_TYPE)
    for name, value in problem.headers.items():
        response[name] = value
    return response


def document(request: HttpRequest, problem: Problem) -> dict[str, Any]:
    """Write a problem as the members of RFC 9457 and ours."""
    return {
        "type": f"{settings.SITE_URL}/api/v1/docs/#problem-{problem.problem_code}",
        "title": HTTPStatus(problem.status_code).phrase,
        "status": problem.status_code,
        "detail": problem.text,
        "code": problem.problem_code,
        "request_id": getattr(request, "request_id", ""),
        **problem.more,
    }


def field_errors(detail: Any, at: str = "") -> dict[str, list[str]]:
    """Flatten a serializer's errors: `{"lines.0.quantity": ["..."]}`; `""` is the body as a whole."""
    errors: dict[str, list[str]] = {}
    for path, text in _walk(detail, at):
        errors.setdefault(path, []).append(text)
    return errors


def _walk(detail: Any, at: str) -> Iterator[tuple[str, str]]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            name = "" if name == "non_field_errors" else str(name)
            yield from _walk(inner, f"{at}.{name}".strip("."))
    elif isinstance(detail, list | tuple):
        for place, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list | tuple)
            yield from _walk(inner, f"{at}.{place}".strip(".") if nested else at)
    else:
        # It may quote half a character, which no answer can hold.
        yield at, str(detail).encode(errors="replace").decode()


def _foreseen(raised: Exception) -> Problem | None:
    """Return what we know to say about an exception."""
    match raised:
        case Problem():
            return raised
        case exceptions.ValidationError():
            errors = field_errors(raised.detail)
            return Problem(422, "invalid", _("Some fields are missing or wrong."), errors=errors)
        case exceptions.APIException():
            return _of_framework(raised)
        case Http404():
            return Problem(404, "not_found", _("There is nothing here, or nothing for you."))
        case core.PermissionDenied():
            return Problem(403, "not_allowed", str(raised) or _("You cannot do this."))
        case core.RequestDataTooBig():
            return Problem(413, "too_large", _("The request is too large."))
        case core.SuspiciousOperation() | UnreadablePostError():
            return Problem(400, "malformed", _("The request could not be read."))
        case OperationalError() if getattr(raised.__cause__, "pgcode", "") in _BUSY:
            busy = Problem(503, "busy", _("Somebody else was changing the same thing. Please try again."))
            busy.headers["Retry-After"] = "1"
            return busy
    if database_away(raised):
        return _unavailable()
    return None


def _unavailable() -> Problem:
    """What was sent may have been done or not: the caller's own key tells."""
    text = _("The service is away for a moment. Send the same request with the same key again.")
    problem = Problem(503, "unavailable", text)
    problem.headers["Retry-After"] = "2"
    return problem


_CODES = {
    exceptions.NotAuthenticated: "key_required",
    exceptions.AuthenticationFailed: "key_invalid",
    exceptions.ParseError: "malformed",
    exceptions.NotFound: "not_found",
    exceptions.PermissionDenied: "not_allowed",
    exceptions.MethodNotAllowed: "method_not_allowed",
    exceptions.NotAcceptable: "not_acceptable",
    exceptions.UnsupportedMediaType: "unsupported_media_type",
    exceptions.Throttled: "too_many_requests",
}


def _of_framework(raised: exceptions.APIException) -> Problem:
    code = _CODES.get(type(raised), "failed")
    return Problem(raised.status_code, code, str(raised.detail))
