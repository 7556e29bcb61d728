from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from portal.ui import words


@require_POST
def set_scheme(request: HttpRequest) -> HttpResponse:
    """Choose light or dark colours, or the device's own, and stay on the page."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    response = HttpResponseRedirect(target)
    chosen = request.POST.get("scheme", "")
    if chosen and chosen in words.SCHEMES:
        secure = bool(settings.SESSION_COOKIE_SECURE)
        response.set_cookie("scheme", chosen, max_age=365 * 24 * 3600, secure=secure, httponly=True, samesite="Lax")
    else:
        response.delete_cookie("scheme", samesite="Lax")
    return response
