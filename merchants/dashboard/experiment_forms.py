"""What is asked to try versions of a plan side by side."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from merchants.experiments.services import Design, Guards
from merchants.plans.models import PlanVersion

_SHARE = 100


class ExperimentForm(forms.Form):
    """Shares of buyers by version, the holdout, and what stops an arm by itself."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    holdout = forms.IntegerField(
        label=gettext_lazy("Holdout: buyers who get the ordinary process (%)"),
        min_value=0,
        max_value=_SHARE,
        initial=10,
        help_text=gettext_lazy("Without a holdout you learn which version is better, not what the plan really keeps."),
    )
    automatic = forms.BooleanField(
        label=gettext_lazy("Share buyers out by what works better, once a day"), required=False
    )
    least_share = forms.IntegerField(
        label=gettext_lazy("Each version keeps at least (%)"), min_value=1, max_value=50, initial=10
    )
    guard_escalated = forms.IntegerField(
        label=gettext_lazy("Stop a version that surely brings more cases to the platform (points)"),
        min_value=0,
        max_value=_SHARE,
        initial=5,
        required=False,
        help_text=gettext_lazy("Compared with the holdout. Leave empty not to watch it."),
    )
    guard_again = forms.IntegerField(
        label=gettext_lazy("… that surely brings more repeat cases (points)"),
        min_value=0,
        max_value=_SHARE,
        initial=5,
        required=False,
    )
    guard_reviews = forms.IntegerField(
        label=gettext_lazy("… that surely brings more bad reviews (points)"),
        min_value=0,
        max_value=_SHARE,
        initial=5,
        required=False,
    )
    guard_cost = forms.DecimalField(
        label=gettext_lazy("… that surely costs more per case (% of what was paid)"),
        min_value=0,
        max_value=_SHARE,
        decimal_places=2,
        required=False,
    )

    def __init__(self, *args: Any, versions: Sequence[PlanVersion], live: int | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._versions = list(versions)
        shares = {}
        for version in self._versions:
            words = _("Version %(number)s, live (%%)") if version.pk == live else _("Version %(number)s (%%)")
            shares[_name(version)] = forms.IntegerField(
                label=words % {"number": version.number}, min_value=0, max_value=_SHARE, initial=0, required=False
            )
        for version in self._versions[:2]:
            shares[_name(version)].initial = 45
        if len(self._versions) == 1:
            shares[_name(self._versions[0])].initial = 90
        rest = dict(self.fields)
        self.fields.clear()
        self.fields.update({"name": rest.pop("name"), **shares, **rest})

    def design(self) -> Design:
        """Return what was entered; versions without a share are left out."""
        given = self.cleaned_data
        shares = tuple((v, given[_name(v)]) for v in self._versions if given.get(_name(v)))
        guards = Guards(given["guard_escalated"], given["guard_again"], given["guard_reviews"], given["guard_cost"])
        return Design(given["name"], shares, given["holdout"], given["automatic"], given["least_share"], guards)


def _name(version: PlanVersion) -> str:
    return f"share_{version.pk}"
