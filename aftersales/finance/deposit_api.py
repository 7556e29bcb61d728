"""Deposits over REST: the marketplace records what came in and went out, finance sets levels, sellers read."""

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from aftersales.finance.pending import may_be_owed
from merchants.deposits import errors, services
from merchants.deposits.levels import WHY_LENGTH, set_level
from merchants.deposits.models import Deposit, DepositLevel, DepositMove, MoveKind
from merchants.models import Merchant
from portal.accounts.models import Duty, User
from portal.rest.fields import AmountField, amount, instant
from portal.rest.forms import validated
from portal.rest.idempotency import idempotent
from portal.rest.pagination import OpaqueCursor
from portal.rest.problems import Problem


class DepositBody(serializers.Serializer[Any]):
    """What a seller left with the platform in one currency, and what is required."""

    merchant = serializers.CharField()
    currency = serializers.CharField()
    held = AmountField()
    required = AmountField()  # type: ignore[assignment]  # DRF takes declared fields off the class
    missing = AmountField()
    short_since = serializers.DateTimeField(allow_null=True)
    short_until = serializers.DateTimeField(
        allow_null=True, help_text="When settlements begin to fill it up, and new plans and coupons begin to wait."
    )


class DepositMoveBody(serializers.Serializer[Any]):
    """One movement: `amount` is below zero where the deposit shrank, `held` what it held afterwards."""

    reference = serializers.CharField()
    kind = serializers.CharField(help_text=", ".join(MoveKind.values))
    merchant = serializers.CharField()
    currency = serializers.CharField()
    amount = serializers.CharField()
    held = AmountField()
    case = serializers.CharField()
    at = serializers.DateTimeField()


class DepositGiven(serializers.Serializer[Any]):
    """Money that came in or went out; `reference` is the marketplace's own: it counts once."""

    merchant = serializers.CharField(max_length=100)
    amount = AmountField()
    currency = serializers.CharField(min_length=3, max_length=3)
    reference = serializers.CharField(max_length=120)


class DepositLevelGiven(serializers.Serializer[Any]):
    """How much is required from an instant on, else from now."""

    merchant = serializers.CharField(max_length=100)
    amount = AmountField()
    currency = serializers.CharField(min_length=3, max_length=3)
    effective_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    why = serializers.CharField(max_length=WHY_LENGTH)


class DepositLevelBody(serializers.Serializer[Any]):
    """What is required of a seller from an instant on."""

    merchant = serializers.CharField()
    currency = serializers.CharField()
    amount = AmountField()
    effective_at = serializers.DateTimeField()
    why = serializers.CharField()
    set_at = serializers.DateTimeField()


_MERCHANT = OpenApiParameter("merchant", OpenApiTypes.STR, description="Only this seller's")


class DepositViewSet(GenericViewSet[Deposit]):
    """Deposits: a seller's own, all for the platform and the marketplace."""

    scopes = {"GET": "orders:read", "POST": "orders:write"}
    serializer_class = DepositBody
    pagination_class = OpaqueCursor
    queryset = Deposit.objects.none()

    @extend_schema(responses=DepositBody(many=True), parameters=[_MERCHANT])
    def list(self, request: Request) -> Response:
        """List deposits with what they hold and lack."""
        found = Deposit.objects.visible_to(_user(request)).with_held().select_related("merchant")
        if ref := request.query_params.get("merchant", ""):
            found = found.filter(merchant__ref=ref)
        rows = self.paginate_queryset(found.order_by("-id"))
        return self.get_paginated_response([_deposit(deposit) for deposit in rows or []])

    @extend_schema(request=DepositGiven, responses={200: DepositMoveBody, 201: DepositMoveBody})
    @idempotent
    def create(self, request: Request) -> Response:
        """Record what a seller paid into the deposit. For the marketplace's keys.

        What the seller owes by then is taken from it at once. The same reference again changes nothing: 200.
        """
        _check_marketplace(request)
        sent = validated(DepositGiven, request.data)
        merchant, actor = _merchant(sent.pop("merchant")), _user(request)
        return _answer(lambda: services.pay_in(merchant=merchant, actor=actor, now=timezone.now(), **sent))

    @extend_schema(request=DepositGiven, responses={200: DepositMoveBody, 201: DepositMoveBody})
    @action(detail=False, methods=["post"])
    @idempotent
    def withdrawals(self, request: Request) -> Response:
        """Record what is paid back to a seller: what is above the required level, while nothing is owed.

        For the marketplace's keys; ask before the money is sent. The same reference again changes nothing: 200.
        """
        _check_marketplace(request)
        sent = validated(DepositGiven, request.data)
        merchant, actor = _merchant(sent.pop("merchant")), _user(request)
        sent["pending"] = may_be_owed(merchant, sent["currency"])
        return _answer(lambda: services.withdraw(merchant=merchant, actor=actor, now=timezone.now(), **sent))

    @extend_schema(responses=DepositMoveBody(many=True), parameters=[_MERCHANT])
    @action(detail=False, methods=["get"])
    def moves(self, request: Request) -> Response:
        """List movements of deposits, newest first."""
        mine = Deposit.objects.visible_to(_user(request))
        if ref := request.query_params.get("merchant", ""):
            mine = mine.filter(merchant__ref=ref)
        found = DepositMove.objects.filter(deposit__in=mine).select_related("deposit__merchant")
        rows = self.paginate_queryset(found.order_by("-id"))  # type: ignore[arg-type]  # pages rows of any kind
        return self.get_paginated_response([_move(cast(DepositMove, move)) for move in rows or []])

    @extend_schema(request=DepositLevelGiven, responses={201: DepositLevelBody})
    @action(detail=False, methods=["post"])
    @idempotent
    def levels(self, request: Request) -> Response:
        """Require a deposit of a seller, with the reason; the seller is told. For the platform's finance."""
        sent = validated(DepositLevelGiven, request.data)
        if _user(request).duty != Duty.PLATFORM:
            raise PermissionDenied(_("The platform's finance sets deposits."))
        merchant = _merchant(sent.pop("merchant"))
        try:
            level = set_level(merchant=merchant, actor=_user(request), now=timezone.now(), **sent)
        except errors.Refused as refused:
            raise _refused(refused.field, str(refused)) from refused
        return Response(_level(level, merchant, sent["currency"]), status=201)


def _answer(verb: Any) -> Response:
    """Answer with the movement that a verb made, or with why not."""
    try:
        moved: services.Moved = verb()
    except errors.Refused as refused:
        raise _refused(refused.field, str(refused)) from refused
    except errors.NotEnough as less:
        available = {"amount": amount(less.available, less.currency), "currency": less.currency}
        raise Problem(422, "deposit_too_low", str(less), available=available) from less
    except errors.DebtsOpen as owed:
        owes = {"amount": amount(owed.owed, owed.currency), "currency": owed.currency}
        raise Problem(409, "debts_open", str(owed), owed=owes) from owed
    except errors.MovedOtherwise as differs:
        raise Problem(409, "deposit_differs", str(differs), final=True) from differs
    return Response(_move(moved.move), status=201 if moved.is_new else 200)


def _check_marketplace(request: Request) -> None:
    if _user(request).duty not in {Duty.PLATFORM, Duty.MARKETPLACE}:
        raise PermissionDenied(_("Only the marketplace's keys may record deposits."))


def _merchant(ref: str) -> Merchant:
    found = Merchant.objects.filter(ref=ref).first()
    if found is None:
        raise _refused("merchant", _("There is no such seller."))
    return found


def _refused(field: str, words: str) -> Problem:
    return Problem(422, "deposit_refused", words, errors={field: [words]})


def _user(request: Request) -> User:
    return cast(User, request.user)


def _deposit(deposit: Any) -> dict[str, Any]:
    figures = ("held", "required", "missing")
    return {
        "merchant": deposit.merchant.ref,
        "currency": deposit.currency,
        **{name: amount(getattr(deposit, name), deposit.currency) for name in figures},
        "short_since": instant(deposit.short_since),
        "short_until": instant(deposit.short_until),
    }


def _move(move: DepositMove) -> dict[str, Any]:
    currency = move.deposit.currency
    return {
        "reference": move.reference,
        "kind": move.kind,
        "merchant": move.deposit.merchant.ref,
        "currency": currency,
        "amount": amount(move.amount, currency),
        "held": amount(move.held, currency),
        "case": move.case,
        "at": instant(move.at),
    }


def _level(level: DepositLevel, merchant: Merchant, currency: str) -> dict[str, Any]:
    return {
        "merchant": merchant.ref,
        "currency": currency,
        "amount": amount(level.amount, currency),
        "effective_at": instant(level.effective_at),
        "why": level.why,
        "set_at": instant(level.set_at),
    }
