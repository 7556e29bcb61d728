"""The form by which a seller opens a case against a buyer."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aftersales.disputes.services.claimable import Claimable
from aftersales.disputes.services.claims import STATEMENT_LENGTH
from aftersales.policies.claims import CLAIMS
from portal.ui.forms import MoneyFormField, NoteField


class ClaimForm(forms.Form):
    """Why, for which items, how much, and what was found."""

    reason = forms.ChoiceField(label=_("What is wrong?"), widget=forms.RadioSelect)
    statement = NoteField(label=_("What did you find? The buyer reads it"), max_length=STATEMENT_LENGTH, rows=6)

    def __init__(self, *args: Any, type: str, found: Claimable, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reasons = [(reason.value, reason.label) for reason in CLAIMS[type].reasons]
        self.fields["reason"].choices = reasons  # type: ignore[attr-defined]
        if len(found.lines) > 1:
            items = [(bought.line.line_ref, bought.line.title or bought.line.sku) for bought in found.lines]
            self.fields["lines"] = forms.MultipleChoiceField(
                label=_("Which items?"),
                choices=items,
                initial=[ref for ref, _title in items],
                widget=forms.CheckboxSelectMultiple,
            )
        if found.most:
            self.fields["amount"] = MoneyFormField(
                label=_("How much of the refund do you claim back?"),
                currency=currency,
                most=found.most,
                initial=found.most,
            )
        self.order_fields(["reason", "lines", "amount", "statement"])
