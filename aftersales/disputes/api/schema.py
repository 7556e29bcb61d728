"""The shapes of the answers, for the OpenAPI schema; `body` writes them."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers

from portal.rest.fields import AmountField

IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key", str, "header", required=True, description="Unique per request; the same key gets the same answer"
)


@extend_schema_field(OpenApiTypes.OBJECT)
class Json(serializers.JSONField):
    """A JSON object."""


class WantsBody(serializers.Serializer[Any]):
    """What the buyer asks for."""

    remedy = serializers.CharField()
    amount = AmountField()


class CaseSummary(serializers.Serializer[Any]):
    """A case in lists."""

    number = serializers.CharField()
    status = serializers.CharField()
    stage = serializers.CharField()
    awaiting = serializers.CharField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
    on_silence = serializers.CharField(allow_null=True)
    order = serializers.CharField()
    merchant = serializers.CharField()
    buyer = serializers.CharField()
    type = serializers.CharField()
    reason = serializers.CharField()
    wants = WantsBody()
    max_amount = AmountField()
    currency = serializers.CharField()
    outcome = serializers.CharField(allow_null=True)
    opened_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()
    policy_version = serializers.CharField()
    plan_version = serializers.CharField(allow_null=True)


class CouponBody(serializers.Serializer[Any]):
    """A coupon that is offered."""

    amount = AmountField()
    minimum_spend = AmountField()
    valid_days = serializers.IntegerField()


class OfferBody(serializers.Serializer[Any]):
    """A proposal of either side."""

    id = serializers.IntegerField()
    by = serializers.CharField()
    from_plan = serializers.BooleanField()
    kind = serializers.CharField()
    cash = AmountField()
    coupon = CouponBody(allow_null=True)
    currency = serializers.CharField()
    note = serializers.CharField()
    state = serializers.CharField()
    made_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)


class ChannelBody(serializers.Serializer[Any]):
    """What goes back through a payment channel."""

    channel = serializers.CharField()
    amount = AmountField()


class RemedyBody(serializers.Serializer[Any]):
    """One thing owed."""

    kind = serializers.CharField()
    state = serializers.CharField()
    done = serializers.BooleanField()
    amount = AmountField(allow_null=True)
    currency = serializers.CharField(allow_null=True)
    channels = ChannelBody(many=True)
    coupon_code = serializers.CharField(allow_null=True)
    carrier = serializers.CharField(allow_null=True)
    tracking = serializers.CharField(allow_null=True)
    granted_at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(allow_null=True)


class LineBody(serializers.Serializer[Any]):
    """Pieces that the case is about."""

    line = serializers.CharField()
    sku = serializers.CharField()
    quantity = serializers.IntegerField()
    max_amount = AmountField()


class AllowedBody(serializers.Serializer[Any]):
    """An action that the caller may take now."""

    action = serializers.CharField()
    due_at = serializers.DateTimeField(allow_null=True)
    input = Json()


class Case(CaseSummary):
    """A case in full."""

    role = serializers.CharField(allow_null=True)
    next_step = serializers.CharField()
    statement = serializers.CharField()
    terms = Json(allow_null=True)
    lines = LineBody(many=True)
    offers = OfferBody(many=True)
    proposals = OfferBody(many=True)
    remedies = RemedyBody(many=True)
    money = Json()
    allowed_actions = AllowedBody(many=True)
    plan_trace = serializers.ListField(child=Json())
    appeal_until = serializers.DateTimeField(allow_null=True)


class ProblemBody(serializers.Serializer[Any]):
    """An RFC 9457 problem document."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    request_id = serializers.CharField()
    errors = Json(required=False)


class Moved(ProblemBody):
    """The case is elsewhere now; here it is."""

    current = Case()
    allowed_actions = AllowedBody(many=True)


class TimelineEntry(serializers.Serializer[Any]):
    """One entry of the timeline."""

    seq = serializers.IntegerField()
    at = serializers.DateTimeField()
    role = serializers.CharField()
    action = serializers.CharField()
    to = serializers.CharField()
    data = Json()
    prev_hash = serializers.CharField()
    hash = serializers.CharField()


class MessageBody(serializers.Serializer[Any]):
    """One message."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    role = serializers.CharField()
    audience = serializers.CharField()
    body = serializers.CharField()


class EvidenceBody(serializers.Serializer[Any]):
    """One file of evidence."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    role = serializers.CharField()
    kind = serializers.CharField()
    slot = serializers.CharField()
    caption = serializers.CharField()
    name = serializers.CharField()
    content_type = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    url = serializers.CharField()
