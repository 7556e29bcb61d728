"""What the way back costs, and whose cost centre bears it: billed by the carrier, or paid by the buyer on a receipt.

The seller's or the platform's freight-free return needs no paper: its label names the case, the carrier bills the
parcel, and each bill is posted once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, Posting, post_many
from aftersales.returns.models import CarrierEvent, CarrierNews, ReturnShipment
from portal.money import ZERO


@dataclass(frozen=True, slots=True)
class Postage:
    """What the way back of a case costs so far; `receipt` in the order's currency, `cap` as the rules have it."""

    payer: str  # buyer, merchant, platform
    bills: tuple[tuple[Decimal, str], ...] = ()  # amounts with their currencies, as the carriers billed them
    receipt: Decimal = ZERO  # what the buyer says to have paid
    cap: Decimal | None = None

    @property
    def reimbursable(self) -> Decimal:
        """What of the buyer's receipt is to be paid back: nothing where the buyer bears it or a label was used."""
        if self.payer == "buyer" or self.bills:
            return ZERO
        return self.receipt if self.cap is None else min(self.receipt, self.cap)


def postage_of(shipment: ReturnShipment, events: Sequence[CarrierEvent], cap: Decimal | None) -> Postage:
    """Sum up what a return's postage came to, from the carriers' events of its case. No queries."""
    bills = tuple((event.amount, event.currency) for event in events if event.amount and event.booked_to)
    return Postage(shipment.freight_payer, bills, shipment.freight_paid or ZERO, cap)


def book_bill(event: CarrierEvent, *, now: datetime) -> None:
    """Post a carrier's bill for a return to the cost centre that bears it, once; the buyer's is nobody's here.

    Call it with `event.case` set. Money: merchant_payable or platform_fund to carrier, in the bill's currency.
    """
    shipment = ReturnShipment.objects.filter(case=event.case).first()
    if event.kind != CarrierNews.BILLED or event.amount is None or shipment is None:
        return
    if (payer := _cost_centre(shipment, event.currency)) is None:
        return
    event.booked_to = shipment.freight_payer
    event.save(update_fields=["booked_to"])
    entries = ((payer, -event.amount), (AccountKey(AccountKind.CARRIER, event.currency), event.amount))
    post_many([Posting(key=f"freight:{event.pk}", kind="return_freight", case=event.case, entries=entries)], now=now)


def _cost_centre(shipment: ReturnShipment, currency: str) -> AccountKey | None:
    if shipment.freight_payer == "merchant":
        return AccountKey(AccountKind.MERCHANT_PAYABLE, currency, merchant_id=shipment.merchant_id)
    return AccountKey(AccountKind.PLATFORM_FUND, currency) if shipment.freight_payer == "platform" else None
