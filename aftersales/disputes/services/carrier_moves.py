"""What a carrier says of a parcel moves the case: on its way back, on its way to the buyer, or to be stopped."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from aftersales.disputes.clocks import shipping_clock
from aftersales.disputes.codes import Outcome, Role, Status
from aftersales.disputes.guards import owes_goods
from aftersales.disputes.models import Dispute, OfferState
from aftersales.disputes.terms import Terms
from aftersales.disputes.transitions import Batch
from aftersales.disputes.workflow import ACTIONS
from aftersales.orders.services import LineHeld
from aftersales.remedies.models import ReplacementState
from aftersales.remedies.services import parcel_state
from aftersales.returns import services as returns
from aftersales.returns.freight import book_bill
from aftersales.returns.models import CarrierEvent, CarrierNews

Apply = Callable[[list[CarrierEvent], str, datetime], None]


def apply_to_return(events: list[CarrierEvent], number: str, now: datetime) -> None:
    """Goods on their way back: delivered they are inspected, lost or brought back somebody bears it."""
    for event in events:
        case = _concerned(event, number)
        if event.kind == CarrierNews.BILLED:
            book_bill(event, now=now)
        elif case.status == Status.RETURN_IN_TRANSIT:  # elsewhere the event is kept, and nothing hangs on it any more
            batch = Batch(now=now)
            _MOVES.get(CarrierNews(event.kind), _note)(batch, case, event)
            batch.flush()
        else:
            _tell_platform(case, event, now)


def apply_to_goods(events: list[CarrierEvent], number: str, now: datetime) -> None:
    """Goods that arrive end their case; lost or brought back they re-open it, unless claimed anew already."""
    for event in events:
        case = _concerned(event, number)
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


def apply_to_outbound(events: list[CarrierEvent], number: str, now: datetime) -> None:
    """A parcel that is to be stopped: once it is, the refund is due; delivered all the same, it may come back."""
    for event in events:
        case = _concerned(event, number)
        if case.status != Status.INTERCEPTING:
            _tell_platform(case, event, now)
            continue
        batch = Batch(now=now)
        if event.kind in _STOPPED:
            batch.end_offers(case, OfferState.ACCEPTED, Role.BUYER)
            batch.pay(case, "intercept_parcel", carrier=_said(event))
        elif event.kind == CarrierNews.DELIVERED:
            batch.end_offers(case, OfferState.SUPERSEDED, Role.BUYER)
            terms = Terms.full_return(case)
            batch.settle(case, "miss_parcel", terms=terms, outcome=Outcome.CONSENT, carrier=_said(event))
        else:
            _note(batch, case, event)
        batch.flush()


def _concerned(event: CarrierEvent, number: str) -> Dispute:
    """Lock the case that an event is about, and note on the event that it is."""
    case = Dispute.objects.select_for_update(of=("self",)).get(number=number)
    event.case = number
    event.save(update_fields=["case"])
    return case


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
# The way to the buyer is at the seller's risk: what never arrives is refunded.
_STOPPED = frozenset({CarrierNews.INTERCEPTED, *_FAILED})
_MOVES: dict[CarrierNews, Callable[[Batch, Dispute, CarrierEvent], None]] = {
    CarrierNews.DELIVERED: _delivered,
    CarrierNews.LOST: _lost,
    CarrierNews.RETURNED: _bounced,
}
