"""The least that the work can be: rows read and written by the ORM, JSON or a plain template out."""

import json
from typing import Any

from django.contrib.auth import login
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.template import engines
from django.utils import timezone

from aftersales.disputes.models import Dispute, DisputeLine, Event, Offer
from aftersales.disputes.models.case import new_number
from aftersales.orders.models import OrderLine
from portal.accounts.models import User

_ROWS = engines["django"].from_string(
    "<table>{% for c in cases %}<tr>"
    "<td><a href='/disputes/{{ c.number }}/'>{{ c.number }}</a></td><td>{{ c.reason }}</td>"
    "<td>{{ c.wants_amount }}</td><td>{{ c.due_at|date:'c' }}</td><td>{{ c.updated_at|date:'c' }}</td>"
    "<td>{{ c.opened_at|date:'c' }}</td><td>{{ c.status }}</td></tr>{% endfor %}</table>"
)


def sign_in(request: HttpRequest) -> HttpResponse:
    """Start a session for whoever asks: this site exists only inside the benchmark."""
    login(request, User.objects.get(username=request.GET["u"]))
    return JsonResponse({"token": get_token(request)})


@transaction.atomic
def open_case(request: HttpRequest) -> HttpResponse:
    """Look a line up; write a case, its line, an event and three offers."""
    given: dict[str, Any] = json.loads(request.body)
    line = OrderLine.objects.select_related("order").get(order__number=given["order"])
    now = timezone.now()
    case = Dispute.objects.create(
        number=new_number(),
        order=line.order,
        merchant_id=line.merchant_id,
        buyer_id=request.user.pk or 0,
        type="quality_visible",
        reason="poor_material",
        order_stage="received",
        currency="CNY",
        max_amount=line.paid_amount,
        wants="partial_refund_keep",
        wants_amount=40,
        policy_id=1,
        status="awaiting_merchant",
        awaiting="merchant",
        due_at=now,
        on_silence="none",
        opened_at=now,
        updated_at=now,
    )
    DisputeLine.objects.create(dispute=case, order_line=line, quantity=1, max_amount=line.paid_amount)
    Event.objects.create(
        dispute=case, seq=1, at=now, role="buyer", action="open", to_status="awaiting_merchant", hash=""
    )
    Offer.objects.bulk_create(
        [Offer(dispute=case, by_role="merchant", position=n, kind="coupon", cash=n, made_at=now) for n in (1, 2, 3)]
    )
    return JsonResponse({"number": case.number, "offers": [1, 2, 3]}, status=201)


@transaction.atomic
def accept(request: HttpRequest) -> HttpResponse:
    """Lock a case, update it, write an event, a refund and two ledger rows."""
    case = Dispute.objects.select_for_update().get(pk=json.loads(request.body)["case"])
    now = timezone.now()
    Dispute.objects.filter(pk=case.pk).update(status="fulfilling", updated_at=now)
    Event.objects.create(dispute=case, seq=90, at=now, role="buyer", action="accept", to_status="fulfilling", hash="")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_refund (case_id, amount) VALUES (%s, 40)", [case.pk])
        cursor.execute("INSERT INTO bench_entry (case_id, amount) VALUES (%s, 40), (%s, -40)", [case.pk, case.pk])
    return JsonResponse({"number": case.number})


def _queue(request: HttpRequest) -> Any:
    return Dispute.objects.filter(merchant__members__user=request.user.pk, awaiting="merchant").order_by("due_at")[:50]


def queue(request: HttpRequest) -> HttpResponse:
    """Fifty rows as JSON."""
    fields = ["number", "status", "reason", "wants_amount", "due_at", "updated_at", "opened_at"]
    return JsonResponse({"results": list(_queue(request).values(*fields))})


def queue_page(request: HttpRequest) -> HttpResponse:
    """Fifty rows as a plain Django-template table."""
    return HttpResponse(_ROWS.render({"cases": list(_queue(request))}))
