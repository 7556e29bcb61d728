"""Coupons over REST: looked up by their code, used up by the merchant or the marketplace."""

from typing import Any, cast

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from merchants.coupons import services
from merchants.coupons.codes import readable
from merchants.coupons.models import Coupon
from portal.accounts.models import User
from portal.rest.fields import AmountField, amount
from portal.rest.idempotency import idempotent
from portal.rest.problems import Problem

# Why a coupon cannot be used, as stable codes; all of them are rules (422).
_REFUSALS: dict[type[Exception], str] = {
    services.CouponExpired: "coupon_expired",
    services.CouponSpent: "coupon_spent",
    services.WrongMerchant: "wrong_merchant",
    services.BelowMinimum: "below_minimum",
}


class CouponBody(serializers.Serializer[Any]):
    """A coupon; amounts in its currency."""

    code = serializers.CharField()
    merchant = serializers.CharField()
    state = serializers.CharField()
    currency = serializers.CharField()
    amount = AmountField()
    minimum_spend = AmountField()
    issued_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    redeemed_at = serializers.DateTimeField(allow_null=True)
    redeemed_order = serializers.CharField()


class Redemption(serializers.Serializer[Any]):
    """For which order a coupon is used up; `spent` where the coupon has a minimum spend."""

    order = serializers.CharField(max_length=100)
    spent = AmountField(required=False)
    merchant = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")


class CouponViewSet(GenericViewSet[Coupon]):
    """Coupons that the caller may see: the buyer's own, the merchant's, all for the platform."""

    scopes = {"GET": "coupons:read", "POST": "coupons:write"}
    lookup_field = "code"
    lookup_value_regex = "[A-Za-z0-9 -]+"
    serializer_class = CouponBody
    queryset = Coupon.objects.none()

    @extend_schema(responses=CouponBody)
    def retrieve(self, request: Request, code: str) -> Response:
        """Look a coupon up by its code, written as people write it."""
        try:
            return Response(_body(services.check(code=code, actor=_user(request))))
        except (services.UnknownCoupon, services.MistypedCode) as unknown:
            raise Http404 from unknown

    @extend_schema(request=Redemption, responses=CouponBody)
    @action(detail=True, methods=["post"])
    @idempotent
    def redeem(self, request: Request, code: str) -> Response:
        """Use a coupon up for an order; for the same order again nothing changes."""
        form = Redemption(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        try:
            coupon = services.redeem(
                code=code,
                order_ref=given["order"],
                actor=_user(request),
                now=timezone.now(),
                spent=given.get("spent"),
                merchant_ref=given["merchant"],
            )
        except (services.UnknownCoupon, services.MistypedCode) as unknown:
            raise Http404 from unknown
        except services.NotYours as refusal:
            raise Problem(403, "not_allowed", str(refusal)) from refusal
        except tuple(_REFUSALS) as refusal:
            raise Problem(422, _REFUSALS[type(refusal)], str(refusal)) from refusal
        return Response(_body(coupon))


def _user(request: Request) -> User:
    return cast(User, request.user)


def _body(coupon: Coupon) -> dict[str, Any]:
    return {
        "code": readable(coupon.code),
        "merchant": coupon.merchant.ref,
        "state": coupon.state,
        "currency": coupon.currency,
        "amount": amount(coupon.amount, coupon.currency),
        "minimum_spend": amount(coupon.minimum_spend, coupon.currency),
        "issued_at": coupon.issued_at,
        "expires_at": coupon.expires_at,
        "redeemed_at": coupon.redeemed_at,
        "redeemed_order": coupon.redeemed_order,
    }
