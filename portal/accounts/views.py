from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_required
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from portal.accounts import demo, throttle
from portal.accounts.forms import ResetForm, SettingsForm, SignInForm
from portal.accounts.models import Duty, User
from portal.accounts.services import DEMO_PASSWORD, renew_calendar_key


@login_required
def front_door(request: HttpRequest) -> HttpResponse:
    """Send everybody to where their work is."""
    return redirect(_home(request.user))  # type: ignore[arg-type] # login_required


def _home(user: User) -> str:
    if user.duty == Duty.MARKETPLACE:
        return "/api/v1/docs/"
    if user.duty or user.is_superuser:
        return "/admin/"
    return "/merchant/" if user.memberships.exists() else "/orders/"


class SignIn(auth_views.LoginView):
    """Sign in, then go on to `next` (own addresses only) or through the front door."""

    template_name = "accounts/signin.html"
    form_class = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the demo's sign-ins, of which there are none elsewhere."""
        context = super().get_context_data(demo_sign_ins=demo.sign_ins(), demo_password=DEMO_PASSWORD, **kwargs)
        del context["site"]  # Django's idea of a site; on our pages the name is portal.ui's
        return context

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse to even look at the password after too many wrong ones."""
        if throttle.is_blocked(request, "signin", self._name(), throttle.SIGN_IN):
            form = self.form_class(request)
            return self.render_to_response(self.get_context_data(form=form, blocked=True), status=429)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        """Sign in and start counting anew."""
        throttle.forget(self.request, "signin", self._name(), throttle.SIGN_IN)
        return super().form_valid(form)

    def form_invalid(self, form: Any) -> HttpResponse:
        """Count the failure."""
        throttle.count(self.request, "signin", self._name(), throttle.SIGN_IN)
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def _name(self) -> str:
        return self.request.POST.get("username", "")


class _Refusing422:
    """An invalid form is answered with 422, as everywhere on this site."""

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        view: Any = self
        response: HttpResponse = view.render_to_response(view.get_context_data(form=form), status=422)
        return response


class AskForReset(_Refusing422, auth_views.PasswordResetView):
    """Ask for a link to set a new password; the answer is the same whether the address is known or not."""

    template_name = "accounts/reset_ask.html"
    form_class = ResetForm
    subject_template_name = "accounts/mail/reset_subject.txt"
    email_template_name = "accounts/mail/reset.txt"
    html_email_template_name = "accounts/mail/reset.html"
    success_url = reverse_lazy("password_reset_done")

    def form_valid(self, form: Any) -> HttpResponse:
        """Send the link, unless this address has had its share: then quietly not."""
        address = form.cleaned_data["email"]
        if throttle.is_blocked(self.request, "reset", address, throttle.PASSWORD_RESET):
            return HttpResponseRedirect(self.get_success_url())
        throttle.count(self.request, "reset", address, throttle.PASSWORD_RESET)
        return super().form_valid(form)


class ResetAsked(auth_views.PasswordResetDoneView):
    """Say that a mail is on its way if the address is known."""

    template_name = "accounts/reset_asked.html"


class SetPassword(_Refusing422, auth_views.PasswordResetConfirmView):
    """Set a new password with the link from the mail."""

    template_name = "accounts/reset_set.html"
    success_url = reverse_lazy("password_reset_complete")


class PasswordSet(auth_views.PasswordResetCompleteView):
    """Say that the new password holds."""

    template_name = "accounts/reset_done.html"


class ChangePassword(_Refusing422, auth_views.PasswordChangeView):
    """Change the password, knowing the current one."""

    template_name = "accounts/password.html"
    success_url = reverse_lazy("settings")

    def form_valid(self, form: Any) -> HttpResponse:
        """Confirm on the settings page."""
        messages.success(self.request, _("Your password has been changed."))
        return super().form_valid(form)


@method_decorator(never_cache, name="dispatch")
class SignOut(auth_views.LogoutView):
    """End the session (POST only)."""

    http_method_names = ["post", "options"]


@login_required
@sensitive_post_parameters("current_password")
def edit_settings(request: HttpRequest) -> HttpResponse:
    """Edit one's own name, address, language and time zone."""
    # Not request.user: a refused form must not change the page's header.
    user = User.objects.get(username=request.user.get_username())
    form = SettingsForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        with_language = redirect("settings")
        _remember(with_language, saved.language)
        messages.success(request, _("Your settings have been saved."))
        return with_language
    key = user.calendar_key
    context = {"form": form, "calendar_url": f"{settings.SITE_URL}/calendar/{key}.ics" if key else ""}
    return render(request, "accounts/settings.html", context, status=422 if form.is_bound else 200)


@require_POST
@login_required
def renew_calendar(request: HttpRequest) -> HttpResponse:
    """Give the person a new address for the calendar of deadlines; the one before ends."""
    renew_calendar_key(user=User.objects.get(username=request.user.get_username()))
    messages.success(request, _("This is the address of your calendar. Keep it to yourself."))
    return redirect(f"{reverse('settings')}#calendar")


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Switch the language and stay on the page; signed-in people keep it on every device."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    response = HttpResponseRedirect(target)
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES) and check_for_language(language):
        _remember(response, language)
        if request.user.is_authenticated:
            User.objects.filter(pk=request.user.pk).update(language=language)
    return response


def _remember(response: HttpResponse, language: str) -> None:
    """Keep the language for the time after signing out."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 24 * 3600,
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=True,
        samesite="Lax",
    )
