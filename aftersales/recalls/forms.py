from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aftersales.recalls.models import Recall
from merchants.models import Merchant
from portal.ui.forms import DayField, NoteField


class RecallForm(forms.Form):
    """Which goods are recalled, why, and whether they come back."""

    merchant = forms.CharField(label=_("Seller's reference"), max_length=100)
    sku = forms.CharField(label=_("SKU"), max_length=100)
    bought_from = DayField(label=_("Bought from"))
    bought_to = DayField(label=_("Bought to, that day included"))
    notice_en = NoteField(label=_("Notice in English: what is wrong, what to do"), max_length=1000)
    notice_zh = NoteField(label=_("Notice in Chinese"), max_length=1000)
    goods_back = forms.TypedChoiceField(
        label=_("What happens to the goods?"),
        choices=[
            ("yes", _("Sent back, at the seller's cost")),
            ("no", _("Kept or destroyed; refunded without return")),
        ],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        initial="yes",
    )
    basis = forms.CharField(
        label=_("The seller's consent, or the order of an authority"),
        required=False,
        max_length=200,
        help_text=_("Needed where the goods are not sent back: no seller is made to refund without return."),
    )

    def clean_merchant(self) -> Merchant:
        """Find the seller."""
        found = Merchant.objects.filter(ref=self.cleaned_data["merchant"].strip()).first()
        if found is None:
            raise forms.ValidationError(_("There is no seller of this reference."))
        return found

    def which(self) -> dict[str, Any]:
        """Return which goods are meant."""
        return {name: self.cleaned_data[name] for name in ("merchant", "sku", "bought_from", "bought_to")}


def told(recall: Recall) -> str:
    """Say whether the goods come back."""
    return str(
        _("Sent back, at the seller's cost") if recall.goods_back else _("Kept or destroyed; refunded without return")
    )
