from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from merchants.coupons.models import CouponTemplate
from merchants.plans.forms import CURRENCIES
from portal.money import is_exact
from portal.ui.forms import MoneyInput

if TYPE_CHECKING:
    from django.http import QueryDict

MOST = Decimal(100_000)


class CouponForm(forms.Form):
    """What a coupon is worth. Where a published plan promises it, only its name can change."""

    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("Only you and your colleagues see it."))
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in CURRENCIES])
    amount = forms.DecimalField(
        label=_("Worth"), min_value=Decimal("0.001"), max_value=MOST, decimal_places=3, widget=MoneyInput
    )
    minimum_spend = forms.DecimalField(
        label=_("For orders of at least"),
        min_value=Decimal(0),
        max_value=MOST,
        decimal_places=3,
        initial=0,
        widget=MoneyInput,
        help_text=_("0: for any order. Buyers see this beside the coupon."),
    )
    valid_days = forms.IntegerField(
        label=_("Valid for (days)"),
        min_value=7,
        max_value=730,
        initial=90,
        help_text=_("Counted from when it is issued."),
    )

    def __init__(
        self, data: "QueryDict | None" = None, *, template: CouponTemplate | None = None, promised: bool = False
    ) -> None:
        """Show a coupon's values; the currency of one that exists, and the worth of a promised one, stay."""
        initial: dict[str, Any] = {}
        if template is not None:
            initial = {name: getattr(template, name) for name in self.base_fields}
            initial |= {name: f"{initial[name].normalize():f}" for name in ("amount", "minimum_spend")}
        super().__init__(data, initial=initial or None)
        currency = template.currency if template else str(data.get("currency") if data else CURRENCIES[0])
        for name in ("amount", "minimum_spend"):
            self.fields[name].widget.currency = currency
            self.fields[name].widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}
        fixed = {"amount", "minimum_spend", "valid_days"} if promised else set()
        if template is not None:
            if template.currency not in CURRENCIES:
                self.fields["currency"].choices = [(template.currency, template.currency)]  # type: ignore[attr-defined]
            fixed.add("currency")
        for name in fixed:
            self.fields[name].disabled = True

    def clean(self) -> dict[str, Any]:
        """Refuse amounts finer than the currency."""
        given: dict[str, Any] = super().clean() or {}
        for name in ("amount", "minimum_spend"):
            if name in given and "currency" in given and not is_exact(given[name], given["currency"]):
                self.add_error(name, _("This currency has no such small amounts."))
        return given
