from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aftersales.arbitration.models import AppealGround, AppealResult
from aftersales.arbitration.services import Decision, rulable
from aftersales.disputes.models import Dispute
from aftersales.disputes.pages.forms import ActionForm
from aftersales.remedies.models import Payer
from portal.ui.forms import MoneyFormField, NoteField


class AppealForm(ActionForm):
    """On what an appeal rests."""

    ground = forms.ChoiceField(
        label=gettext_lazy("On what does your appeal rest?"), choices=AppealGround.choices, widget=forms.RadioSelect
    )
    text = NoteField(label=gettext_lazy("What is wrong with the decision?"), max_length=2000, rows=6)


class RulingForm(forms.Form):
    """Outcome, amounts by item, fault, and reasons in three parts."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=gettext_lazy("Outcome"), widget=forms.RadioSelect)
    payer = forms.ChoiceField(label=gettext_lazy("Whose money"), choices=Payer.choices, initial=Payer.MERCHANT)
    merchant_fault = forms.IntegerField(
        label=gettext_lazy("Seller's share of fault (%)"), min_value=0, max_value=100, initial=100
    )
    facts = NoteField(label=gettext_lazy("Facts found"), max_length=3000, rows=5)
    evidence = NoteField(label=gettext_lazy("Evidence relied on"), max_length=3000)
    rule = NoteField(label=gettext_lazy("Rule applied"), max_length=3000)
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the reasons"), choices=[("zh-hans", "简体中文"), ("en", "English")]
    )

    def __init__(self, *args: Any, case: Dispute, appeal: bool = False, **kwargs: Any) -> None:
        self.case = case
        kwargs["initial"] = {"version": case.version, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(k.value, k.label) for k in rulable(case)]  # type: ignore[attr-defined]
        self.line_fields = []
        amount = _("Paid back for %(item)s") if case.is_claim else _("Refund for %(item)s")
        for claimed in case.lines.all():
            if case.is_claim and not claimed.max_amount:
                continue  # a report is about conduct, not about money
            name = f"line_{claimed.order_line_id}"
            self.fields[name] = MoneyFormField(
                label=amount % {"item": claimed.order_line.title or claimed.order_line.sku},
                currency=case.currency,
                most=claimed.max_amount + claimed.restored,
                min_value=Decimal(0),
                required=False,
            )
            self.line_fields.append((name, claimed.order_line_id))
        if case.max_compensation and not case.is_claim:
            self.fields["compensation"] = MoneyFormField(
                label=_("Beyond the refund"), currency=case.currency, most=case.max_compensation, required=False
            )
        if case.is_claim:
            del self.fields["payer"]  # the buyer's, if anybody's
        if appeal:
            self.fields["result"] = forms.ChoiceField(
                label=_("The first decision is"), choices=AppealResult.choices, widget=forms.RadioSelect
            )
        lines = [name for name, _line in self.line_fields]
        order = [
            "result",
            "kind",
            *lines,
            "compensation",
            "payer",
            "merchant_fault",
            "facts",
            "evidence",
            "rule",
            "language",
        ]
        self.order_fields(order)

    def decision(self) -> Decision:
        """Return what was entered as the decision that is previewed and made."""
        given = self.cleaned_data
        amounts = [(line, given.get(name) or Decimal(0)) for name, line in self.line_fields]
        return Decision(
            kind=given["kind"],
            by_line=tuple((line, amount) for line, amount in amounts if amount),
            merchant_fault=given["merchant_fault"],
            facts=given["facts"],
            evidence=given["evidence"],
            rule=given["rule"],
            payer=given.get("payer", Payer.MERCHANT),
            compensation=given.get("compensation") or Decimal(0),
            language=given["language"],
        )
