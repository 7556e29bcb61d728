"""A draft as a form: every rule a field, blank where the draft leaves it as it is below."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aftersales.policies import drafts
from aftersales.policies.diff import say
from aftersales.policies.files import LARGEST
from aftersales.policies.layers import BadRules, Layer
from aftersales.policies.models import RulePackDraft
from aftersales.policies.services import check
from aftersales.policies.values import CHOICES, SECTIONS, rule_words

PACK = re.compile(r"[a-z]{2}(\.[a-z_]{1,17})?")
PATHS = [f"{section}.{name}" for section, names in SECTIONS.items() for name in names]
TITLES = {
    "timers": _("Clocks, in hours"),
    "windows": _("Windows: days such as 7d, hours such as 48h"),
    "thresholds": _("Amounts, such as CNY 50, EUR 6.50"),
    "counts": _("Numbers"),
    "choices": _("Choices"),
}


class DraftForm(forms.ModelForm[RulePackDraft]):
    """The rules of a draft and what it changes, in words of both languages."""

    categories = forms.CharField(
        label=_("Categories of goods"), required=False, help_text=_("Separated by commas. A base pack has none.")
    )

    class Meta:
        model = RulePackDraft
        fields = ["summary_en", "summary_zh"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        under = drafts.below(self.instance.pack, now=timezone.now())
        layer = Layer.parse(self.instance.rules)
        self.initial["categories"] = ", ".join(layer.categories)
        for path in PATHS:
            hint = _("Blank: %(value)s.") % {"value": say(path, under.value(path))}
            self.fields[path] = _field(path, hint)
            if path in layer.values:
                self.initial[path] = _shown(path, layer.values[path])

    def clean(self) -> dict[str, Any]:
        """Hold the rules against what every pack must keep to."""
        given = super().clean() or {}
        try:
            check(self.instance.pack, self.rules())
        except BadRules as wrong:
            for problem in wrong.problems:
                path = ".".join(problem.path)
                self.add_error(path if path in self.fields else None, problem.message)
        except ValidationError as wrong:
            self.add_error("categories", wrong)
        return given

    def rules(self) -> dict[str, Any]:
        """Return what was entered as it is stored; the basis of each rule that is still set stays."""
        data: dict[str, Any] = {}
        if categories := [c.strip() for c in (self.cleaned_data.get("categories") or "").split(",") if c.strip()]:
            data["categories"] = categories
        for path in PATHS:
            value = self.cleaned_data.get(path)
            if value not in {None, ""}:
                section, _dot, name = path.partition(".")
                data.setdefault(section, {})[name] = _amounts(value) if section == "thresholds" else value
        basis = self.instance.rules.get("basis", {})
        kept = {path: text for path, text in basis.items() if self.cleaned_data.get(path) not in {None, ""}}
        return data | ({"basis": kept} if kept else {})


class ImportForm(forms.Form):
    """A file, or its text."""

    file = forms.FileField(label=_("File (YAML or JSON)"), required=False)
    text = forms.CharField(label=_("Or its text"), required=False, max_length=LARGEST, widget=forms.Textarea)

    def content(self) -> str:
        """Return the text given. Raises ValidationError where there is none, or none in UTF-8."""
        if file := self.cleaned_data["file"]:
            try:
                return str(file.read(LARGEST * 4).decode())
            except UnicodeDecodeError:
                raise ValidationError(_("The file is not text in UTF-8.")) from None
        if not self.cleaned_data["text"].strip():
            raise ValidationError(_("Choose a file, or paste its text."))
        return str(self.cleaned_data["text"])


class PublishForm(forms.Form):
    """From when on the draft is in force."""

    effective_at = forms.DateTimeField(
        label=_("In force from"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )


class BeginForm(forms.Form):
    """Which pack gets a new version; a new name begins a new pack."""

    pack = forms.CharField(
        label=_("Pack"), max_length=20, help_text=_("A market such as cn, or a category of it such as cn.fresh.")
    )

    def clean_pack(self) -> str:
        """Refuse what is no name of a pack."""
        name = str(self.cleaned_data["pack"]).strip()
        if not PACK.fullmatch(name):
            raise ValidationError(_("A market such as cn, or a category of it such as cn.fresh, is needed."))
        return name


def _field(path: str, hint: Any) -> forms.Field:
    section, _dot, name = path.partition(".")
    label = rule_words(path)
    if section == "choices":
        options = [("", "—"), *CHOICES[name].options.items()]
        return forms.ChoiceField(label=label, required=False, choices=options, help_text=hint)
    if section in {"timers", "counts"}:
        return forms.IntegerField(label=label, required=False, min_value=0, help_text=hint)
    return forms.CharField(label=label, required=False, max_length=200, help_text=hint)


def _shown(path: str, value: Any) -> Any:
    return say(path, value) if path.startswith("thresholds.") else str(value)


def _amounts(text: str) -> dict[str, str]:
    """Read `CNY 50, EUR 6.50`; what cannot be read is left for the check to name."""
    parts = [part.strip().partition(" ") for part in text.replace("–", "").split(",") if part.strip()]
    return {currency.upper(): amount.strip() for currency, _space, amount in parts}
