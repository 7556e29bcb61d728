"""The filters of the list of cases, and the order that goes with them."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from aftersales.disputes.codes import Role, Status
from aftersales.disputes.models import Dispute
from aftersales.disputes.workflow import STAGES
from portal.rest.problems import Problem

_STAGE_NAMES = sorted(set(STAGES.values()))
_AWAITED = [role.value for role in Role]
PARAMETERS = [
    OpenApiParameter("status", str, enum=Status.values, description="One, or several with commas"),
    OpenApiParameter("stage", str, enum=_STAGE_NAMES, description="One, or several with commas"),
    OpenApiParameter("awaiting", str, enum=_AWAITED, description="Whose turn it is; most urgent first"),
    OpenApiParameter("merchant", str, description="Merchant's reference"),
    OpenApiParameter("order", str, description="Order number"),
    OpenApiParameter("due_before", OpenApiTypes.DATETIME, description="Most urgent first"),
    OpenApiParameter("updated_since", OpenApiTypes.DATETIME, description="Oldest change first: for synchronising"),
]


def filtered(cases: QuerySet[Dispute], given: Mapping[str, str]) -> QuerySet[Dispute]:
    """Narrow cases down by a query's parameters and put them in order. Raises Problem naming the wrong parameter."""
    if status := given.get("status"):
        cases = cases.filter(status__in=_known(status, Status.values, "status"))
    if stage := given.get("stage"):
        wanted = _known(stage, _STAGE_NAMES, "stage")
        cases = cases.filter(status__in=[s for s, name in STAGES.items() if name in wanted])
    if awaiting := given.get("awaiting"):
        cases = cases.filter(awaiting__in=_known(awaiting, _AWAITED, "awaiting"))
    if merchant := given.get("merchant"):
        cases = cases.filter(merchant__ref=merchant)
    if order := given.get("order"):
        cases = cases.filter(order__number=order)
    if due_before := _instant(given, "due_before"):
        cases = cases.filter(due_at__lt=due_before)
    if updated_since := _instant(given, "updated_since"):
        cases = cases.filter(updated_at__gte=updated_since)
    return cases.order_by(*_order(given))


def _order(given: Mapping[str, str]) -> tuple[str, str]:
    """Each order is served by an index."""
    if given.get("updated_since"):
        return "updated_at", "id"
    return ("due_at", "id") if given.get("awaiting") or given.get("due_before") else ("-opened_at", "-id")


def _known(given: str, values: Collection[str], name: str) -> list[str]:
    wanted = given.split(",")
    for word in wanted:
        if word not in values:
            text = _("%(given)s is none of: %(known)s.") % {"given": word, "known": ", ".join(values)}
            raise _wrong(name, text)
    return wanted


def _instant(given: Mapping[str, str], name: str) -> datetime | None:
    if not given.get(name):
        return None
    try:
        found = parse_datetime(given[name].replace(" ", "+"))  # a "+" that was not escaped arrives as a blank
    except ValueError:
        found = None
    if found is None or timezone.is_naive(found):
        raise _wrong(name, _("Write an instant with its zone, like 2026-11-25T18:00:00Z."))
    return found


def _wrong(name: str, text: str) -> Problem:
    return Problem(400, "bad_parameter", text, errors={name: [text]})
