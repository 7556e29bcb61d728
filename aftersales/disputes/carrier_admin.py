"""Carriers' events in the admin: read from a file, looked at, tried again where no case knew their parcel."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from aftersales.disputes.services.carrier_file import COLUMNS, OPTIONAL, FileUnreadable, read_events
from aftersales.disputes.services.parcels import match_again
from aftersales.policies.admin_pages import page, staff
from aftersales.returns.models import CarrierEvent, CarrierNews
from portal.accounts.models import Duty

LARGEST = 5 * 1024 * 1024


class UploadForm(forms.Form):
    """A file of events."""

    file = forms.FileField(label=gettext_lazy("CSV file"))

    def lines(self) -> list[str]:
        """Return the file's lines. Raises ValidationError for one that is too large or no text."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise ValidationError(_("The file is larger than 5 MB. Split it; rows that were read before do no harm."))
        content = file.read()
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                return str(content.decode(encoding)).splitlines(keepends=True)
            except UnicodeDecodeError:
                continue
        raise ValidationError(_("This is not text in UTF-8 or GB18030. Save it as “CSV UTF-8” and try again."))


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Read a file and say what became of its rows, the refused ones by line."""
    staff(request)
    form, report = UploadForm(request.POST or None, request.FILES or None), None
    if request.method == "POST" and form.is_valid():
        try:
            report = read_events(form.lines(), now=timezone.now())
        except FileUnreadable as wrong:
            form.add_error("file", str(wrong))
        except ValidationError as wrong:
            form.add_error("file", wrong)
    context = {
        "form": form,
        "report": report,
        "columns": COLUMNS,
        "optional": OPTIONAL,
        "kinds": CarrierNews.choices,
        "title": _("Read carriers' events"),
    }
    return page(request, "returns/upload.html", context, status=422 if form.errors else 200)


class UnmatchedFilter(admin.SimpleListFilter):
    """Whether a case knows the parcel."""

    title = gettext_lazy("case")
    parameter_name = "matched"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The two answers."""
        return [("no", gettext_lazy("No case knows the parcel yet")), ("yes", gettext_lazy("Of a case"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[CarrierEvent]) -> QuerySet[CarrierEvent]:
        """Narrow the list down."""
        if self.value() == "no":
            return queryset.filter(case="")
        return queryset.exclude(case="") if self.value() == "yes" else queryset


@admin.register(CarrierEvent)
class CarrierEventAdmin(admin.ModelAdmin[CarrierEvent]):
    """What carriers said, as they said it: kept once, never changed."""

    list_display = [
        *("carrier", "tracking", "kind", "at", "place"),
        *("amount", "currency", "booked_to", "case", "recorded_at"),
    ]
    list_filter = [UnmatchedFilter, "kind", "carrier"]
    search_fields = ["=tracking", "=case"]
    ordering = ["-id"]
    show_full_result_count = False
    actions = ["try_again"]
    change_list_template = "returns/events.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the upload."""
        return [
            path("upload/", self.admin_site.admin_view(upload), name="returns_carrierevent_upload"),
            *super().get_urls(),
        ]

    @admin.action(description=gettext_lazy("Look again for the case of the parcel"), permissions=["view"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[CarrierEvent]) -> None:
        """Match the chosen events anew, in the order in which they happened."""
        staff(request)
        found = match_again(queryset, now=timezone.now())
        text = ngettext("%(n)s event found its case.", "%(n)s events found their case.", found) % {"n": found}
        self.message_user(request, text, messages.SUCCESS if found else messages.INFO)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Events come from carriers."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What a carrier said stays as it was said."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What a carrier said stays."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The platform's operations."""
        return getattr(request.user, "duty", "") == Duty.PLATFORM

    def has_module_permission(self, request: HttpRequest) -> bool:
        """As for viewing."""
        return self.has_view_permission(request)
