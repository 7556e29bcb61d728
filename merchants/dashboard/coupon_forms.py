from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from merchants.coupons.budgets import Limits
from merchants.coupons.models import CouponBudget, CouponTemplate
from merchants.coupons.templates import Worth
from merchants.plans.forms import CURRENCIES
from portal.money import is_exact
from portal.ui.forms import MoneyInput, amount_keys

if TYPE_CHECKING:
    from django.http import QueryDict

MOST = Decimal(100_000)
MONEY = ("amount", "minimum_spend")
LISTS = ("categories", "skus")


class DateInput(forms.DateInput):
    """The browser's own calendar, which speaks ISO 8601."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class Words(forms.CharField):
    """Several words, one a line or with commas between."""

    def __init__(self, **more: Any) -> None:
        super().__init__(required=False, max_length=4000, widget=forms.Textarea({"rows": 2}), **more)

    def clean(self, value: Any) -> tuple[str, ...]:
        """Return the words, each once and in their order."""
        text = super().clean(value).replace("，", ",").replace("\n", ",")
        words = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
        if any(len(word) > 100 for word in words):
            raise forms.ValidationError(_("Put a comma or a new line after each one."))
        return words


class CouponForm(forms.Form):
    """What a coupon is worth, for what and for how long. Where it was promised or given, only its name can change."""

    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("Only you and your colleagues see it."))
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in CURRENCIES])
    amount = forms.DecimalField(
        label=_("Worth"),
        min_value=Decimal("0.001"),
        max_value=MOST,
        decimal_places=3,
        widget=MoneyInput,
        help_text=_("With a percentage: the most that it can be worth."),
    )
    percent = forms.DecimalField(
        label=_("Percent of the order"),
        required=False,
        min_value=Decimal("0.01"),
        max_value=Decimal(100),
        decimal_places=2,
        help_text=_("Leave it empty for a coupon of a fixed amount."),
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
    valid_from = forms.DateField(label=_("Or from"), required=False, widget=DateInput)
    valid_until = forms.DateField(
        label=_("Until"),
        required=False,
        widget=DateInput,
        help_text=_("With a last day, the number of days above does not count."),
    )
    categories = Words(label=_("Only for these categories"), help_text=_("One a line. Empty: all goods."))
    skus = Words(label=_("Only for these items (SKU)"), help_text=_("One a line. Empty: all goods."))
    stackable = forms.BooleanField(label=_("Can be used together with other coupons"), required=False)

    def __init__(
        self, data: "QueryDict | None" = None, *, template: CouponTemplate | None = None, final: bool = False
    ) -> None:
        """Show a coupon's values; the currency of one that exists, and the terms of a `final` one, stay."""
        initial: dict[str, Any] = {}
        if template is not None:
            initial = {name: getattr(template, name) for name in self.base_fields}
            initial |= {name: f"{initial[name].normalize():f}" for name in MONEY}
            initial |= {name: "\n".join(initial[name]) for name in LISTS}
        super().__init__(data, initial=initial or None)
        currency = template.currency if template else str(data.get("currency") if data else CURRENCIES[0])
        for name in MONEY:
            self.fields[name].widget.currency = currency
            self.fields[name].widget.attrs |= amount_keys(currency)
        fixed = set(self.fields) - {"name"} if final else set()
        if template is not None:
            if template.currency not in CURRENCIES:
                self.fields["currency"].choices = [(template.currency, template.currency)]  # type: ignore[attr-defined]
            fixed.add("currency")
        for name in fixed:
            self.fields[name].disabled = True

    def clean(self) -> dict[str, Any]:
        """Refuse amounts finer than the currency, and dates in the wrong order."""
        given: dict[str, Any] = super().clean() or {}
        for name in MONEY:
            if name in given and "currency" in given and not is_exact(given[name], given["currency"]):
                self.add_error(name, _("This currency has no such small amounts."))
        first, last = given.get("valid_from"), given.get("valid_until")
        if first and not last:
            self.add_error("valid_until", _("Say the last day as well."))
        elif first and last and last < first:
            self.add_error("valid_until", _("The last day comes before the first one."))
        return given

    @property
    def worth(self) -> Worth:
        """The terms that were given."""
        return Worth(**{k: v for k, v in self.cleaned_data.items() if k not in {"name", "currency"}})


class BudgetForm(forms.Form):
    """How many coupons may be given, and worth how much; empty for no limit."""

    total_count = forms.IntegerField(label=_("Coupons in all"), required=False, min_value=0, max_value=10_000_000)
    total_amount = forms.DecimalField(
        label=_("Worth in all"), required=False, min_value=0, max_digits=15, decimal_places=3, widget=MoneyInput
    )
    day_count = forms.IntegerField(label=_("Coupons a day"), required=False, min_value=0, max_value=10_000_000)
    day_amount = forms.DecimalField(
        label=_("Worth a day"), required=False, min_value=0, max_digits=15, decimal_places=3, widget=MoneyInput
    )

    def __init__(self, data: "QueryDict | None" = None, *, budget: CouponBudget | None, currency: str) -> None:
        """Show the limits in force; amounts in `currency`."""
        initial = {name: getattr(budget, name) for name in self.base_fields} if budget else {}
        for name in ("total_amount", "day_amount"):
            if initial.get(name) is not None:
                initial[name] = f"{initial[name].normalize():f}"
        super().__init__(data, initial=initial)
        self.currency = currency
        for name in ("total_amount", "day_amount"):
            self.fields[name].widget.currency = currency
            self.fields[name].widget.attrs |= amount_keys(currency)

    def clean(self) -> dict[str, Any]:
        """Refuse amounts finer than the currency."""
        given: dict[str, Any] = super().clean() or {}
        for name in ("total_amount", "day_amount"):
            if given.get(name) is not None and not is_exact(given[name], self.currency):
                self.add_error(name, _("This currency has no such small amounts."))
        return given

    @property
    def limits(self) -> Limits:
        """The limits that were given."""
        return Limits(**self.cleaned_data)
