"""Parcels: what a person types about one is checked, what a carrier says of one is kept once and moves its case."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.services.carrier_moves import Apply, apply_to_goods, apply_to_outbound, apply_to_return
from aftersales.remedies.services import case_of_goods, parcel_state
from aftersales.returns import services as returns
from aftersales.returns.carriers import Parcel, TrackingMistyped, read_parcel
from aftersales.returns.models import CarrierEvent, CarrierNews, ReturnShipment
from portal.money import ZERO, is_exact

LARGEST_BILL = Decimal(100_000)  # no parcel costs more: a slip of the decimal point


@dataclass(frozen=True, slots=True)
class News:
    """What a carrier says of a parcel: its own id of the event, what happened, when and where."""

    carrier: str
    tracking: str
    event: str
    kind: str
    at: datetime
    place: str = ""
    amount: Decimal | None = None  # what is billed
    currency: str = ""


def parcel_of(carrier: str, tracking: str) -> Parcel:
    """Read carrier and tracking number. Raises RuleBroken where one is missing or they do not fit each other."""
    if not carrier.strip() or not tracking.strip():
        raise RuleBroken(
            "tracking_missing", _("Carrier and tracking number are needed to follow the parcel."), "tracking"
        )
    try:
        return read_parcel(carrier, tracking)
    except TrackingMistyped as mistyped:
        raise RuleBroken("tracking_format", str(mistyped), "tracking") from mistyped


def hold(parcel: Parcel) -> None:
    """Make others who deal with the parcel wait for the end of this transaction.

    A number that is entered while its carrier's news comes in would otherwise miss the news, and the news the case.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"parcel:{parcel.carrier}:{parcel.tracking}"]
        )


@transaction.atomic
def take_news(*, news: News, now: datetime) -> tuple[CarrierEvent, bool]:
    """Keep a carrier's event and move the case it concerns; tell whether it was new. The same again changes nothing.

    Raises RuleBroken where carrier and number do not fit. News of parcels that nobody knows yet are kept until the
    buyer enters the number. Clocks run from `now`, never from the carrier's instant: nobody loses time by late news.
    """
    parcel = parcel_of(news.carrier, news.tracking)
    _check_bill(news)
    hold(parcel)
    event, is_new = CarrierEvent.objects.get_or_create(
        carrier=parcel.carrier,
        tracking=parcel.tracking,
        event=news.event,
        defaults={
            "kind": news.kind,
            "at": news.at,
            "place": news.place,
            "amount": news.amount,
            "currency": news.currency,
            "recorded_at": now,
        },
    )
    if is_new:
        match(event, parcel, now=now)
    return event, is_new


def _check_bill(news: News) -> None:
    """Raises RuleBroken for a bill without an amount of a currency, and for an amount that is none of a bill."""
    if news.kind != CarrierNews.BILLED:
        if news.amount is not None:
            raise RuleBroken("amount_unexpected", _("Only what is billed has an amount."), "amount")
        return
    if not re.fullmatch("[A-Z]{3}", news.currency):
        raise RuleBroken("currency", _("A bill names its currency, such as CNY."), "currency")
    amount = news.amount or ZERO
    if not amount.is_finite() or not ZERO < amount < LARGEST_BILL or not is_exact(amount, news.currency):
        raise RuleBroken("amount", _("A bill has an amount of its currency, such as 12.00."), "amount")


def match_again(events: QuerySet[CarrierEvent], *, now: datetime) -> int:
    """Look anew for the cases of events that had none, oldest first; return how many found one."""
    found = 0
    for pk in events.filter(case="").order_by("at", "id").values_list("pk", flat=True):
        with transaction.atomic():
            event = CarrierEvent.objects.get(pk=pk)
            parcel = Parcel(event.carrier, event.tracking)
            hold(parcel)
            event.refresh_from_db()
            found += not event.case and match(event, parcel, now=now)
    return found


def match(event: CarrierEvent, parcel: Parcel, *, now: datetime) -> bool:
    """Move the case that a parcel belongs to by what its carrier said; tell whether there is one."""
    if number := returns.case_of(parcel):
        apply_to_return([event], number, now)
    elif number := case_of_goods(carrier=parcel.carrier, tracking=parcel.tracking):
        apply_to_goods([event], number, now)
    elif number := returns.case_intercepting(parcel):
        apply_to_outbound([event], number, now)
    elif event.kind == CarrierNews.BILLED and (number := _earlier(parcel)):
        apply_to_return([event], number, now)  # a parcel that came back to the buyer, who then sent another
    return bool(number)


def _earlier(parcel: Parcel) -> str:
    said = CarrierEvent.objects.filter(carrier=parcel.carrier, tracking=parcel.tracking).exclude(case="")
    return said.values_list("case", flat=True).first() or ""


def check_new(case: Dispute, parcel: Parcel) -> None:
    """Hold a parcel against the others of its case. Raises RuleBroken for a number that one of them has."""
    known = Q(carrier=parcel.carrier, tracking=parcel.tracking)
    back = ReturnShipment.objects.filter(known, case=case.number)
    if back.exists() or parcel_state(case.number, carrier=parcel.carrier, tracking=parcel.tracking):
        text = _("Another parcel of this case has this number. Enter the number of the parcel that you send now.")
        raise RuleBroken("tracking_taken", text, "tracking")


def return_caught_up(case: Dispute, parcel: Parcel, *, now: datetime) -> Dispute:
    """Apply what the carrier said before the parcel was entered; return the case as it is then.

    Call it in the transaction that entered the parcel, while `hold` holds it.
    """
    return _catch_up(case, parcel, apply_to_return, now)


def goods_caught_up(case: Dispute, parcel: Parcel, *, now: datetime) -> Dispute:
    """Do as `return_caught_up` for goods on their way to the buyer."""
    return _catch_up(case, parcel, apply_to_goods, now)


def outbound_caught_up(case: Dispute, parcel: Parcel, *, now: datetime) -> Dispute:
    """Do as `return_caught_up` for a parcel that is to be stopped on its way to the buyer."""
    return _catch_up(case, parcel, apply_to_outbound, now)


def _catch_up(case: Dispute, parcel: Parcel, apply: Apply, now: datetime) -> Dispute:
    waiting = CarrierEvent.objects.filter(carrier=parcel.carrier, tracking=parcel.tracking, case="")
    events = list(waiting.order_by("at", "id"))
    if not events:
        return case
    apply(events, case.number, now)
    return Dispute.objects.get(pk=case.pk)
