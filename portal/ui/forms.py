"""Form fields shared by the rooms."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from portal.money import exponent, unit
from portal.ui.amounts import say_money, symbol


def _more_than(most: Decimal, currency: str) -> str:
    return _("At most %(amount)s is possible.") % {"amount": say_money(most, currency)}


def _at_most(count: int) -> str:
    return _("At most %(count)s characters.") % {"count": count}


# A field is made once, long before somebody reads it in a language.
_more_than_later = lazy(_more_than, str)
_at_most_later = lazy(_at_most, str)


def amount_keys(currency: str) -> dict[str, str]:
    """Say which keys a telephone shows for an amount: with a point only where the currency has decimals."""
    return {"inputmode": "decimal" if exponent(currency) else "numeric", "autocomplete": "off"}


class MoneyInput(forms.TextInput):
    """An amount with the currency's sign before it."""

    template_name = "ui/money_input.html"
    currency = "CNY"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add the sign."""
        return {**super().get_context(name, value, attrs), "sign": symbol(self.currency)}


class MoneyFormField(forms.DecimalField):
    """An amount of one currency: at least its smallest unit, at most `most`, no finer than it."""

    widget = MoneyInput

    def __init__(self, *, currency: str, most: Decimal | None = None, **kwargs: Any) -> None:
        self.currency = currency
        smallest = unit(currency)
        exponent = smallest.as_tuple().exponent
        kwargs.setdefault("min_value", smallest)
        if most is not None:
            kwargs.setdefault("error_messages", {"max_value": _more_than_later(most, currency)})
        super().__init__(max_value=most, max_digits=15, decimal_places=-int(exponent), **kwargs)
        self.widget.currency = currency
        self.widget.attrs |= amount_keys(currency)


class NoteField(forms.CharField):
    """Words of a person: several lines, counted."""

    def __init__(self, *, max_length: int = 500, rows: int = 4, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", _at_most_later(max_length))
        super().__init__(max_length=max_length, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


class DayField(forms.DateField):
    """A date, chosen in the browser's own calendar."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **kwargs)


class InstantField(forms.DateTimeField):
    """A date and time in the reader's own time zone."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
        super().__init__(widget=widget, **kwargs)


class FilesInput(forms.ClearableFileInput):
    """Several files at once; the script shows them before they are sent and says which are too large."""

    template_name = "django/forms/widgets/file.html"
    allow_multiple_selected = True

    def __init__(self, *, accept: str, most_mb: int) -> None:
        super().__init__(attrs={"accept": accept, "data-most-mb": str(most_mb)})


@dataclass(frozen=True)
class Card:
    """The label of a choice that needs a second line: `choices=[("keep", Card(_("Keep it"), _("and ...")))]`."""

    title: Any
    hint: Any = ""

    def __str__(self) -> str:
        return str(self.title)
