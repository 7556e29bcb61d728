"""Who must show what, and in which order, by type of case: the burden of proof. Pure data, no queries.

Whoever does not show what is theirs to show loses that point; the next step is then not reached. Sources: Taobao
dispute rules art. 38 and 65-77, JD dispute rules (domain: burden of proof); where they are silent, the party that has
the thing in its hands shows it.
"""

from dataclasses import dataclass

from aftersales.policies.codes import DisputeType as T

BUYER, MERCHANT = "buyer", "merchant"


@dataclass(frozen=True, slots=True)
class Proof:
    """One exhibit that a party is expected to show; `needed`: without it the point is lost."""

    party: str
    slot: str
    needed: bool = True


def _of(party: str, *slots: str, needed: bool = True) -> tuple[Proof, ...]:
    return tuple(Proof(party, slot, needed) for slot in slots)


_REPORT = _of(BUYER, "report", needed=False)  # its cost follows the result
# Visible: the buyer's first proof, then the seller explains, then the buyer's inspection report.
_VISIBLE = (*_of(BUYER, "whole_item", "close_up"), *_of(BUYER, "label", needed=False))
_EXPLAINED = (*_of(MERCHANT, "explanation"), *_REPORT)
_ARRIVED = (*_of(BUYER, "outer_box", "close_up"), *_of(BUYER, "waybill", needed=False))
# Hidden or fake: the seller first (purchase voucher, certificate), then inspection.
_SELLER_FIRST = (*_of(MERCHANT, "purchase_voucher", "certificate"), *_VISIBLE, *_REPORT)
# Surface mismatch or missing parts: the seller proves proper signing, then the buyer.
_SIGNING = _of(MERCHANT, "signing_record", "packing_weight")
_MISSING = (*_of(BUYER, "outer_box", "whole_item"), *_of(BUYER, "waybill", needed=False))
# Not received: the sender's side proves delivery.
_SENT = _of(MERCHANT, "dispatch_record", "delivery_record")

BURDENS: dict[str, tuple[Proof, ...]] = {
    T.NOT_SHIPPED_CANCEL: _of(MERCHANT, "dispatch_record"),
    T.LATE_SHIPPING: _of(MERCHANT, "dispatch_record"),
    T.NOT_RECEIVED: _SENT,
    T.LOST_OR_STUCK: _SENT,
    T.REFUSED_DELIVERY: (*_of(MERCHANT, "delivery_record"), *_of(BUYER, "outer_box", needed=False)),
    T.EMPTY_PARCEL: (*_SIGNING, *_MISSING),
    T.MISSING_ITEM: (*_SIGNING, *_MISSING),
    T.GIFT_OR_BUNDLE: (*_SIGNING, *_of(BUYER, "listing", "whole_item")),
    T.WRONG_ITEM: (*_SIGNING, *_VISIBLE),
    T.ARRIVED_DAMAGED: (*_ARRIVED, *_EXPLAINED),
    T.PERISHED: (*_ARRIVED, *_EXPLAINED),
    T.QUALITY_VISIBLE: (*_VISIBLE, *_EXPLAINED),
    T.NOT_AS_DESCRIBED: (*_of(BUYER, "listing"), *_VISIBLE, *_EXPLAINED),
    T.QUALITY_HIDDEN: _SELLER_FIRST,
    T.COUNTERFEIT: _SELLER_FIRST,
    T.FOOD_SAFETY: _SELLER_FIRST,
    T.PROHIBITED_GOODS: _SELLER_FIRST,
    # Without a reason nobody has to show anything before the goods are back.
    T.NO_REASON_RETURN: (),
    T.SIZE_OR_FIT: _of(BUYER, "label", needed=False),
    T.PRICE_DROP: _of(BUYER, "price_seen"),
    T.FREIGHT: _of(BUYER, "freight_bill"),
    T.INVOICE: _of(MERCHANT, "invoice"),
    T.INSTALL_OR_SERVICE: (*_of(MERCHANT, "service_record"), *_of(BUYER, "close_up", needed=False)),
    T.WARRANTY_REPAIR: (*_of(BUYER, "close_up"), *_of(MERCHANT, "service_record"), *_REPORT),
    T.PROMISE_BREACH: (*_of(BUYER, "listing"), *_of(MERCHANT, "explanation")),
    T.REFUND_NOT_PAID: _of(MERCHANT, "payment_record"),
    T.RETURNED_GOODS: (*_of(MERCHANT, "unpacking", "packing_weight"), *_of(BUYER, "dispatch_record")),
    T.BUYER_ABUSE: (*_of(MERCHANT, "explanation"), *_of(BUYER, "explanation")),
    T.SAFETY_RECALL: _of(MERCHANT, "recall_notice"),
}
# Once the buyer has confirmed receipt, signing is no question any more: the buyer begins.
_ON_RECEIPT = frozenset({T.EMPTY_PARCEL, T.MISSING_ITEM, T.GIFT_OR_BUNDLE, T.WRONG_ITEM})


def burden(type: str, *, confirmed: bool) -> tuple[Proof, ...]:
    """List who must show what, in order. `confirmed`: the buyer confirmed receipt of the goods."""
    steps = BURDENS.get(type, ())
    if confirmed and type in _ON_RECEIPT:
        return (*(s for s in steps if s.party == BUYER), *(s for s in steps if s.party == MERCHANT))
    return steps


def slots_of(type: str, party: str) -> tuple[str, ...]:
    """List what a party is expected to show."""
    return tuple(step.slot for step in BURDENS.get(type, ()) if step.party == party)
