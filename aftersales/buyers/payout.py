from django import forms
from django.utils.translation import gettext as _

from aftersales.remedies.gateways.bank import is_iban
from aftersales.remedies.models import PayoutAccount


class PayoutAccountForm(forms.ModelForm[PayoutAccount]):
    """The buyer's bank account: holder and a valid IBAN; the BIC only where the bank asks for it."""

    class Meta:
        model = PayoutAccount
        fields = ["holder", "iban", "bic"]
        widgets = {
            "holder": forms.TextInput(attrs={"autocomplete": "name"}),
            "iban": forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "maxlength": "42"}),
        }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed through
        self.fields["iban"] = forms.CharField(label=self.fields["iban"].label, max_length=42)  # with its blanks

    def clean_iban(self) -> str:
        """Take out blanks. Raises ValidationError where letters, length or check digits are wrong."""
        iban = str(self.cleaned_data["iban"]).replace(" ", "").upper()
        if not is_iban(iban):
            raise forms.ValidationError(_("This is not a valid IBAN. Please compare it with your bank card."))
        return iban
