"""What a carrier says of a parcel on its way back moves the case; what a person types about a parcel is checked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from aftersales.disputes.clocks import shipping_clock
from aftersales.disputes.codes import Status
from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.guards import owes_goods
from aftersales.disputes.models import Dispute
from aftersales.disputes.transitions import Batch
from aftersales.disputes.workflow import ACTIONS
from aftersales.orders.services import LineHeld
from aftersales.remedies.models import ReplacementState
from aftersales.remedies.services import case_of_goods, parcel_state
from aftersales.returns import services as returns
from aftersales.returns.carriers import Parcel, TrackingMistyped, read_parcel
from aftersales.returns.models import CarrierEvent, CarrierNews, ReturnShipment

Apply = Callable[[list[CarrierEvent], str, datetime], None]


@dataclass(frozen=True, slots=True)
class News:
    """What a carrier says of a parcel: its own id of the event, what happened, when and where."""

    carrier: str
    tracking: str
    event: str
    kind: str
    at: datetime
    place: str = ""


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
    hold(parcel)
    event, is_new = CarrierEvent.objects.get_or_create(
        carrier=parcel.carrier,
        tracking=parcel.tracking,
        event=news.event,
        defaults={"kind": news.kind, "at": news.at, "place": news.place, "recorded_at": now},
    )
    if is_new and (number := returns.case_of(parcel)):
        _apply([event], number, now)
    elif is_new and (number := case_of_goods(carrier=parcel.carrier, tracking=parcel.tracking)):
        _apply_goods([event], number, now)
    return event, is_new


def check_new(case: Dispute, parcel: Parcel) -> None:
    """Hold a parcel against the others of its case. Raises RuleBroken for a number that one of them has."""
    known = Q(carrier=parcel.carrier, tracking=parcel.tracking)
    back = ReturnShipment.objects.filter(known, case=case.number)
    if back.exists() or parcel_state(case.number, carrier=parcel.carrier, tracking=parcel.tracking):
        text = _("Another parcel of this case has this number. Enter the number of the parcel that you send now.")
        raise RuleBroken("tracking_taken", text, "tracking")


def caught_up(case: Dispute, parcel: Parcel, *, now: datetime) -> Dispute:
    """Apply what the carrier said before the parcel was entered; return the case as it is then.

    Call it in the transaction that entered the parcel, while `hold` holds it.
    """
    return _catch_up(case, parcel, _apply, now)


def caught_up_goods(case: Dispute, parcel: Parcel, *, now: datetime) -> Dispute:
    """Do as `caught_up` for goods on their way to the buyer."""
    return _catch_up(case, parcel, _apply_goods, now)


def _catch_up(case: Dispute, parcel: Parcel, apply: Apply, now: datetime) -> Dispute:
    waiting = CarrierEvent.objects.filter(carrier=parcel.carrier, tracking=parcel.tracking, case="")
    events = list(waiting.order_by("at", "id"))
    if not events:
        return case
    apply(events, case.number, now)
    return Dispute.objects.get(pk=case.pk)


def _apply(events: list[CarrierEvent], number: str, now: datetime) -> None:
    for event in events:
        case = Dispute.objects.select_for_update(of=("self",)).get(number=number)
        event.case = number
        event.save(update_fields=["case"])
        if case.status == Status.RETURN_IN_TRANSIT:  # elsewhere the event is kept, and nothing hangs on it any more
            batch = Batch(now=now)
            _MOVES.get(CarrierNews(event.kind), _note)(batch, case, event)
            batch.flush()
        else:
            _tell_platform(case, event, now)


def _apply_goods(events: list[CarrierEvent], number: str, now: datetime) -> None:
    """Goods that arrive end their case; lost or brought back they re-open it, unless claimed anew already."""
    for event in events:
        case = Dispute.objects.select_for_update(of=("self",)).get(number=number)
        event.case = number
        event.save(update_fields=["case"])
        current = parcel_state(number, carrier=event.carrier, tracking=event.tracking) in _UNDER_WAY
        if current and event.kind in _FAILED and _can_fail(case):
            _fail_goods(case, event, now)
        elif current and case.status == Status.GOODS_SENT:
            batch = Batch(now=now)
            if event.kind == CarrierNews.DELIVERED:
                batch.goods_arrived(case, "deliver_goods", data=_said(event))
            else:
                _note(batch, case, event)
            batch.flush()
        else:
            _tell_platform(case, event, now)


def _can_fail(case: Dispute) -> bool:
    """Tell whether the carrier's word that goods were lost still counts: not where the buyer has them."""
    if case.status not in ACTIONS["fail_goods"].sources or not owes_goods(case):
        return False
    last = case.events.filter(action__in=["ship_replacement", "confirm_goods"]).order_by("-seq").first()
    return last is not None and last.action == "ship_replacement"


def _fail_goods(case: Dispute, event: CarrierEvent, now: datetime) -> None:
    batch = Batch(now=now)
    batch.goods_failed(case, "fail_goods", data=_said(event))
    try:
        with transaction.atomic():
            batch.flush()
    except LineHeld:
        return


def _tell_platform(case: Dispute, event: CarrierEvent, now: datetime) -> None:
    """Whoever decides reads what the carrier said since, also where it contradicts what it had said before."""
    if case.status in ACTIONS["note_carrier"].sources:
        batch = Batch(now=now)
        _note(batch, case, event)
        batch.flush()


def _said(event: CarrierEvent) -> dict[str, str]:
    said = {"kind": event.kind, "carrier": event.carrier, "tracking": event.tracking, "event": event.event}
    return {**said, "at": event.at.isoformat(), "place": event.place}


def _note(batch: Batch, case: Dispute, event: CarrierEvent) -> None:
    batch.move(case, "note_carrier", data=_said(event))


def _delivered(batch: Batch, case: Dispute, event: CarrierEvent) -> None:
    returns.receive(case=case.number, now=batch.now)
    batch.move(case, "deliver_return", to=Status.AWAITING_INSPECTION, clock="merchant_inspects", data=_said(event))


def _lost(batch: Batch, case: Dispute, event: CarrierEvent) -> None:
    """Whoever chose and paid the carrier bears its loss; where the buyer did, the platform looks at it."""
    payer = returns.freight_payer(case.number)
    if payer != "buyer":
        batch.pay(case, "lose_return", carrier=_said(event), freight=payer)
        return
    case.escalated_at, case.evidence_done_by = batch.now, ""
    case.terms, case.outcome = None, ""
    batch.move(case, "lose_return", to=Status.ESCALATED, clock="first_answer", data={**_said(event), "freight": payer})


def _bounced(batch: Batch, case: Dispute, event: CarrierEvent) -> None:
    returns.send_again(case.number)
    clock = shipping_clock(case)
    batch.move(case, "bounce_return", to=Status.AWAITING_RETURN_SHIPMENT, clock=clock, data=_said(event))


_UNDER_WAY = frozenset({ReplacementState.SHIPPED, ReplacementState.ARRIVED})
_FAILED = frozenset({CarrierNews.LOST, CarrierNews.RETURNED})
_MOVES: dict[CarrierNews, Callable[[Batch, Dispute, CarrierEvent], None]] = {
    CarrierNews.DELIVERED: _delivered,
    CarrierNews.LOST: _lost,
    CarrierNews.RETURNED: _bounced,
}
