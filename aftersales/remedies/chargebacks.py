"""Chargebacks over REST: the buyer's bank took the money back, so that much less is refunded."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from aftersales.orders.models import Order, OrderPayment
from aftersales.remedies.gateways import Seen, Verdict, outside
from aftersales.remedies.models import OutsideRefund
from portal.accounts.models import Duty
from portal.money import is_exact
from portal.rest.fields import AmountField, amount
from portal.rest.forms import validated
from portal.rest.idempotency import idempotent
from portal.rest.problems import Problem

SOURCE = "chargeback"  # what they are filed under, where a gateway's own name would stand


class ChargebackGiven(serializers.Serializer[Any]):
    """A chargeback; `reference` is the bank's or the marketplace's own, and makes it count once.

    `payment` is the payment's reference or channel (not needed where the order has only one), `lines` the order lines
    it concerns, if only some.
    """

    reference = serializers.CharField(max_length=120)
    order = serializers.CharField(max_length=100)
    payment = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)
    lines = serializers.ListField(child=serializers.CharField(max_length=60), max_length=500, default=list)
    amount = AmountField()
    currency = serializers.CharField(min_length=3, max_length=3)
    reason = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class ChargebackBody(serializers.Serializer[Any]):
    """What a chargeback came to: off refunds on their way, as a refund of its own, and what was paid twice."""

    reference = serializers.CharField()
    order = serializers.CharField()
    case = serializers.CharField(allow_null=True)
    amount = AmountField()
    currency = serializers.CharField()
    netted = AmountField()
    booked = AmountField()
    excess = AmountField()
    note = serializers.CharField()


class ChargebacksView(APIView):
    """Chargebacks."""

    scopes = {"POST": "orders:write"}

    @extend_schema(
        operation_id="chargebacks_create",
        request=ChargebackGiven,
        responses={200: ChargebackBody, 201: ChargebackBody},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Record a chargeback, so that nobody is paid twice. For the marketplace's keys.

        It is taken off refunds still to be paid through that payment; the rest counts as a refund of its own. The same
        reference again changes nothing and is answered 200.
        """
        if getattr(request.user, "duty", "") not in {Duty.PLATFORM, Duty.MARKETPLACE}:
            raise PermissionDenied(_("Only the marketplace's keys may record chargebacks."))
        sent = validated(ChargebackGiven, request.data)
        payment, lines = _payment(sent)
        seen = Seen(
            reference=sent["reference"],
            verdict=Verdict.SUCCEEDED,
            amount=sent["amount"],
            currency=sent["currency"],
            reason=sent["reason"],
            chargeback=True,
        )
        row, is_new = outside.enter(SOURCE, seen, outside.About(payment, lines), now=timezone.now())
        if (row.payment_id, row.amount, row.currency) != (payment.pk, sent["amount"], sent["currency"]):
            raise Problem(409, "chargeback_differs", _("This reference was recorded with other figures."), final=True)
        return Response(_body(row), status=201 if is_new else 200)


def _payment(sent: dict[str, Any]) -> tuple[OrderPayment, tuple[int, ...]]:
    """Find payment and lines. Raises Problem naming what is wrong."""
    order = Order.objects.prefetch_related("payments", "lines").filter(number=sent["order"]).first()
    if order is None:
        raise _wrong("order", _("There is no such order."))
    if sent["currency"] != order.currency:
        raise _wrong("currency", _("The order was paid in %(currency)s.") % {"currency": order.currency})
    if sent["amount"] <= 0 or not is_exact(sent["amount"], order.currency):
        raise _wrong("amount", _("Not an amount of this currency."))
    named = [p for p in order.payments.all() if not sent["payment"] or sent["payment"] in {p.ref, p.channel}]
    if len(named) != 1:
        raise _wrong("payment", _("Name one payment of the order, by its reference or channel."))
    refs = {line.line_ref: line.pk for line in order.lines.all()}
    if unknown := [ref for ref in sent["lines"] if ref not in refs]:
        raise _wrong("lines", _("The order has no line %(line)s.") % {"line": unknown[0]})
    return named[0], tuple(refs[ref] for ref in sent["lines"])


def _wrong(field: str, words: str) -> Problem:
    return Problem(422, "chargeback_refused", words, errors={field: [words]})


def _body(row: OutsideRefund) -> dict[str, Any]:
    figures = {name: amount(getattr(row, name), row.currency) for name in ("amount", "netted", "booked", "excess")}
    return {
        "reference": row.reference,
        "order": row.payment.order.number if row.payment else "",
        "case": row.case or None,
        "currency": row.currency,
        **figures,
        "note": row.note,
    }
