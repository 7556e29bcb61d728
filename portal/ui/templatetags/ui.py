"""Tags shared by all pages; loaded everywhere (settings). None of them asks the database anything."""

import zipfile
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import Any

from django import template
from django.forms import BaseForm
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from portal.ui import amounts, times, words
from portal.ui.assets import sheet

register = template.Library()


@lru_cache(maxsize=256)
def _drawing(name: str) -> str:
    """Read one drawing of the Lucide set: the inside of its svg element."""
    with zipfile.ZipFile(str(files("lucide") / "lucide.zip")) as archive:
        svg = archive.read(f"{name}.svg").decode()
    return svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")].strip()


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw an icon inline; decoration only, so hidden from readers: a word stands beside it."""
    return mark_safe(  # noqa: S308 - the drawing is a package's file, the name is looked up in it
        '<svg class="icon" viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" '
        'stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">'
        f"{_drawing(name)}</svg>"
    )


@register.simple_tag
def stylesheet_url() -> str:
    """Return the address of the style sheet."""
    return reverse("ui:stylesheet", args=[sheet().digest])


@register.simple_tag
def status_badge(status: str, label: str = "") -> SafeString:
    """Show a status as icon, word and colour. `label` is the word, e.g. `case.get_status_display`."""
    look = words.STATUS_LOOKS.get(status, words.Look("rest", "circle"))
    return format_html('<span class="status {}">{}{}</span>', look.tone, icon(look.icon), label or status)


@register.filter
def money(amount: Decimal | str | None, currency: str) -> str:
    """Write an amount in the reader's locale: `{{ offer.cash|money:case.currency }}`."""
    return "" if amount is None else amounts.say_money(Decimal(amount), currency)


@register.filter
def role_word(role: str) -> str:
    """Name a role for people: Buyer, Seller, Automatic rule."""
    return str(words.ROLES.get(role, role))


@register.filter
def done_word(action: str) -> str:
    """Say an action in the past tense, for the timeline."""
    return str(words.DONE.get(action, action))


@register.filter
def do_word(action: str) -> str:
    """Say an action on a button."""
    return str(words.DO.get(action, action))


@register.filter
def slot_word(slot: str) -> str:
    """Name a row of the evidence checklist."""
    return str(words.EVIDENCE_ROWS.get(slot, slot))


@register.filter
def action_icon(action: str) -> SafeString:
    """Draw the icon of an action."""
    return icon(words.ICONS.get(action, "circle-dot"))


@register.simple_tag
def when(instant: datetime | None) -> SafeString | str:
    """Show an instant in the reader's zone, machine-readable beside it."""
    if instant is None:
        return ""
    return format_html('<time datetime="{}">{}</time>', instant.isoformat(), times.say_short(instant))


@register.simple_tag
def deadline(due_at: datetime | None, started_at: datetime | None = None) -> SafeString | str:
    """Show a deadline, absolute and relative; urgent only in the last tenth of its clock (never colour alone)."""
    if due_at is None:
        return ""
    now = timezone.now()
    left = due_at - now
    whole = (due_at - started_at) if started_at else timedelta(days=2)
    soon = left < whole / 10
    return format_html(
        '<span class="deadline{}" role="timer" aria-live="off">{}<time datetime="{}" data-deadline>{}</time> '
        '<span class="rel" data-relative>{}</span></span>',
        " soon" if soon else "",
        icon("alarm-clock" if soon else "clock"),
        due_at.isoformat(),
        times.say_short(due_at),
        times.say_left(left),
    )


@register.inclusion_tag("ui/error_summary.html")
def error_summary(form: BaseForm) -> dict[str, Any]:
    """List a form's errors with links to the fields; takes the focus when the page opens."""
    fields = [(form[name], form.errors[name]) for name in form.errors if name in form.fields]
    return {"form": form, "fields": fields, "general": form.non_field_errors()}


@register.inclusion_tag("ui/pages.html", takes_context=True)
def pages(context: dict[str, Any], page: Any) -> dict[str, Any]:
    """Show previous and next page links that keep the filters."""
    query = context["request"].GET.copy()

    def link(number: int) -> str:
        query["page"] = str(number)
        return f"?{query.urlencode()}"

    return {
        "page": page,
        "previous": link(page.previous_page_number()) if page.has_previous() else "",
        "next": link(page.next_page_number()) if page.has_next() else "",
    }


@register.filter
def percent_of(part: Decimal, whole: Decimal) -> str:
    """Say a share in whole percent."""
    return _("%(share)s%%") % {"share": round(100 * part / whole) if whole else 0}
