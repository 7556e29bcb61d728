"""What each action asks for on its page. A form turns what was typed into the verb's arguments."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aftersales.disputes.codes import RefusalReason, Role
from aftersales.disputes.granting import return_terms
from aftersales.disputes.models import Dispute, Offer
from aftersales.disputes.services.negotiation import can_give, proposable
from aftersales.disputes.services.recalling import choices_of
from aftersales.orders.models import OrderStage
from aftersales.policies.codes import WITH_RETURN
from aftersales.returns.carriers import CARRIERS
from aftersales.returns.models import DEDUCTIBLE, Condition
from portal.ui.forms import MoneyFormField, NoteField


class CarrierInput(forms.TextInput):
    """A carrier's name, with the known ones offered while typing."""

    template_name = "returns/carrier_input.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add the names."""
        given = {"list": "carriers", "autocomplete": "off", **(attrs or {})}
        return {**super().get_context(name, value, given), "carriers": [c.name for c in CARRIERS]}


class ActionForm(forms.Form):
    """A form about one case, filled in by somebody in a role; by itself a plain confirmation."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, case: Dispute, role: Role, **kwargs: Any) -> None:
        self.case, self.role = case, role
        kwargs["initial"] = {"version": case.version, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)

    def arguments(self) -> dict[str, Any]:
        """Return what the verb takes beside case, actor and instant."""
        given = dict(self.cleaned_data)
        given["expected_version"] = given.pop("version")
        return given


class ProposeForm(ActionForm):
    """A counter-offer of either side."""

    kind = forms.ChoiceField(label=_("What do you propose?"), widget=forms.RadioSelect)
    note = NoteField(label=_("A few words to the other side"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = _proposals(self.case)  # type: ignore[attr-defined]
        self.fields["amount"] = MoneyFormField(
            label=_("Amount, for a part refund"),
            currency=self.case.currency,
            most=self.case.max_amount or self.case.max_compensation,
            required=False,
        )
        self.order_fields(["kind", "amount", "note"])


def _proposals(case: Dispute) -> list[tuple[str, Any]]:
    """Nothing can be sent back that never arrived."""
    there = case.order_stage == OrderStage.RECEIVED
    return [(k.value, k.label) for k in proposable(case) if there or k not in WITH_RETURN]


class RefuseForm(ActionForm):
    """A refusal with its reason and words to the buyer."""

    reason = forms.ChoiceField(label=_("Why do you refuse?"), choices=RefusalReason.choices, widget=forms.RadioSelect)
    message = NoteField(label=_("What the buyer reads"), max_length=1000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [c for c in RefusalReason.choices if can_give(self.case, c[0])]  # type: ignore[attr-defined]


class EscalateForm(ActionForm):
    """Asking the platform."""

    statement = NoteField(label=_("What should the platform know?"), required=False, max_length=1000)


class ShipForm(ActionForm):
    """Carrier and tracking number."""

    carrier = forms.CharField(
        label=_("Carrier"), max_length=60, widget=CarrierInput, help_text=_("Another one? Just type its name.")
    )
    tracking = forms.CharField(label=_("Tracking number"), max_length=60)


class ShipReturnForm(ShipForm):
    """Carrier and number; where the postage is not the buyer's, also what the buyer paid."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if return_terms(self.case).freight_payer != "buyer":
            self.fields["freight_paid"] = MoneyFormField(
                label=_("Postage you paid yourself"),
                currency=self.case.currency,
                required=False,
                help_text=_("Leave it empty if you used the free label. Add the receipt to the evidence."),
            )


class DisputeReturnForm(ActionForm):
    """What is wrong with the returned goods."""

    condition = forms.ChoiceField(
        label=_("What did you find in the parcel?"),
        choices=[c for c in Condition.choices if c[0] != Condition.INTACT],
        widget=forms.RadioSelect,
    )
    note = NoteField(label=_("Describe it"), max_length=1000)


class DeductionForm(ActionForm):
    """What was found in the parcel, how much less is to be refunded, and on what grounds."""

    condition = forms.ChoiceField(
        label=_("What did you find in the parcel?"),
        choices=[(c.value, c.label) for c in DEDUCTIBLE],
        widget=forms.RadioSelect,
    )
    note = NoteField(label=_("Why this amount? The buyer reads it"), max_length=1000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"] = MoneyFormField(label=_("Deduct from the refund"), currency=self.case.currency)
        self.order_fields(["condition", "amount", "note"])


class ContestForm(ActionForm):
    """Why the buyer does not accept a deduction."""

    note = NoteField(label=_("What is wrong with the deduction?"), max_length=1000)


class ContestClaimForm(ActionForm):
    """Why the buyer does not agree to what the seller says."""

    note = NoteField(label=_("What is wrong with the claim? Add your evidence afterwards"), max_length=1000)


class RecallForm(ActionForm):
    """What the buyer of recalled goods gets."""

    kind = forms.ChoiceField(label=_("What would you like?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(k.value, k.label) for k in choices_of(self.case)]  # type: ignore[attr-defined]


class FailRepairForm(ActionForm):
    """Why goods cannot be repaired."""

    note = NoteField(label=_("Why can it not be repaired? The buyer reads it"), max_length=1000)


class AskOwnerForm(ActionForm):
    """What the owner is to decide."""

    note = NoteField(label=_("What should be decided, and why? Only your shop reads it"), max_length=1000)


class ApproveForm(ActionForm):
    """The approval of a large amount."""

    note = NoteField(label=_("A note for the record"), required=False, max_length=500)


class RefuseHoldForm(ActionForm):
    """Why a large amount is not approved."""

    note = NoteField(label=_("Why is it not approved? Buyer and seller read it"), max_length=1000)


class StatementForm(ActionForm):
    """Words that go with evidence."""

    statement = NoteField(label=_("What does your evidence show?"), max_length=1000)


class ReportGoodsForm(ActionForm):
    """What became of a replacement, or of goods sent again or repaired."""

    statement = NoteField(label=_("What is wrong?"), max_length=1000)


class RequestEvidenceForm(ActionForm):
    """One question to one side or both."""

    party = forms.ChoiceField(
        label=_("Whom do you ask?"),
        choices=[("buyer", _("Buyer")), ("merchant", _("Seller")), ("both", _("Both"))],
        widget=forms.RadioSelect,
    )
    question = NoteField(label=_("Your question"), max_length=1000)


class ExtendForm(ActionForm):
    """More time."""

    hours = forms.IntegerField(label=_("How many hours more?"), min_value=1, max_value=240, initial=24)
    reason = NoteField(label=_("Why (both sides read it)"))


class PauseForm(ActionForm):
    """Why a case is paused."""

    reason = NoteField(label=_("Why (both sides read it)"))
    to_law = forms.BooleanField(
        label=_("A party goes to law"),
        help_text=_("It has seven business days to prove it; else the case goes on."),
        required=False,
    )


class AcceptForm(ActionForm):
    """Which offer is accepted."""

    offer = forms.ModelChoiceField(Offer.objects.none(), widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["offer"].queryset = self.case.offers.exclude(by_role=self.role)  # type: ignore[attr-defined]
