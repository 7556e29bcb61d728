from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordResetForm
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from portal.accounts import zones
from portal.accounts.models import User


class SignInForm(AuthenticationForm):
    """User name and password; says the same whether the name or the password was wrong."""

    error_messages = {
        "invalid_login": _("Username and password do not match. Check both; capital letters matter."),
        "inactive": _("Username and password do not match. Check both; capital letters matter."),
    }


class ResetForm(PasswordResetForm):
    """Ask for a link by e-mail; the mail speaks its reader's language."""

    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )

    def send_mail(
        self, subject_template_name: str, email_template_name: str, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> None:
        """Send the mail in the user's language, whatever language the page was in."""
        with translation.override(context["user"].language):
            super().send_mail(subject_template_name, email_template_name, context, *args, **kwargs)


class SettingsForm(forms.ModelForm[User]):
    """A person's own name, address, language and time zone."""

    name = forms.CharField(label=_("Name"), max_length=150, help_text=_("Shown to the other side of a case."))
    time_zone = forms.ChoiceField(label=_("Time zone"), help_text=_("Deadlines are shown in this time zone."))
    current_password = forms.CharField(
        label=_("Current password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text=_("Needed only to change the e-mail address."),
    )

    class Meta:
        model = User
        fields = ["name", "language", "time_zone", "email"]
        labels = {"email": _("E-mail address")}
        help_texts = {"email": _("Notices and links for a new password go there.")}

    field_order = ["name", "language", "time_zone", "email", "current_password"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].initial = self.instance.display_name
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        self.fields["time_zone"].choices = self._zones()  # type: ignore[attr-defined]

    def _zones(self) -> zones.Choices:
        """All zones; the stored one first where the list leaves it out as an old spelling."""
        groups = zones.choices()
        stored = self.instance.time_zone
        if any(stored == zone for _label, cities in groups for zone, _city in cities):
            return groups
        return [("", [(stored, stored)]), *groups]

    def clean(self) -> dict[str, Any]:
        """Refuse another e-mail address without the password: it opens the account to whoever reads that mail."""
        data = super().clean() or self.cleaned_data
        if "email" in self.changed_data and not self.instance.check_password(data.get("current_password", "")):
            self.add_error("current_password", _("Enter your current password to change the e-mail address."))
        return data

    def save(self, commit: bool = True) -> User:
        """Keep the name whole: how it splits into first and last differs from language to language."""
        self.instance.first_name, self.instance.last_name = self.cleaned_data["name"], ""
        return super().save(commit)
