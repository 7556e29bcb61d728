"""The form of a shop's promises: one row for each that there is, blank where none is made."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aftersales.policies.layers import BadRules
from aftersales.policies.rules import Rules
from merchants.promises.terms import PROMISABLE, say

if TYPE_CHECKING:
    from django.http import QueryDict

_DAYS = {
    "windows.price_protection": _("Price protection (days)"),
    "windows.no_reason": _("Return without reason (days)"),
    "windows.visible": _("Faults seen on arrival can be claimed for (days)"),
    "windows.quality": _("Quality problems can be claimed for (days)"),
    "windows.warranty": _("You answer for hidden faults for (days)"),
}
_SWITCHES = {
    "choices.return_freight_remorse": (_("Pay the postage of returns without reason"), "merchant"),
    "choices.damaged_on_arrival": (_("Refund goods that arrive damaged without asking for them back"), "no_return"),
}


class PromiseForm(forms.Form):
    """What the shop promises above the rules, from when on, and the owner's signature."""

    effective_at = forms.DateTimeField(
        label=_("In force from"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Blank: at once. It binds for what is bought from then on."),
    )
    signed = forms.BooleanField(
        label=_("I sign this in the shop's name. What is bought while it stands keeps it."),
    )

    def __init__(self, data: "QueryDict | None" = None, *, given: Rules, now: dict[str, Any]) -> None:
        """`given`: what buyers have anyway; `now`: the promises signed last, as stored values by path."""
        super().__init__(data)
        for path in PROMISABLE:
            self.fields[_name(path)] = self._field(path, given, now)
        self.order_fields([*map(_name, PROMISABLE), "effective_at", "signed"])

    def _field(self, path: str, given: Rules, now: dict[str, Any]) -> forms.Field:
        if path in _SWITCHES:
            label, value = _SWITCHES[path]
            return forms.BooleanField(label=label, required=False, initial=now.get(path) == value)
        value = given.value(path)
        hint = _("The rules give %(value)s. Blank: no promise.") % {"value": say(path, value)}
        label = _("If it is fake, pay how many times the price?") if path == "counts.fake_times" else _DAYS[path]
        number = str(now[path]).rstrip("d") if path in now else None
        return forms.IntegerField(label=label, required=False, min_value=1, initial=number, help_text=hint)

    def rules(self) -> dict[str, Any]:
        """Return what was promised as a layer is stored."""
        layer: dict[str, Any] = {}
        for path in PROMISABLE:
            section, _dot, name = path.partition(".")
            value = self.cleaned_data.get(_name(path))
            if value:
                written = _SWITCHES[path][1] if path in _SWITCHES else f"{value}d" if section == "windows" else value
                layer.setdefault(section, {})[name] = written
        return layer

    def effective(self, now: datetime) -> datetime:
        """Return from when it is to hold."""
        return self.cleaned_data["effective_at"] or now

    def refuse(self, wrong: BadRules) -> None:
        """Show each problem beside its field."""
        for problem in wrong.problems:
            name = _name(".".join(problem.path))
            self.add_error(name if name in self.fields else None, problem.message)


def _name(path: str) -> str:
    return path.replace(".", "_")
