"""A draft's way to a version, in the admin: begin, import, export, review with all changes, publish."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from aftersales.policies import drafts, files
from aftersales.policies.forms import BeginForm, ImportForm, PublishForm
from aftersales.policies.models import RulePackDraft, RulePackVersion
from portal.accounts.models import Duty, User

CHANGE = "admin:policies_rulepackdraft_change"


def staff(request: HttpRequest) -> User:
    """Return who writes rules. Raises PermissionDenied for anybody else."""
    if not isinstance(request.user, User) or request.user.duty != Duty.PLATFORM:
        raise PermissionDenied
    return request.user


def page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Render a page in the admin's frame."""
    return render(request, template, {**admin.site.each_context(request), **context}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """Choose the pack that gets a new version."""
    user = staff(request)
    form = BeginForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        draft = drafts.begin(pack=form.cleaned_data["pack"], actor=user, now=timezone.now())
        return redirect(CHANGE, draft.pk)
    packs = RulePackVersion.objects.order_by("pack", "-number").distinct("pack")
    context = {"form": form, "packs": packs, "title": _("New version of a rule pack")}
    return page(request, "policies/begin.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def take_in(request: HttpRequest) -> HttpResponse:
    """Make a file the draft of its pack, or say what is wrong in which line."""
    user = staff(request)
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            draft = drafts.take_in(file=files.read(form.content()), actor=user, now=timezone.now())
        except ValidationError as wrong:
            form.add_error(None, wrong)
        else:
            messages.success(request, _("Imported. Nothing is in force before you publish it."))
            return redirect(CHANGE, draft.pk)
    context = {"form": form, "title": _("Import a rule pack")}
    return page(request, "policies/import.html", context, status=422 if form.errors else 200)


@require_safe
def export_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a draft as a file."""
    draft = get_object_or_404(RulePackDraft, pk=pk)
    return _file(draft, f"{draft.pack}-draft.yaml")


@require_safe
def export_version(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a published version as a file."""
    version = get_object_or_404(RulePackVersion, pk=pk)
    return _file(version, f"{version.pack}-v{version.number}.yaml")


def _file(row: RulePackDraft | RulePackVersion, name: str) -> HttpResponse:
    text = files.write(pack=row.pack, rules=row.rules, summary_en=row.summary_en, summary_zh=row.summary_zh)
    response = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """Show all that a draft changes, in both languages; publish it with a date."""
    user, now = staff(request), timezone.now()
    draft = get_object_or_404(RulePackDraft, pk=pk)
    form = PublishForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            version = drafts.publish_draft(
                draft=draft, effective_at=form.cleaned_data["effective_at"], actor=user, now=now
            )
        except ValidationError as wrong:
            form.add_error(None, wrong)
        else:
            messages.success(request, _("%(version)s is published. Filed cases keep theirs.") % {"version": version})
            return redirect("admin:policies_rulepackversion_change", version.pk)
    context = {
        "draft": draft,
        "before": drafts.latest(draft.pack),
        "changes": drafts.changes_of(draft, now=now),
        "form": form,
        "title": _("What the draft of %(pack)s changes") % {"pack": draft.pack},
    }
    return page(request, "policies/review.html", context, status=422 if form.errors else 200)
