"""The shapes of the answers, for the OpenAPI schema and the docs page; `body` and `records` write them."""

from typing import Any

from rest_framework import serializers

from aftersales.disputes.codes import Audience, Outcome, Role, Status
from aftersales.disputes.models import OfferState
from aftersales.disputes.models.record import EvidenceKind
from aftersales.disputes.workflow import STAGES
from aftersales.orders.models import OrderStage
from aftersales.policies.calendars import Counting
from aftersales.policies.codes import DisputeType, Reason, RemedyKind
from portal.rest.fields import AmountField
from portal.rest.schema import ProblemDocument

Answer = serializers.Serializer[Any]


class Asked(Answer):
    """What the buyer asks for now."""

    remedy = serializers.ChoiceField(choices=RemedyKind.choices)
    amount = AmountField()


class PolicyVersion(Answer):
    """The rules that were in force at filing."""

    pack = serializers.CharField()
    number = serializers.IntegerField()


class AppliedRules(Answer):
    """A version that sets some of the case's rules: a base pack, a category's pack, the merchant's promises."""

    kind = serializers.CharField(help_text="pack, promise")
    name = serializers.CharField()
    number = serializers.IntegerField()


class AppliedPlan(Answer):
    """The merchant's plan that answered."""

    plan = serializers.CharField()
    number = serializers.IntegerField()


class CaseSummary(Answer):
    """A case as lists show it."""

    number = serializers.CharField()
    status = serializers.ChoiceField(choices=Status.choices)
    stage = serializers.ChoiceField(choices=sorted(set(STAGES.values())))
    awaiting = serializers.ChoiceField(choices=Role.choices, allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
    on_silence = serializers.CharField(allow_null=True)
    order = serializers.CharField()
    merchant = serializers.CharField()
    buyer = serializers.CharField(allow_null=True)
    type = serializers.ChoiceField(choices=DisputeType.choices)
    reason = serializers.ChoiceField(choices=Reason.choices)
    order_stage = serializers.ChoiceField(choices=OrderStage.choices)
    wants = Asked()
    max_amount = AmountField()
    currency = serializers.CharField()
    outcome = serializers.ChoiceField(choices=Outcome.choices, allow_null=True)
    opened_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()
    policy_version = PolicyVersion()
    plan_version = AppliedPlan(allow_null=True)


class AllowedAction(Answer):
    """An action that the caller may take now: POST it with what `input`, a JSON schema, describes."""

    action = serializers.CharField()
    due_at = serializers.DateTimeField(allow_null=True)
    input = serializers.DictField()


class CaseLine(Answer):
    """Pieces of one order line."""

    line = serializers.CharField()
    sku = serializers.CharField()
    title = serializers.CharField()
    quantity = serializers.IntegerField()
    max_amount = AmountField()


class OfferedCoupon(Answer):
    """A coupon as part of an offer."""

    amount = AmountField()
    minimum_spend = AmountField()
    valid_days = serializers.IntegerField()


class OfferBody(Answer):
    """A proposal of either side; it stays on record."""

    id = serializers.CharField()
    by = serializers.ChoiceField(choices=Role.choices)
    from_plan = serializers.BooleanField()
    kind = serializers.ChoiceField(choices=RemedyKind.choices)
    cash = AmountField()
    compensation = AmountField(help_text="Beyond what was paid; into the buyer's store balance.")
    coupon = OfferedCoupon(allow_null=True)
    currency = serializers.CharField()
    note = serializers.CharField()
    state = serializers.ChoiceField(choices=OfferState.choices)
    made_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)


class RemedyChannel(Answer):
    """What goes back through one payment channel."""

    channel = serializers.CharField()
    amount = AmountField()
    paid_at = serializers.DateTimeField(allow_null=True)


class RemedyBody(Answer):
    """One thing owed, and how far it got."""

    kind = serializers.CharField()
    state = serializers.CharField()
    done = serializers.BooleanField()
    amount = AmountField(allow_null=True)
    currency = serializers.CharField(allow_null=True)
    channels = RemedyChannel(many=True)
    coupon_code = serializers.CharField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    carrier = serializers.CharField(allow_null=True)
    tracking = serializers.CharField(allow_null=True)
    granted_at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(allow_null=True)


class WorkingRow(Answer):
    """One summand of an amount, in the caller's language."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # DRF takes declared fields off the class
    amount = AmountField(min_value=None)


class CaseMoney(Answer):
    """What was decided, and what each party receives (or gives, negative); sums to zero."""

    currency = serializers.CharField()
    remedy = serializers.ChoiceField(choices=RemedyKind.choices, allow_null=True)
    decided = AmountField(allow_null=True)
    most = AmountField()
    most_beyond_refund = AmountField()
    working = serializers.DictField(child=WorkingRow(many=True), help_text="The arithmetic behind `most` and `beyond`.")
    by_party = serializers.DictField(child=AmountField(min_value=None))


class CaseBody(CaseSummary):
    """A case in full, as the caller may see it."""

    about = serializers.CharField(allow_null=True)
    role = serializers.ChoiceField(choices=Role.choices)
    next_step = serializers.CharField()
    allowed_actions = AllowedAction(many=True)
    statement = serializers.CharField()
    answers = serializers.DictField(child=serializers.CharField())
    rules = AppliedRules(many=True)
    lines = CaseLine(many=True)
    offers = OfferBody(many=True)
    proposals = OfferBody(many=True)
    remedies = RemedyBody(many=True)
    money = CaseMoney()
    buyer_trace = serializers.ListField(child=serializers.DictField())
    plan_trace = serializers.ListField(child=serializers.DictField())
    appeal_until = serializers.DateTimeField(allow_null=True)


class CaseMoved(ProblemDocument):
    """The case is elsewhere by now: here it is."""

    current = CaseBody()
    allowed_actions = AllowedAction(many=True)


class TimelineEntry(Answer):
    """Something that happened; chained to the entry before by hash."""

    seq = serializers.IntegerField()
    at = serializers.DateTimeField()
    role = serializers.ChoiceField(choices=Role.choices)
    action = serializers.CharField()
    from_status = serializers.CharField(allow_null=True)
    to_status = serializers.CharField()
    data = serializers.DictField()  # type: ignore[assignment]  # DRF takes declared fields off the class
    prev_hash = serializers.CharField()
    hash = serializers.CharField()


class TurnBody(Answer):
    """One clock of a case as it ran; `seconds` of the time that `counting` names."""

    seq = serializers.IntegerField()
    clock = serializers.CharField(allow_null=True)
    change = serializers.CharField(allow_null=True)
    awaiting = serializers.CharField()
    started_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    seconds = serializers.IntegerField()
    counting = serializers.ChoiceField(choices=Counting.choices)
    capped = serializers.BooleanField()
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_by = serializers.CharField(allow_null=True)
    ran_out = serializers.BooleanField()


class MessageBody(Answer):
    """Words from one person to the others."""

    id = serializers.CharField()
    at = serializers.DateTimeField()
    role = serializers.ChoiceField(choices=Role.choices)
    author = serializers.CharField(allow_null=True)
    audience = serializers.ChoiceField(choices=Audience.choices)
    automatic = serializers.BooleanField()
    body = serializers.CharField()


class EvidenceBody(Answer):
    """A file that a party shows; `url` serves it to those concerned."""

    id = serializers.CharField()
    at = serializers.DateTimeField()
    role = serializers.ChoiceField(choices=Role.choices)
    kind = serializers.ChoiceField(choices=EvidenceKind.choices)
    slot = serializers.CharField()
    caption = serializers.CharField()
    name = serializers.CharField()
    content_type = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    url = serializers.URLField()
