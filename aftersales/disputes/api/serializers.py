"""What callers send about cases: opening one, each action's input, messages, files."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from aftersales.disputes.codes import Audience, RefusalReason
from aftersales.disputes.services.filing import STATEMENT_LENGTH
from aftersales.disputes.services.intervention import LONGEST_EXTENSION_HOURS
from aftersales.disputes.services.messages import MESSAGE_LENGTH
from aftersales.disputes.services.negotiation import PROPOSABLE
from aftersales.disputes.services.recalling import RECALL_KINDS
from aftersales.policies.codes import DisputeType, Reason, RemedyKind
from aftersales.policies.questions import LONGEST
from aftersales.returns.models import DEDUCTIBLE, Condition
from portal.rest.fields import AmountField, PublicIdField

Input = serializers.Serializer[Any]


class ClaimedLine(Input):
    """Pieces of one order line."""

    line = serializers.CharField(max_length=60)
    quantity = serializers.IntegerField(min_value=1, max_value=1_000_000, default=1)


class Wish(Input):
    """What the buyer asks for; `amount` in the order's currency, for part refunds only."""

    remedy = serializers.ChoiceField(choices=RemedyKind.choices)
    amount = AmountField(required=False, allow_null=True)


class Opening(Input):
    """A new case about lines of one order."""

    order = serializers.CharField(max_length=120)
    lines = serializers.ListField(child=ClaimedLine(), min_length=1, max_length=100)
    type = serializers.ChoiceField(choices=DisputeType.choices)
    reason = serializers.ChoiceField(choices=Reason.choices)
    wants = Wish()
    statement = serializers.CharField(max_length=STATEMENT_LENGTH, allow_blank=True, default="")
    answers = serializers.DictField(child=serializers.CharField(max_length=LONGEST), default=dict)
    about = serializers.CharField(max_length=20, allow_blank=True, default="")


def opening_arguments(sent: dict[str, Any]) -> dict[str, Any]:
    """Turn what was sent into what opens a buyer's case."""
    lines = [(line["line"], line["quantity"]) for line in sent["lines"]]
    return {**_opening(sent), "lines": lines, "wants": sent["wants"]["remedy"], "answers": sent["answers"]}


def claim_arguments(sent: dict[str, Any]) -> dict[str, Any]:
    """Turn what was sent into what opens a seller's claim."""
    return {**_opening(sent), "about": sent["about"], "lines": [line["line"] for line in sent["lines"]]}


def _opening(sent: dict[str, Any]) -> dict[str, Any]:
    return {**{name: sent[name] for name in ("type", "reason", "statement")}, "amount": sent["wants"].get("amount")}


class Proposal(Input):
    """What a side proposes; `amount` in the case's currency, for part refunds only."""

    kind = serializers.ChoiceField(choices=[k.value for k in PROPOSABLE])
    amount = AmountField(required=False, allow_null=True)
    note = serializers.CharField(max_length=500, allow_blank=True, default="")


class Acceptance(Input):
    """Which offer is accepted."""

    offer = PublicIdField("offer")


class Refusal(Input):
    """Why not, as a code and in words to the buyer."""

    reason = serializers.ChoiceField(choices=RefusalReason.choices)
    message = serializers.CharField(max_length=1000)


class Statement(Input):
    """Words for the record."""

    statement = serializers.CharField(max_length=1000)


class OptionalStatement(Input):
    """Words for the record, if any."""

    statement = serializers.CharField(max_length=1000, allow_blank=True, default="")


class RecallChoice(Input):
    """What the buyer of recalled goods gets."""

    kind = serializers.ChoiceField(choices=[k.value for k in RECALL_KINDS])


class Shipment(Input):
    """How to follow a parcel."""

    carrier = serializers.CharField(max_length=60)
    tracking = serializers.CharField(max_length=60)


class ReturnShipment(Shipment):
    """How to follow a return; `freight_paid`, in the case's currency, where the buyer laid out the postage."""

    freight_paid = AmountField(required=False, allow_null=True, default=None)


class Finding(Input):
    """What is wrong with returned goods."""

    condition = serializers.ChoiceField(choices=[c for c in Condition.choices if c[0] != Condition.INTACT])
    note = serializers.CharField(max_length=1000)


class Deduction(Input):
    """What was found in the parcel; `amount`, in the case's currency, to be taken off the refund; on what grounds."""

    condition = serializers.ChoiceField(choices=[(c.value, c.label) for c in DEDUCTIBLE])
    amount = AmountField()
    note = serializers.CharField(max_length=1000)


class Objection(Input):
    """Why not, in words that the other side reads."""

    note = serializers.CharField(max_length=1000)


class Plea(Input):
    """What the owner is to decide, in words that only the shop reads."""

    note = serializers.CharField(max_length=1000)


class Note(Input):
    """A note for the record, if any."""

    note = serializers.CharField(max_length=500, allow_blank=True, default="")


class Question(Input):
    """One question to one side or both."""

    party = serializers.ChoiceField(choices=["buyer", "merchant", "both"])
    question = serializers.CharField(max_length=1000)


class Extension(Input):
    """More time, with a reason that both sides read."""

    hours = serializers.IntegerField(min_value=1, max_value=LONGEST_EXTENSION_HOURS)
    reason = serializers.CharField(max_length=500)


class Cause(Input):
    """A reason that both sides read."""

    reason = serializers.CharField(max_length=500)


class Pause(Cause):
    """Why a case is paused; `to_law` where a party goes to law and has seven business days to prove it."""

    to_law = serializers.BooleanField(default=False)


class Saying(Input):
    """A message."""

    body = serializers.CharField(max_length=MESSAGE_LENGTH)
    audience = serializers.ChoiceField(choices=Audience.choices, default=Audience.PARTIES)


class Showing(Input):
    """A file of evidence: picture, PDF or MP4."""

    file = serializers.FileField(max_length=200)
    slot = serializers.CharField(max_length=40, allow_blank=True, default="")
    caption = serializers.CharField(max_length=200, allow_blank=True, default="")

    def validate_file(self, file: "UploadedFile[Any]") -> "UploadedFile[Any]":
        """Refuse a name that cannot be stored."""
        if "\x00" in (file.name or ""):
            raise serializers.ValidationError(_("The file's name cannot be read."))
        return file
