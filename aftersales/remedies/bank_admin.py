"""Bank transfers in the admin: payment files out, statements in, every line listed."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from aftersales.remedies.gateways import NoAnswer
from aftersales.remedies.gateways.bank import Bank
from aftersales.remedies.gateways.bank_statements import Unreadable, read_statement
from aftersales.remedies.gateways.registry import gateway
from aftersales.remedies.models import BankFile, BankTransfer, StatementLine
from aftersales.remedies.records import Record, is_platform

_MOST = 20 * 1024 * 1024  # bytes of a statement


class StatementForm(forms.Form):
    """A bank statement."""

    file = forms.FileField(label=_("Bank statement (camt.053 or CSV)"))

    def clean_file(self) -> Any:
        """Refuse what is larger than any statement."""
        file = self.cleaned_data["file"]
        if file.size > _MOST:
            raise forms.ValidationError(_("The file is larger than 20 MB."))
        return file


@admin.register(BankFile)
class BankFileAdmin(Record):
    """Payment files; above the list: make the next one, and read a statement."""

    list_display = ["message_id", "count", "total", "currency", "made_at", "download"]
    exclude = ["content"]
    change_list_template = "admin/remedies/bank_files.html"

    def get_urls(self) -> list[URLPattern]:
        """Add making, downloading and reading."""
        view = self.admin_site.admin_view
        own = [
            path("make/", view(self.make), name="bank_file_make"),
            path("statement/", view(self.statement), name="bank_statement"),
            path("<int:pk>/download/", view(self.download_file), name="bank_file_download"),
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Show the list with both forms."""
        return super().changelist_view(request, {**(extra_context or {}), "form": StatementForm()})

    @admin.display(description=_("file"))
    def download(self, file: BankFile) -> SafeString:
        """Link the file."""
        return format_html('<a href="{}">{}</a>', reverse("admin:bank_file_download", args=[file.pk]), _("Download"))

    def make(self, request: HttpRequest) -> HttpResponse:
        """Put what waits into a file."""
        self._check(request)
        now = timezone.now()
        try:
            bank = gateway("bank")
            assert isinstance(bank, Bank)  # noqa: S101 - for the type checker
            file = bank.make_file(now=now, execution_on=(now + timedelta(days=1)).date())
        except (NoAnswer, ValueError) as problem:
            messages.error(request, str(problem))
        else:
            messages.info(request, _made(file.count) if file else _("No transfer waits."))
        return redirect("admin:remedies_bankfile_changelist")

    def statement(self, request: HttpRequest) -> HttpResponse:
        """Read a statement and say what its lines were."""
        self._check(request)
        form = StatementForm(request.POST, request.FILES)
        if not form.is_valid():
            messages.error(request, " ".join(str(error) for error in form["file"].errors))
            return redirect("admin:remedies_bankfile_changelist")
        try:
            outcomes = read_statement(form.cleaned_data["file"].read(), now=timezone.now())
        except Unreadable as problem:
            messages.error(request, str(problem))
            return redirect("admin:remedies_bankfile_changelist")
        counts = {name: outcomes[name] for name in ("matched", "partial", "unknown", "foreign", "again")}
        said = _(
            "Lines matched: %(matched)s, with another amount: %(partial)s, of unknown reference: %(unknown)s, "
            "not refunds: %(foreign)s, read before: %(again)s."
        )
        messages.info(request, said % counts)
        return redirect("admin:remedies_statementline_changelist")

    def download_file(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send a file."""
        if not is_platform(request):
            raise PermissionDenied
        file = get_object_or_404(BankFile, pk=pk)
        named = {"Content-Disposition": f'attachment; filename="{file.message_id}.xml"'}
        return HttpResponse(file.content, content_type="application/xml", headers=named)

    def _check(self, request: HttpRequest) -> None:
        if request.method != "POST" or not is_platform(request):
            raise PermissionDenied


@admin.register(BankTransfer)
class BankTransferAdmin(Record):
    """Transfers and how far they got."""

    list_display = ["end_to_end_id", "holder", "amount", "currency", "state", "reason", "file"]
    list_filter = ["state"]
    list_select_related = ["file"]
    search_fields = ["end_to_end_id", "key"]


@admin.register(StatementLine)
class StatementLineAdmin(Record):
    """Lines of bank statements; what is not matched is for a person."""

    list_display = ["statement", "line", "end_to_end_id", "amount", "currency", "returned", "outcome", "read_at"]
    list_filter = ["outcome", "returned"]
    search_fields = ["end_to_end_id", "statement"]


def _made(count: int) -> str:
    words = ngettext("%(count)s transfer is in the new file.", "%(count)s transfers are in the new file.", count)
    return words % {"count": count}
