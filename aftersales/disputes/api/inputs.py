"""What each action takes over REST, and the verb it calls. Upper rooms add theirs."""

from collections.abc import Callable
from typing import Any, NamedTuple

from rest_framework import serializers

from aftersales.disputes.codes import RefusalReason
from aftersales.disputes.models import Dispute, Offer
from aftersales.disputes.services import fulfilment, intervention, leaving, negotiation, return_leg
from aftersales.disputes.services.negotiation import PROPOSABLE
from aftersales.policies.codes import DisputeType, Reason, RemedyKind
from aftersales.returns.models import Condition
from portal.rest.fields import AmountField


class Nothing(serializers.Serializer[Any]):
    """No input."""


class ClaimedLine(serializers.Serializer[Any]):
    """Pieces of one order line."""

    line = serializers.CharField(max_length=60)
    quantity = serializers.IntegerField(min_value=1, max_value=1_000_000, default=1)


class Wants(serializers.Serializer[Any]):
    """What the buyer asks for."""

    remedy = serializers.ChoiceField(choices=RemedyKind.choices)
    amount = AmountField(required=False)


class Opening(serializers.Serializer[Any]):
    """A new case."""

    order = serializers.CharField(max_length=120)
    lines = ClaimedLine(many=True, allow_empty=False, max_length=100)  # type: ignore[call-arg]
    type = serializers.ChoiceField(choices=DisputeType.choices)
    reason = serializers.ChoiceField(choices=Reason.choices)
    wants = Wants()
    statement = serializers.CharField(max_length=2000, allow_blank=True, default="")


class Proposal(serializers.Serializer[Any]):
    """A counter-offer."""

    kind = serializers.ChoiceField(choices=[(k.value, k.label) for k in PROPOSABLE])
    amount = AmountField(required=False)
    note = serializers.CharField(max_length=500, allow_blank=True, default="")


class Acceptance(serializers.Serializer[Any]):
    """Which offer."""

    offer = serializers.PrimaryKeyRelatedField(queryset=Offer.objects.all())


class Refusal(serializers.Serializer[Any]):
    """Why not, as a code and in words to the buyer."""

    reason = serializers.ChoiceField(choices=RefusalReason.choices)
    message = serializers.CharField(max_length=2000)


class Shipment(serializers.Serializer[Any]):
    """How to follow the parcel."""

    carrier = serializers.CharField(max_length=60)
    tracking = serializers.CharField(max_length=60)


class Finding(serializers.Serializer[Any]):
    """What is wrong with the returned goods."""

    condition = serializers.ChoiceField(choices=Condition.choices)
    note = serializers.CharField(max_length=1000)


class Statement(serializers.Serializer[Any]):
    """Words for the record."""

    statement = serializers.CharField(max_length=2000)


class OptionalStatement(serializers.Serializer[Any]):
    """Words for the record, if any."""

    statement = serializers.CharField(max_length=2000, allow_blank=True, default="")


class Question(serializers.Serializer[Any]):
    """One question to a party."""

    party = serializers.ChoiceField(choices=["buyer", "merchant", "both"])
    question = serializers.CharField(max_length=1000)


class Extension(serializers.Serializer[Any]):
    """More time."""

    hours = serializers.IntegerField(min_value=1, max_value=240)
    reason = serializers.CharField(max_length=500)


class Cause(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField(max_length=500)


class ActionInput(NamedTuple):
    """An action's input and verb."""

    serializer: type[serializers.Serializer[Any]]
    verb: Callable[..., Dispute]


INPUTS: dict[str, ActionInput] = {
    "propose": ActionInput(Proposal, negotiation.propose),
    "accept_offer": ActionInput(Acceptance, negotiation.accept_offer),
    "agree": ActionInput(Nothing, negotiation.agree),
    "decline_offers": ActionInput(Nothing, negotiation.decline_offers),
    "refuse": ActionInput(Refusal, negotiation.refuse),
    "withdraw": ActionInput(Nothing, leaving.withdraw),
    "escalate": ActionInput(OptionalStatement, leaving.escalate),
    "reopen": ActionInput(Nothing, leaving.reopen),
    "ship_return": ActionInput(Shipment, return_leg.ship_return),
    "receive_return": ActionInput(Nothing, return_leg.receive_return),
    "confirm_return": ActionInput(Nothing, return_leg.confirm_return),
    "dispute_return": ActionInput(Finding, return_leg.dispute_return),
    "submit_evidence": ActionInput(Statement, intervention.submit_evidence),
    "finish_evidence": ActionInput(Nothing, intervention.finish_evidence),
    "request_evidence": ActionInput(Question, intervention.request_evidence),
    "extend": ActionInput(Extension, intervention.extend),
    "pause": ActionInput(Cause, intervention.pause),
    "resume": ActionInput(Nothing, intervention.resume),
    "ship_replacement": ActionInput(Shipment, fulfilment.ship_replacement),
    "retry_payout": ActionInput(Nothing, fulfilment.retry_payout),
    "release_hold": ActionInput(Nothing, fulfilment.release_hold),
}


def register(action: str, given: ActionInput) -> None:
    """Add an action whose verb lives in an upper room; called when the site starts."""
    INPUTS[action] = given


def input_schema(action: str) -> dict[str, Any]:
    """Describe an action's input as a JSON schema, for callers that build forms from it."""
    fields = INPUTS[action].serializer().fields if action in INPUTS else {}
    return {
        "type": "object",
        "properties": {name: _describe(field) for name, field in fields.items()},
        "required": [name for name, field in fields.items() if field.required],
    }


def _describe(field: Any) -> dict[str, Any]:
    if isinstance(field, serializers.IntegerField | serializers.PrimaryKeyRelatedField):
        return {"type": "integer"}
    if isinstance(field, serializers.ListSerializer):
        return {"type": "array"}
    described: dict[str, Any] = {"type": "string"}
    if isinstance(field, serializers.ChoiceField):
        described["enum"] = list(field.choices)
    if longest := getattr(field, "max_length", None):
        described["maxLength"] = longest
    return described
