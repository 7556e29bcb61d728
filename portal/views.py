"""Pages of the site as a whole: health, and what is said when something is not there or not allowed."""

import sys
import time

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from aftersales.remedies.gateways.registry import in_service
from aftersales.remedies.models import GatewayHealth
from portal import heartbeat
from portal.outages import database_away


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when web, database, Redis, worker and beat are alive, else 503 and which is not."""
    beats = heartbeat.read()
    now = time.time()
    parts = {
        "web": True,
        "database": _database_alive(),
        "redis": beats is not None,
        **{part: beats is not None and now - beats.get(part, 0) < heartbeat.STALE for part in heartbeat.PARTS},
    }
    healthy = all(parts.values())
    down = [name for name, alive in parts.items() if not alive]
    body = {"healthy": healthy, "down": down, "parts": parts, "gateways": _gateways() if parts["database"] else {}}
    return JsonResponse(body, status=200 if healthy else 503)


def _gateways() -> dict[str, bool | None]:
    """How each gateway in service answered when last asked (null: not yet); an ill one does not make the site ill."""
    try:
        known = {health.gateway: not health.problem for health in GatewayHealth.objects.all()}
    except DatabaseError:
        return {}
    return {name: known.get(name) for name in in_service()}


def _database_alive() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say what to do when a form's protection token is missing or old."""
    return render(request, "errors/csrf.html", status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that the request could not be read, or that it is too large."""
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return render(request, "413.html", status=413)
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that this is somebody else's to do."""
    return render(request, "403.html", {"reason": str(exception)}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that there is nothing here, or nothing for this person."""
    return render(request, "404.html", status=404)


def fault(request: HttpRequest) -> HttpResponse:
    """Say that something broke on our side (500), or that the database is away for a moment (503)."""
    away = database_away(sys.exc_info()[1])
    response = HttpResponse(render_to_string("503.html" if away else "500.html"), status=503 if away else 500)
    if away:
        response["Retry-After"] = "2"
    return response
