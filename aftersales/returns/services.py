"""The goods' way back: agreed (address frozen), shipped, received, inspected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef

from aftersales.returns.carriers import Parcel
from aftersales.returns.freight import Postage
from aftersales.returns.models import CarrierEvent, CarrierNews, Interception, ReturnShipment
from merchants.addresses.models import ReturnAddress
from merchants.addresses.services import default_addresses
from merchants.models import Merchant
from portal.money import ZERO


@dataclass(frozen=True, slots=True)
class ReturnTerms:
    """Whose return of which order, and who pays the way back: the rules of the case say so."""

    case: str
    order_id: int
    merchant_id: int
    buyer_id: int
    freight_payer: str


def agree_returns(returns: Sequence[ReturnTerms], *, now: datetime) -> None:
    """Note that goods are to come back, to the merchant's default address of today; a second agreement is none."""
    where = _destinations({r.merchant_id for r in returns})
    ReturnShipment.objects.bulk_create(
        [
            ReturnShipment(
                case=r.case,
                order_id=r.order_id,
                merchant_id=r.merchant_id,
                buyer_id=r.buyer_id,
                freight_payer=r.freight_payer,
                agreed_at=now,
                **where[r.merchant_id],
            )
            for r in returns
        ],
        ignore_conflicts=True,
    )


def _destinations(merchants: set[int]) -> dict[int, dict[str, str]]:
    """Where each merchant takes goods back: the default of its book, else what the marketplace said."""
    book = default_addresses(merchants)
    found = {pk: _written(address) for pk, address in book.items()}
    if unknown := merchants - book.keys():
        for pk, merchant in Merchant.objects.in_bulk(unknown).items():
            name = merchant.return_name or merchant.name
            found[pk] = {"to_name": name, "to_phone": merchant.return_phone, "to_address": merchant.return_address}
    return found


def _written(address: ReturnAddress) -> dict[str, str]:
    return {"to_name": address.recipient, "to_phone": address.phone, "to_address": address.address}


def ship(*, case: str, parcel: Parcel, now: datetime, freight_paid: Decimal | None = None) -> None:
    """Note that the buyer has sent the goods, and what the postage was by the receipt (the order's currency)."""
    ReturnShipment.objects.filter(case=case).update(
        carrier=parcel.carrier, tracking=parcel.tracking, shipped_at=now, freight_paid=freight_paid
    )


def receive(*, case: str, now: datetime) -> None:
    """Note that the parcel has reached the merchant."""
    ReturnShipment.objects.filter(case=case, received_at=None).update(received_at=now)


def inspect(*, case: str, condition: str, note: str, now: datetime, deduction: Decimal | None = None) -> None:
    """Note what was found in the parcel, and what is to come off the refund for it (the order's currency)."""
    receive(case=case, now=now)
    ReturnShipment.objects.filter(case=case).update(
        inspected_at=now, condition=condition, note=note, deduction=deduction
    )


def deduction_of(case: str) -> Decimal:
    """Return what is proposed to come off the refund of a case, in the order's currency; zero where nothing is."""
    return ReturnShipment.objects.filter(case=case).values_list("deduction", flat=True).first() or ZERO


def shipped_at(case: str) -> datetime | None:
    """Return when the goods of a case were sent back."""
    return ReturnShipment.objects.filter(case=case).values_list("shipped_at", flat=True).first()


def came_back(case: str) -> tuple[datetime, datetime | None] | None:
    """Return when the goods of a case were sent back and when they arrived; None where they never were."""
    found = ReturnShipment.objects.filter(case=case).values_list("shipped_at", "received_at").first()
    return (found[0], found[1]) if found and found[0] else None


def receipts(caps: Mapping[str, Decimal | None]) -> dict[str, Postage]:
    """Return the postage that buyers laid out for cases, given with their caps, where they need not; one query."""
    billed = CarrierEvent.objects.filter(case=OuterRef("case"), kind=CarrierNews.BILLED).exclude(booked_to="")
    shown = ReturnShipment.objects.filter(case__in=caps, freight_paid__isnull=False).exclude(freight_payer="buyer")
    found = shown.exclude(Exists(billed)).values_list("case", "freight_payer", "freight_paid")
    return {case: Postage(payer, receipt=paid or ZERO, cap=caps[case]) for case, payer, paid in found}


def case_of(parcel: Parcel) -> str:
    """Return the case whose return travels as this parcel, or nothing."""
    found = ReturnShipment.objects.filter(tracking=parcel.tracking, carrier=parcel.carrier).order_by("-shipped_at")
    return found.values_list("case", flat=True).first() or ""


def freight_payer(case: str) -> str:
    """Return who pays the way back: buyer, merchant or platform."""
    return ReturnShipment.objects.values_list("freight_payer", flat=True).get(case=case)


def send_again(case: str) -> None:
    """Note that the parcel went back to the buyer: it is to be sent once more."""
    ReturnShipment.objects.filter(case=case).update(carrier="", tracking="", shipped_at=None)


def agree_interception(*, case: str, now: datetime) -> None:
    """Note that the seller will have a parcel stopped; agreed anew, the carrier is to be asked anew."""
    anew = {"agreed_at": now, "carrier": "", "tracking": "", "asked_at": None}
    Interception.objects.update_or_create(case=case, defaults=anew)


def ask_interception(*, case: str, parcel: Parcel, now: datetime) -> None:
    """Note which parcel the carrier was asked to stop."""
    Interception.objects.filter(case=case).update(carrier=parcel.carrier, tracking=parcel.tracking, asked_at=now)


def case_intercepting(parcel: Parcel) -> str:
    """Return the case that has this parcel stopped, or nothing."""
    found = Interception.objects.filter(tracking=parcel.tracking, carrier=parcel.carrier).order_by("-asked_at")
    return found.values_list("case", flat=True).first() or ""
