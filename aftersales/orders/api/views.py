from typing import TYPE_CHECKING, Any, cast

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from aftersales.orders.api.body import bodies, visible
from aftersales.orders.api.serializers import OrderBody, OrderGiven
from aftersales.orders.imports.single import OrderData, OrderRefused
from aftersales.orders.models import Order
from aftersales.orders.services import upsert_order
from portal.accounts.models import Duty
from portal.rest.idempotency import idempotent
from portal.rest.pagination import OpaqueCursor
from portal.rest.problems import Problem

if TYPE_CHECKING:
    from portal.accounts.models import User


class OrderViewSet(GenericViewSet[Order]):
    """Orders: the caller's own as buyer, those of the caller's shop, all for the platform."""

    scopes = {"GET": "orders:read", "POST": "orders:write"}
    lookup_field = "number"
    lookup_url_kwarg = "ref"
    lookup_value_regex = "[^/]+"
    pagination_class = OpaqueCursor
    serializer_class = OrderBody
    queryset = Order.objects.none()

    @extend_schema(responses=OrderBody(many=True))
    def list(self, request: Request) -> Response:
        """List orders, newest first."""
        user = _user(request)
        orders = self.paginate_queryset(visible(user)) or []
        return self.get_paginated_response(bodies(orders, user))

    def retrieve(self, request: Request, ref: str) -> Response:
        """Return one order by its number: the reference, with `-2`, `-3` for further merchants of a purchase."""
        user = _user(request)
        return Response(bodies([get_object_or_404(visible(user), number=ref)], user)[0])

    @extend_schema(request=OrderGiven, responses={200: OrderBody, 201: OrderBody})
    @idempotent
    def create(self, request: Request) -> Response:
        """Make an order, or bring it up to date; the same again changes nothing. For the marketplace's keys.

        What was bought and paid cannot change once the order has an after-sales case.
        """
        user = _user(request)
        if user.duty not in {Duty.PLATFORM, Duty.MARKETPLACE}:
            raise PermissionDenied(_("Only the marketplace's keys may send orders."))
        form = OrderGiven(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            order, created = upsert_order(data=_data(form.validated_data), now=timezone.now())
        except OrderRefused as refused:
            raise Problem(422, "order_refused", str(refused), errors=refused.errors) from refused
        return Response(bodies([visible(user).get(pk=order.pk)], user)[0], status=201 if created else 200)


def _user(request: Request) -> "User":
    return cast("User", request.user)  # HasScope lets only keys in


def _data(given: dict[str, Any]) -> OrderData:
    return OrderData(
        ref=given["ref"],
        merchant_ref=given["merchant"]["ref"],
        merchant_name=given["merchant"]["name"],
        buyer_ref=given["buyer"]["ref"],
        buyer_name=given["buyer"]["name"],
        buyer_email=given["buyer"]["email"],
        currency=given["currency"],
        market=given["market"],
        promotions=given.get("promotions"),
        paid_at=given.get("paid_at"),
        lines=[{**line, "line_ref": line["line"]} for line in given["lines"]],
        payments=given.get("payments", []),
    )
