from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.policies.models import RulePackVersion
from aftersales.policies.rules import COUNTS, THRESHOLDS, TIMERS, WINDOWS, Rules
from aftersales.policies.services import current, publish
from portal.accounts.models import Duty


class VersionForm(forms.ModelForm[RulePackVersion]):
    """Every number of the pack as a field, beginning with those in force."""

    class Meta:
        model = RulePackVersion
        fields = ["effective_at", "summary_en", "summary_zh"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rules = Rules.parse(current(now=timezone.now()).rules)
        for section, words in (("timers", TIMERS), ("windows", WINDOWS), ("counts", COUNTS)):
            for name, (__, label) in words.items():
                value = getattr(rules, section)[name]
                self.fields[f"{section}.{name}"] = forms.IntegerField(label=label, min_value=1, initial=value)
        for name, (amounts, label) in THRESHOLDS.items():
            for currency in amounts:
                self.fields[f"thresholds.{name}.{currency}"] = forms.DecimalField(
                    label=f"{label} ({currency})", min_value=0, initial=rules.thresholds[name].get(currency)
                )

    def rules(self) -> dict[str, Any]:
        """Return what was entered in the stored form."""
        data: dict[str, Any] = {"timers": {}, "windows": {}, "counts": {}, "thresholds": {}}
        for field, value in self.cleaned_data.items():
            section, *rest = field.split(".")
            if section == "thresholds":
                data["thresholds"].setdefault(rest[0], {})[rest[1]] = str(value)
            elif section in data:
                data[section][rest[0]] = value
        return data

    def clean(self) -> dict[str, Any]:
        """Hold the numbers against what every pack must keep to."""
        given = super().clean() or {}
        if not self.errors:
            try:
                Rules.parse(self.rules())
            except ValidationError as wrong:
                self.add_error(None, wrong)
            if given["effective_at"] < timezone.now():
                self.add_error("effective_at", _("The date must not lie in the past."))
        return given


@admin.register(RulePackVersion)
class RulePackAdmin(admin.ModelAdmin[RulePackVersion]):
    """Rule packs: a new version is published with a date; what is published is only looked at."""

    list_display = ["__str__", "effective_at", "published_at", "published_by", "summary_zh", "summary_en"]
    ordering = ["pack", "-number"]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Ask for every number when a version is made."""
        return super().get_form(request, obj, change, **kwargs) if obj else VersionForm

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show all fields in one list."""
        if obj:
            return super().get_fieldsets(request, obj)
        return [(None, {"fields": list(VersionForm().fields)})]

    def save_model(self, request: HttpRequest, obj: RulePackVersion, form: Any, change: bool) -> None:
        """Publish through the service, which checks and numbers."""
        made = publish(
            actor=request.user,  # type: ignore[arg-type]
            rules=form.rules(),
            summary_en=obj.summary_en,
            summary_zh=obj.summary_zh,
            effective_at=obj.effective_at,
            now=timezone.now(),
        )
        obj.pk, obj.number, obj.pack = made.pk, made.number, made.pack
        obj._state.adding = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Platform staff publish."""
        return getattr(request.user, "duty", "") == Duty.PLATFORM

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What is published is final."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What is published is final."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The platform's people see all."""
        return bool(getattr(request.user, "duty", ""))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """As for viewing."""
        return self.has_view_permission(request)
