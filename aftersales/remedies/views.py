from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from aftersales.remedies.gateways import Forged
from aftersales.remedies.gateways.hearing import NotListening, hear

_MOST = 256 * 1024  # bytes; gateways send a few kilobytes


@csrf_exempt
@require_POST
def gateway_webhook(request: HttpRequest, name: str) -> HttpResponse:
    """Keep what a gateway tells, verified, and answer at once; workers deal with it. Told twice is kept once."""
    if int(request.headers.get("Content-Length") or 0) > _MOST:
        return _say("too large", 413)
    try:
        hear(name=name, headers=request.headers, body=request.body, now=timezone.now())
    except NotListening:
        return _say("nobody listens here", 404)
    except Forged:
        return _say("signature not valid", 403)
    except ValueError:
        return _say("not understood", 400)
    return _say("success", 200)  # in the very word that Alipay waits for; the others read the status


def _say(word: str, status: int) -> HttpResponse:
    return HttpResponse(word, content_type="text/plain", status=status)
