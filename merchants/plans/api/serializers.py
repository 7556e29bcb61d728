"""What the plans API takes and gives."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from aftersales.orders.models import OrderStage
from aftersales.policies.codes import DisputeType, Reason, RemedyKind
from merchants.coupons.models import CouponTemplate
from merchants.plans.content import OptionContent, PlanContent
from merchants.plans.forms import CURRENCIES
from merchants.plans.guard import LATEST, LONGEST, MOST_OPTIONS, MOST_STEPS, OFFERABLE, SHORTEST, SOONEST
from merchants.plans.matching import CONDITIONS
from merchants.plans.models import PlanState
from merchants.plans.scripts import SCRIPT_LENGTH
from portal.money import is_exact
from portal.rest.fields import AmountField, PublicIdField

Shape = serializers.Serializer[Any]
COUPON = "coupon_template"


def _codes(choices: Any) -> Any:
    return serializers.ListField(child=serializers.ChoiceField(choices=choices), required=False, default=list)


class Scene(Shape):
    """When a plan answers. An empty list or null means "any"; amounts in `currency`."""

    types = _codes(DisputeType.choices)
    reasons = _codes(Reason.choices)
    stages = _codes(OrderStage.choices)
    categories = serializers.ListField(child=serializers.CharField(max_length=100), required=False, default=list)
    currency = serializers.ChoiceField(choices=CURRENCIES, required=False, default="CNY")
    value_from = AmountField(required=False, allow_null=True, default=None)
    value_to = AmountField(required=False, allow_null=True, default=None)
    days_from = serializers.IntegerField(min_value=0, max_value=3650, required=False, allow_null=True, default=None)
    days_to = serializers.IntegerField(min_value=0, max_value=3650, required=False, allow_null=True, default=None)


class Script(Shape):
    """What the buyer reads. Variables: `{buyer}`, `{merchant}`, `{product}`, `{order}`, `{amount}`, `{hours}`."""

    en = serializers.CharField(max_length=SCRIPT_LENGTH, required=False, allow_blank=True, default="")
    zh = serializers.CharField(max_length=SCRIPT_LENGTH, required=False, allow_blank=True, default="")


class Option(Shape):
    """One thing to choose. Part refunds say either `percent` of what was paid or a fixed `amount`."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in OFFERABLE])
    percent = serializers.DecimalField(
        max_digits=5, decimal_places=2, min_value=Decimal(0), required=False, allow_null=True, default=None
    )
    amount = AmountField(required=False, allow_null=True, default=None)
    coupon = PublicIdField(COUPON, required=False, allow_null=True, default=None, help_text="`coupon_template_42`")
    step = serializers.IntegerField(
        min_value=1, max_value=MOST_STEPS, required=False, default=1, help_text="Offered at once, or as a later step"
    )


class PlanChange(Shape):
    """What a draft is to say; what is left out of a change stays as it is."""

    name = serializers.CharField(max_length=100)
    scene = Scene(required=False)
    script = Script(required=False)
    options = serializers.ListField(child=Option(), required=False, max_length=MOST_OPTIONS)
    expires_hours = serializers.IntegerField(min_value=SHORTEST, max_value=LONGEST, required=False)
    step_hours = serializers.IntegerField(
        min_value=SOONEST, max_value=LATEST, required=False, help_text="Hours until the next step's options come on top"
    )


class NewPlan(PlanChange):
    """A new plan. `merchant` may be left out where the key's owner works for one shop only."""

    merchant = serializers.CharField(required=False, help_text="The merchant's reference")


class VersionBody(Shape):
    """What a plan says; never changes once published."""

    number = serializers.IntegerField()
    published_at = serializers.DateTimeField(allow_null=True)
    fingerprint = serializers.CharField(help_text="Of everything said; the ETag of a draft")
    scene = Scene()
    script = Script()
    options = Option(many=True)
    expires_hours = serializers.IntegerField()
    step_hours = serializers.IntegerField()


class PlanBody(Shape):
    """A plan: the version that answers new cases, and the one being written."""

    id = serializers.CharField(help_text="`plan_42`")
    merchant = serializers.CharField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=PlanState.choices)
    live = VersionBody(allow_null=True)
    draft = VersionBody(allow_null=True)
    created_at = serializers.DateTimeField()


class SampleCase(Shape):
    """A case that might be opened; `days` since delivery, null where nothing was delivered."""

    type = serializers.ChoiceField(choices=DisputeType.choices)
    reason = serializers.ChoiceField(choices=Reason.choices)
    order_stage = serializers.ChoiceField(choices=OrderStage.choices)
    categories = serializers.ListField(child=serializers.CharField(max_length=100), required=False, default=list)
    value = AmountField(min_value=Decimal("0.001"))
    currency = serializers.ChoiceField(choices=CURRENCIES)
    days = serializers.IntegerField(min_value=0, max_value=3650, required=False, allow_null=True, default=None)

    def validate(self, sent: dict[str, Any]) -> dict[str, Any]:
        """Take no amount that the currency does not have."""
        if not is_exact(sent["value"], sent["currency"]):
            raise serializers.ValidationError({"value": _("The amount has more decimals than the currency.")})
        return sent


class Judged(Shape):
    """One live plan held against the case, and the conditions that it failed."""

    plan = serializers.CharField()
    version = serializers.IntegerField()
    name = serializers.CharField()
    fits = serializers.BooleanField()
    conditions = serializers.IntegerField(help_text="The plan with most answers; of equals, the oldest")
    failed = serializers.ListField(child=serializers.ChoiceField(choices=CONDITIONS))


class SampleOffer(Shape):
    """What the buyer would be offered."""

    kind = serializers.ChoiceField(choices=RemedyKind.choices)
    cash = AmountField()
    coupon_amount = AmountField()
    currency = serializers.CharField()


class Simulation(Shape):
    """What would happen to one sample case now; nothing is stored and no past cases are replayed."""

    answers = serializers.BooleanField(help_text="Whether this very plan would answer")
    winner = serializers.CharField(allow_null=True, help_text="The plan that would answer")
    offers = SampleOffer(many=True)
    trace = Judged(many=True, help_text="The shop's live plans, the winner first, at most 20")


def content_from(sent: dict[str, Any], base: PlanContent, coupons: dict[int, CouponTemplate]) -> PlanContent:
    """Put what was sent over what is there."""
    given: dict[str, Any] = {name: getattr(base, name) for name in base.__slots__}
    for name, value in sent.get("scene", {}).items():
        given[name] = tuple(value) if isinstance(value, list) else value
    for language, text in sent.get("script", {}).items():
        given[f"script_{language}"] = text
    given |= {name: sent[name] for name in ("expires_hours", "step_hours") if name in sent}
    if "options" in sent:
        given["options"] = tuple(
            OptionContent(
                o["kind"], o.get("percent"), o.get("amount"), coupons.get(o.get("coupon") or 0), o.get("step", 1)
            )
            for o in sent["options"]
        )
    return PlanContent(**given)
