"""Somebody's deadlines as a calendar (RFC 5545), for the calendar program of their choice."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from icalendar import Alarm, Calendar, Event

from aftersales.disputes.codes import Role
from aftersales.disputes.models import Dispute
from aftersales.disputes.next_step import next_step
from aftersales.disputes.permissions import role_of
from merchants.members import memberships_of
from portal.accounts.models import Duty, User

MOST = 500
_REMINDER = timedelta(hours=2)
_LENGTH = timedelta(minutes=15)


@require_safe
def calendar_feed(request: HttpRequest, key: str) -> HttpResponse:
    """Serve the deadlines of whoever the key belongs to. Raises Http404 for an unknown or renewed key."""
    user = User.objects.filter(calendar_key=key).first()
    if user is None or not user.may_sign_in:
        raise Http404
    with translation.override(user.language), timezone.override(user.zone):
        body = _calendar(user, timezone.now()).to_ical()
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "private, max-age=300"
    return response


def waiting_for(user: User) -> QuerySet[Dispute]:
    """The open cases whose next step is this person's, the most urgent first."""
    both = [Role.BOTH]
    mine = Q(buyer=user, awaiting__in=[Role.BUYER, *both])
    if shops := memberships_of(user):
        mine |= Q(merchant__in=shops, awaiting__in=[Role.MERCHANT, *both])
    if user.is_arbitrator:
        mine |= Q(arbitrator=user, awaiting__in=[Role.ARBITRATOR, Role.SENIOR])
    if user.duty == Duty.PLATFORM:
        mine |= Q(awaiting=Role.PLATFORM)
    return Dispute.objects.open().filter(mine).order_by("due_at", "id")


def _calendar(user: User, now: datetime) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Evenhand//after-sales portal//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", _("After-sales deadlines"))
    for case in waiting_for(user).select_related("merchant", "buyer")[:MOST]:
        calendar.add_component(_event(case, user, now))
    return calendar


def _event(case: Dispute, user: User, now: datetime) -> Event:
    assert case.due_at is not None  # noqa: S101 - open cases have a deadline
    event, due_at = Event(), case.due_at.astimezone(UTC)
    event.add("uid", f"{case.number}@{settings.SITE_URL.split('//')[-1].split(':')[0]}")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("sequence", case.version)
    event.add("dtstart", due_at - _LENGTH)
    event.add("dtend", due_at)
    event.add("summary", _("Deadline: %(type)s, %(case)s") % {"type": case.type_label, "case": case.number})
    event.add("description", next_step(case, role_of(user, case)).text)
    event.add("url", f"{settings.SITE_URL}{case.get_absolute_url()}")
    reminder = Alarm()
    reminder.add("action", "DISPLAY")
    reminder.add("trigger", -_REMINDER)
    reminder.add("description", case.number)
    event.add_component(reminder)
    return event
