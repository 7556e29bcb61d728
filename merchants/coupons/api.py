"""Coupons over REST: listed, looked up by their code, used up and given back by the merchant or the marketplace."""

from typing import Any, cast

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from merchants.coupons import services
from merchants.coupons.codes import readable
from merchants.coupons.models import Coupon, CouponState
from portal.accounts.models import User
from portal.accounts.throttle import Limit, count, is_blocked
from portal.rest.fields import AmountField, amount
from portal.rest.idempotency import idempotent
from portal.rest.pagination import OpaqueCursor
from portal.rest.problems import Problem

# Why a coupon cannot be used, as stable codes; all of them are rules (422).
_REFUSALS: dict[type[Exception], str] = {
    services.MistypedCode: "mistyped_code",
    services.CouponExpired: "coupon_expired",
    services.CouponNotYetValid: "coupon_not_yet_valid",
    services.CouponSpent: "coupon_spent",
    services.WrongMerchant: "wrong_merchant",
    services.WrongBuyer: "wrong_buyer",
    services.BelowMinimum: "below_minimum",
    services.OtherCurrency: "other_currency",
    services.OutOfScope: "out_of_scope",
    services.SpendUnknown: "spend_unknown",
    services.NotStackable: "not_stackable",
    services.NotUsed: "coupon_not_used",
}
# Codes that are well-formed but nobody's: 80 random bits cannot be found by trying, and nobody is let try. The
# marketplace asks for all its buyers. Mistyped codes are told apart without asking the database, and not counted.
GUESSES = (Limit("name", 30, 900),)
MARKETPLACE_GUESSES = (Limit("name", 3000, 900),)


class CouponBody(serializers.Serializer[Any]):
    """A coupon; amounts in its currency. With `percent`, `amount` is the most that it takes off."""

    code = serializers.CharField()
    merchant = serializers.CharField()
    case = serializers.CharField()
    state = serializers.CharField()
    currency = serializers.CharField()
    amount = AmountField()
    percent = serializers.CharField(allow_null=True)
    minimum_spend = AmountField()
    categories = serializers.ListField(child=serializers.CharField())
    skus = serializers.ListField(child=serializers.CharField())
    stackable = serializers.BooleanField()
    issued_at = serializers.DateTimeField()
    starts_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField()
    redeemed_at = serializers.DateTimeField(allow_null=True)
    redeemed_order = serializers.CharField()
    redeemed_amount = AmountField()


class BoughtBody(serializers.Serializer[Any]):
    """A line of the order; `amount` is what it costs before the coupon."""

    sku = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    category = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    amount = AmountField()


class Redemption(serializers.Serializer[Any]):
    """For which order a coupon is used up: what it costs in all (`spent`) or, for coupons with a scope, its `lines`."""

    order = serializers.CharField(max_length=100)
    spent = AmountField(required=False)
    lines = serializers.ListField(child=BoughtBody(), required=False, default=list, max_length=500)
    merchant = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    buyer = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    currency = serializers.CharField(
        max_length=3, required=False, allow_blank=True, default="", help_text="The order's; checked where given."
    )


class Release(serializers.Serializer[Any]):
    """The cancelled order that the coupon was used for."""

    order = serializers.CharField(max_length=100)


_STATE = OpenApiParameter("state", OpenApiTypes.STR, enum=CouponState.values)


class CouponViewSet(GenericViewSet[Coupon]):
    """Coupons that the caller may see: the buyer's own, the merchant's, all for the platform."""

    scopes = {"GET": "coupons:read", "POST": "coupons:write"}
    lookup_field = "code"
    lookup_value_regex = "[A-Za-z0-9 -]+"
    serializer_class = CouponBody
    pagination_class = OpaqueCursor
    queryset = Coupon.objects.none()

    @extend_schema(responses=CouponBody(many=True), parameters=[_STATE])
    def list(self, request: Request) -> Response:
        """List coupons, newest first; `state` narrows it."""
        found = Coupon.objects.visible_to(_user(request)).select_related("merchant")
        if state := request.query_params.get("state", ""):
            if state not in CouponState.values:
                text = _("`state` is one of %(states)s.") % {"states": ", ".join(CouponState.values)}
                raise Problem(400, "bad_parameter", text, errors={"state": [text]})
            found = found.filter(state=state)
        rows = self.paginate_queryset(found.order_by("-issued_at", "-id"))
        return self.get_paginated_response([_body(coupon) for coupon in rows or []])

    @extend_schema(responses=CouponBody)
    def retrieve(self, request: Request, code: str) -> Response:
        """Look a coupon up by its code, written as people write it."""
        return _answer(request, lambda: services.check(code=code, actor=_user(request)))

    @extend_schema(request=Redemption, responses=CouponBody)
    @action(detail=True, methods=["post"])
    @idempotent
    def redeem(self, request: Request, code: str) -> Response:
        """Use a coupon up for an order; for the same order again nothing changes."""
        form = Redemption(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        purchase = services.Purchase(
            order_ref=given["order"],
            spent=given.get("spent"),
            lines=tuple(services.Bought(line["sku"], line["category"], line["amount"]) for line in given["lines"]),
            merchant_ref=given["merchant"],
            buyer_ref=given["buyer"],
            currency=given["currency"],
        )
        now = timezone.now()
        return _answer(request, lambda: services.redeem(code=code, purchase=purchase, actor=_user(request), now=now))

    @extend_schema(request=Release, responses=CouponBody)
    @action(detail=True, methods=["post"])
    @idempotent
    def release(self, request: Request, code: str) -> Response:
        """Give a coupon back because its order was cancelled; twice for the same order changes nothing."""
        form = Release(data=request.data)
        form.is_valid(raise_exception=True)
        order, now = form.validated_data["order"], timezone.now()
        return _answer(request, lambda: services.release(code=code, order_ref=order, actor=_user(request), now=now))


def _answer(request: Request, verb: Any) -> Response:
    """Answer with the coupon that a verb returns, or with why not; unknown codes are counted, and too many refused."""
    person, limits = str(_user(request).pk), MARKETPLACE_GUESSES if _user(request).duty else GUESSES
    if is_blocked(request, "coupon", person, limits):
        raise Problem(429, "too_many_wrong_codes", _("Too many wrong coupon codes. Please try again in 15 minutes."))
    try:
        return Response(_body(verb()))
    except services.UnknownCoupon as unknown:
        count(request, "coupon", person, limits)
        raise Http404 from unknown
    except services.NotYours as refusal:
        raise Problem(403, "not_allowed", str(refusal)) from refusal
    except tuple(_REFUSALS) as refusal:
        raise Problem(422, _REFUSALS[type(refusal)], str(refusal)) from refusal


def _user(request: Request) -> User:
    return cast(User, request.user)


def _body(coupon: Coupon) -> dict[str, Any]:
    return {
        "code": readable(coupon.code),
        "merchant": coupon.merchant.ref,
        "case": coupon.case,
        "state": coupon.state,
        "currency": coupon.currency,
        "amount": amount(coupon.amount, coupon.currency),
        "percent": None if coupon.percent is None else f"{coupon.percent:f}",
        "minimum_spend": amount(coupon.minimum_spend, coupon.currency),
        "categories": coupon.categories,
        "skus": coupon.skus,
        "stackable": coupon.stackable,
        "issued_at": coupon.issued_at,
        "starts_at": coupon.starts_at,
        "expires_at": coupon.expires_at,
        "redeemed_at": coupon.redeemed_at,
        "redeemed_order": coupon.redeemed_order,
        "redeemed_amount": amount(coupon.redeemed_amount, coupon.currency),
    }
