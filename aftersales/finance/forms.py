"""What is asked before something is done to items of the queue."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aftersales.finance.bulk import Deed
from aftersales.finance.queue import KINDS
from portal.ui.forms import NoteField


class FilterForm(forms.Form):
    """Which items; an unknown value filters nothing."""

    kind = forms.ChoiceField(label=_("Waiting for"), choices=list(KINDS.items()), required=False)
    currency = forms.RegexField(r"^[A-Za-z]{3}$", label=_("Currency"), required=False)
    case = forms.CharField(label=_("Case number"), max_length=20, required=False)

    def wanted(self) -> dict[str, str]:
        """Return the filters that were understood."""
        self.is_valid()
        given = self.cleaned_data
        currency = given.get("currency", "").upper()
        return {"kind": given.get("kind", ""), "currency": currency, "case": given.get("case", "").strip()}


class ConfirmForm(forms.Form):
    """Why it is done; for what the bank paid, under which reference."""

    reference = forms.CharField(label=_("The bank's reference of the transfer"), max_length=120)
    why = NoteField(label=_("Why? It stays on record with your name"), max_length=500, rows=3)

    def __init__(self, *args: Any, deed: Deed, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not deed.alone:
            del self.fields["reference"]
        if not deed.why_needed:
            self.fields["why"].required = False
            self.fields["why"].label = _("A note for the record")
