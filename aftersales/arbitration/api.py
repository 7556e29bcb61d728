"""The actions of arbitration over REST: what each takes, and how that becomes a decision."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from aftersales.arbitration import services
from aftersales.arbitration.models import AppealGround, AppealResult
from aftersales.arbitration.services import RULABLE_KINDS, Decision
from aftersales.disputes.api.actions import register
from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.remedies.models import Payer
from portal.rest.fields import AmountField

Input = serializers.Serializer[Any]
_REASONS = 3000


class RuledAmount(Input):
    """The refund for one line of the case, in its currency."""

    line = serializers.CharField(max_length=60)
    amount = AmountField()


class Ruling(Input):
    """A decision with its reasons."""

    kind = serializers.ChoiceField(choices=[k.value for k in RULABLE_KINDS])
    amounts = serializers.ListField(child=RuledAmount(), max_length=100, default=list)
    compensation = AmountField(default=Decimal(0), help_text="What the rules give beyond the refund, at most.")
    payer = serializers.ChoiceField(choices=Payer.choices, default=Payer.MERCHANT)
    merchant_fault = serializers.IntegerField(min_value=0, max_value=100)
    facts = serializers.CharField(max_length=_REASONS)
    evidence = serializers.CharField(max_length=_REASONS)
    rule = serializers.CharField(max_length=_REASONS)
    language = serializers.ChoiceField(choices=["en", "zh-hans"], default="zh-hans")


class AppealRuling(Ruling):
    """The decision on an appeal, and what becomes of the first one."""

    result = serializers.ChoiceField(choices=AppealResult.choices)


class AppealInput(Input):
    """On what an appeal rests."""

    ground = serializers.ChoiceField(choices=AppealGround.choices)
    text = serializers.CharField(max_length=2000)


def register_actions() -> None:
    """Add the actions; called when the site starts."""
    register("take", None, services.take)
    register("rule", Ruling, services.rule, _decision)
    register("execute", None, services.execute)
    register("appeal", AppealInput, services.appeal)
    register("decide_appeal", AppealRuling, services.decide_appeal, _decision)


def _decision(case: Dispute, sent: dict[str, Any]) -> dict[str, Any]:
    """Turn what was sent into the verb's arguments. Raises RuleBroken for a line that the case is not about."""
    ids = dict(case.lines.values_list("order_line__line_ref", "order_line_id"))
    rest = dict(sent)
    amounts = rest.pop("amounts")
    if len({row["line"] for row in amounts}) != len(amounts):
        raise RuleBroken("lines", _("Name each item once."), "amounts")
    for row in amounts:
        if row["line"] not in ids:
            text = _("This case is not about line %(line)s.") % {"line": row["line"]}
            raise RuleBroken("unknown_line", text, "amounts")
    given = {"result": rest.pop("result")} if "result" in rest else {}
    by_line = tuple((ids[row["line"]], row["amount"]) for row in amounts)
    return {**given, "decision": Decision(by_line=by_line, **rest)}
