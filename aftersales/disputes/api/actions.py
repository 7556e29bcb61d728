"""What each action of the workflow takes over REST, and the verb it calls. Upper rooms add theirs."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from rest_framework import serializers

from aftersales.disputes.api import serializers as given
from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.services import (
    claims,
    fulfilment,
    holding,
    inspection,
    interception,
    intervention,
    leaving,
    limits,
    negotiation,
    recalling,
    return_leg,
)
from portal.rest.fields import AmountField, PublicIdField

Verb = Callable[..., Dispute]
Arguments = dict[str, Any]
Prepare = Callable[[Dispute, Arguments], Arguments]


def _as_sent(case: Dispute, sent: Arguments) -> Arguments:
    return sent


class ActionInput(NamedTuple):
    """An action's input (None: takes nothing), its verb, and how the one becomes the other's arguments."""

    serializer: type[given.Input] | None
    verb: Verb
    prepare: Prepare = _as_sent


def _offer_of(case: Dispute, sent: Arguments) -> Arguments:
    offer = next((o for o in case.offers.all() if o.pk == sent["offer"]), None)
    if offer is None:
        raise RuleBroken("unknown_offer", _("This case has no such offer."), "offer")
    return {"offer": offer}


ACTIONS_INPUT: dict[str, ActionInput] = {
    "propose": ActionInput(given.Proposal, negotiation.propose),
    "accept_offer": ActionInput(given.Acceptance, negotiation.accept_offer, _offer_of),
    "ask_owner": ActionInput(given.Plea, limits.ask_owner),
    "decline_offers": ActionInput(None, negotiation.decline_offers),
    "agree": ActionInput(None, negotiation.agree),
    "refuse": ActionInput(given.Refusal, negotiation.refuse),
    "withdraw": ActionInput(None, leaving.withdraw),
    "escalate": ActionInput(given.OptionalStatement, leaving.escalate),
    "reopen": ActionInput(None, leaving.reopen),
    "accept_claim": ActionInput(None, claims.accept_claim),
    "contest_claim": ActionInput(given.Objection, claims.contest_claim),
    "drop_claim": ActionInput(None, claims.drop_claim),
    "choose_remedy": ActionInput(given.RecallChoice, recalling.choose_remedy),
    "ship_return": ActionInput(given.ReturnShipment, return_leg.ship_return),
    "recall_parcel": ActionInput(None, interception.recall_parcel),
    "ask_carrier": ActionInput(given.Shipment, interception.ask_carrier),
    "receive_return": ActionInput(None, return_leg.receive_return),
    "confirm_return": ActionInput(None, return_leg.confirm_return),
    "propose_deduction": ActionInput(given.Deduction, inspection.propose_deduction),
    "accept_deduction": ActionInput(None, inspection.accept_deduction),
    "contest_deduction": ActionInput(given.Objection, inspection.contest_deduction),
    "dispute_return": ActionInput(given.Finding, return_leg.dispute_return),
    "submit_evidence": ActionInput(given.Statement, intervention.submit_evidence),
    "finish_evidence": ActionInput(None, intervention.finish_evidence),
    "request_evidence": ActionInput(given.Question, intervention.request_evidence),
    "extend": ActionInput(given.Extension, intervention.extend),
    "pause": ActionInput(given.Pause, intervention.pause),
    "resume": ActionInput(None, intervention.resume),
    "ship_replacement": ActionInput(given.Shipment, fulfilment.ship_replacement),
    "fail_repair": ActionInput(given.Objection, fulfilment.fail_repair),
    "confirm_goods": ActionInput(None, fulfilment.confirm_goods),
    "report_goods": ActionInput(given.Statement, fulfilment.report_goods),
    "retry_payout": ActionInput(None, fulfilment.retry_payout),
    "release_hold": ActionInput(given.Note, holding.release_hold),
    "refuse_hold": ActionInput(given.Objection, holding.refuse_hold),
}


def register(action: str, serializer: type[given.Input] | None, verb: Verb, prepare: Prepare = _as_sent) -> None:
    """Add an action whose verb lives in an upper room; called when the site starts."""
    ACTIONS_INPUT[action] = ActionInput(serializer, verb, prepare)


@cache
def input_schema(action: str) -> dict[str, Any]:
    """Describe an action's input as a JSON schema, for callers that build a form from it."""
    taken = ACTIONS_INPUT[action].serializer
    return _object(taken()) if taken else {"type": "object", "properties": {}}


def _object(serializer: given.Input) -> dict[str, Any]:
    fields = serializer.fields
    described: dict[str, Any] = {"type": "object", "properties": {name: _describe(f) for name, f in fields.items()}}
    if required := [name for name, field in fields.items() if field.required]:
        described["required"] = required
    return described


def _describe(field: Any) -> dict[str, Any]:
    match field:
        case AmountField():
            return {"type": "string", "format": "decimal"}
        case PublicIdField():
            return {"type": "string", "pattern": f"^{field.kind}_[0-9]+$"}
        case serializers.BooleanField():
            return {"type": "boolean"}
        case serializers.IntegerField():
            return {"type": "integer", "minimum": field.min_value, "maximum": field.max_value}
        case serializers.ChoiceField():
            return {"type": "string", "enum": [str(choice) for choice in field.choices]}
        case serializers.ListField():
            return {"type": "array", "items": _describe(field.child)}
        case serializers.Serializer():
            return _object(field)
    return {"type": "string", "maxLength": field.max_length}
