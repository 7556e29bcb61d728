"""The goods' way back: agreed (address frozen), shipped, received, inspected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from aftersales.returns.models import ReturnShipment
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
    """Note that goods are to come back, to the merchant's address of today; a second agreement changes nothing."""
    merchants = Merchant.objects.in_bulk({r.merchant_id for r in returns})
    ReturnShipment.objects.bulk_create(
        [
            ReturnShipment(
                case=r.case,
                order_id=r.order_id,
                merchant_id=r.merchant_id,
                buyer_id=r.buyer_id,
                to_name=merchants[r.merchant_id].return_name or merchants[r.merchant_id].name,
                to_phone=merchants[r.merchant_id].return_phone,
                to_address=merchants[r.merchant_id].return_address,
                freight_payer=r.freight_payer,
                agreed_at=now,
            )
            for r in returns
        ],
        ignore_conflicts=True,
    )


def ship(*, case: str, carrier: str, tracking: str, now: datetime) -> None:
    """Note that the buyer has sent the goods."""
    ReturnShipment.objects.filter(case=case).update(carrier=carrier, tracking=tracking, shipped_at=now)


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
