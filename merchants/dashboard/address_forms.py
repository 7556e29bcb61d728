from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

from merchants.addresses.models import ReturnAddress
from merchants.addresses.services import Place

if TYPE_CHECKING:
    from django.http import QueryDict


class AddressForm(forms.Form):
    """One address to which buyers send goods back."""

    label_en = forms.CharField(
        label=_("Name in English"), max_length=60, help_text=_("Such as: main warehouse. Only your shop sees it.")
    )
    label_zh = forms.CharField(label=_("Name in Chinese"), max_length=60, required=False)
    recipient = forms.CharField(label=_("Recipient"), max_length=200)
    phone = forms.RegexField(
        r"^[0-9+()\-\s]{5,40}$",
        label=_("Phone"),
        error_messages={"invalid": _("Digits, spaces and + ( ) - only.")},
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
    )
    address = forms.CharField(label=_("Address"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, data: "QueryDict | None" = None, *, address: ReturnAddress | None = None) -> None:
        """Show an address's values where there is one."""
        initial = {name: getattr(address, name) for name in self.base_fields} if address else None
        super().__init__(data, initial=initial)

    def place(self) -> Place:
        """Return what was typed."""
        return Place(**self.cleaned_data)
