"""Tags shared by all pages; loaded everywhere (settings). None of them asks the database anything."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.conf import settings
from django.forms import BaseForm, BoundField
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from portal.ui import amounts, charts, icons, times, words
from portal.ui.assets import sheet

register = template.Library()


@register.simple_tag
def product_name() -> str:
    """Return the product's name, also where there is no request (the page of error 500)."""
    return str(words.NAME)


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw an icon inline; decoration only, so hidden from readers: a word stands beside it."""
    return icons.drawing(name)


@register.simple_tag
def stylesheet_url() -> str:
    """Return the address of the style sheet."""
    return reverse("ui:stylesheet", args=[sheet().digest])


@register.simple_tag
def status_badge(status: str, label: str) -> SafeString:
    """Show a status as icon, word and colour."""
    look = words.STATUS_LOOKS.get(status, words.Look("rest", "circle"))
    return format_html('<span class="status {}">{}<span>{}</span></span>', look.tone, icon(look.icon), label)


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
def channel_word(channel: str) -> str:
    """Name a payment channel; one that we do not know is shown as the marketplace names it."""
    return str(words.CHANNELS.get(channel.lower(), channel))


@register.filter
def back_word(channel: str) -> str:
    """Say through what an amount goes back: a payment channel, or in kind where it is no money account."""
    if kind := settings.IN_KIND.get(channel):
        return str(words.BACK_IN_KIND[kind])
    return _("Back to: %(channel)s") % {"channel": channel_word(channel)}


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
def last_day(end: datetime) -> SafeString:
    """Show the last day of a window by its end."""
    return format_html('<time datetime="{}">{}</time>', end.isoformat(), times.say_last_day(end))


@register.simple_tag
def deadline(due_at: datetime | None, started_at: datetime | None = None, now: datetime | None = None) -> str:
    """Show a deadline, absolute and relative; urgent only in the last tenth of its clock (never colour alone)."""
    if due_at is None:
        return ""
    left = due_at - (now or timezone.now())
    whole = (due_at - started_at) if started_at else timedelta(days=2)
    tone = "past" if left <= timedelta(0) else "soon" if left < whole / 10 else "calm"
    return format_html(
        '<span class="deadline {}" role="timer" aria-live="off">{}<time datetime="{}" data-deadline>{}</time> '
        '<span class="rel" data-relative>{}</span></span>',
        tone,
        icon("alarm-clock" if tone == "soon" else "clock"),
        due_at.isoformat(),
        times.say_short(due_at),
        times.say_left(left),
    )


@register.simple_tag
def script_words() -> SafeString:
    """Give the page's script the words it needs, in the page's language."""
    said = {**times.patterns(), **{name: str(word) for name, word in words.SCRIPT.items()}}
    attributes = format_html_join("", ' data-{}="{}"', said.items())
    return format_html('<template id="script-words"{}></template>', attributes)


@register.inclusion_tag("ui/next_step.html")
def next_step(
    text: str, tone: str, due_at: datetime | None = None, started_at: datetime | None = None
) -> dict[str, Any]:
    """Say whose turn it is: `tone` is you, other, platform or done."""
    return {"text": text, "tone": tone, "due_at": due_at, "started_at": started_at, "look": words.TURNS[tone]}


@register.inclusion_tag("ui/timeline.html")
def timeline(entries: Sequence[Any]) -> dict[str, Any]:
    """List what happened; an entry has the keys (or attributes) that README.md names."""
    return {"entries": entries}


@register.inclusion_tag("ui/money_lines.html")
def money_lines(lines: Sequence[Any], label: str, total: Decimal, currency: str) -> dict[str, Any]:
    """Show how an amount comes about: lines of `label`, `amount` (and `hint`), then the total under its label."""
    return {"lines": lines, "label": label, "total": total, "currency": currency}


@register.inclusion_tag("ui/working.html")
def working(sums: Mapping[Any, Sequence[Any]], of: str, which: Any, total: Decimal, currency: str) -> dict[str, Any]:
    """Let an amount be unfolded to its arithmetic; `sums` holds rows by what the amount belongs to and which one."""
    return {"lines": (sums or {}).get((of, which), ()), "total": total, "currency": currency}


@register.inclusion_tag("ui/compare.html")
def compare(heads: Sequence[str], rows: Sequence[Any]) -> dict[str, Any]:
    """Set proposals side by side; `rows` hold `label`, `cells` and `differs` (said in a word as well)."""
    return {
        "heads": heads,
        "rows": [{"row": row, "cells": list(zip(heads, row["cells"], strict=True))} for row in rows],
    }


@register.inclusion_tag("ui/empty.html")
def empty(icon_name: str, title: str, text: str, url: str = "", label: str = "", tone: str = "") -> dict[str, Any]:
    """Say what will appear here, why nothing does, and the one thing to do; tone `error` for what failed."""
    return {"icon_name": icon_name, "title": title, "text": text, "url": url, "label": label, "tone": tone}


@register.inclusion_tag("ui/bars.html")
def bars(caption: str, rows: Sequence[charts.Bar], before: str = "", name: str = "") -> dict[str, Any]:
    """Draw bars under a sentence that says what they show, with their table; `before` names the earlier period."""
    return {"caption": caption, "before": before, "name": name, "rows": charts.lay_out(rows)}


@register.inclusion_tag("ui/error_summary.html")
def error_summary(form: BaseForm) -> dict[str, Any]:
    """List a form's errors with links to the fields; takes the focus when the page opens."""
    wrong = [form[name] for name in form.errors if name in form.fields]
    fields = [(field, _place(field), _name(field)) for field in wrong]
    return {"form": form, "fields": fields, "general": form.non_field_errors()}


def _name(field: BoundField) -> str:
    """Name a field before its error: a question without its mark."""
    return str(field.label).rstrip("?？:： ")


def _place(field: BoundField) -> str:
    """Return the id to jump to: a group of choices has none of its own, its first choice has."""
    return field.id_for_label or f"{field.auto_id}_0"


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
