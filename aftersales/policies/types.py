"""What each type of dispute needs: at which stage, within which window, for what. First cut of the type rules."""

from dataclasses import dataclass

from aftersales.orders.models import OrderStage
from aftersales.policies.codes import WITH_RETURN, DisputeType, Reason, RemedyKind

UNSHIPPED, IN_TRANSIT, RECEIVED = OrderStage.UNSHIPPED, OrderStage.IN_TRANSIT, OrderStage.RECEIVED
K, R, T = RemedyKind, Reason, DisputeType


@dataclass(frozen=True, slots=True)
class TypeRule:
    """When a type of dispute can be filed and what may be asked for."""

    stages: frozenset[OrderStage]
    window: str  # a window of the rule pack, counted from receipt (or from shipping while on the way); "" for none
    wants: tuple[RemedyKind, ...]
    reasons: tuple[Reason, ...]
    remorse: bool = False  # the goods are fine: the way there is not refunded, the way back is the buyer's

    @property
    def returnable(self) -> bool:
        """Whether there is anything to send back: not of a parcel that never came, nor of food that is spoiled."""
        return not WITH_RETURN.isdisjoint(self.wants)


def _rule(
    stages: set[OrderStage],
    window: str,
    wants: tuple[RemedyKind, ...],
    reasons: tuple[Reason, ...],
    *,
    remorse: bool = False,
) -> TypeRule:
    return TypeRule(frozenset(stages), window, wants, reasons, remorse)


_REMORSE = (R.NO_LONGER_WANTED, R.ORDERED_BY_MISTAKE, R.DISLIKE_COLOR, R.DISLIKE_STYLE, R.BETTER_PRICE, R.GIFT_UNWANTED)
_KEEP_OR_RETURN = (K.PARTIAL_REFUND, K.RETURN_REFUND, K.REPLACE_RETURN, K.FULL_REFUND)
_ANY = {UNSHIPPED, IN_TRANSIT, RECEIVED}

# Types that are missing here are not filed by buyers in this cut: merchants open them, or the platform does.
TYPES: dict[str, TypeRule] = {
    T.NOT_SHIPPED_CANCEL: _rule(
        {UNSHIPPED},
        "",
        (K.FULL_REFUND,),
        (*_REMORSE, R.NOT_SHIPPED, R.OUT_OF_STOCK, R.AGREED_WITH_SELLER),
        remorse=False,
    ),
    T.LATE_SHIPPING: _rule(
        _ANY,
        "quality",
        (K.PARTIAL_REFUND, K.FULL_REFUND, K.COMPENSATION),
        (R.LATE, R.FAKE_SHIPPING, R.ARRIVED_LATE, R.NOT_SHIPPED, R.OUT_OF_STOCK),
    ),
    T.NOT_RECEIVED: _rule(
        {IN_TRANSIT, RECEIVED},
        "not_received",
        (K.FULL_REFUND, K.REPLACE),
        (R.DELIVERED_NOT_RECEIVED, R.NO_TRACKING, R.WRONG_STATION, R.LOST),
    ),
    T.LOST_OR_STUCK: _rule({IN_TRANSIT}, "not_received", (K.FULL_REFUND, K.REPLACE), (R.STUCK, R.LOST, R.NO_TRACKING)),
    T.REFUSED_DELIVERY: _rule(
        {IN_TRANSIT}, "not_received", (K.FULL_REFUND,), (R.REJECTED_PARCEL, R.DAMAGED, R.ARRIVED_LATE)
    ),
    T.EMPTY_PARCEL: _rule({RECEIVED}, "quality", (K.FULL_REFUND, K.REPLACE), (R.MISSING_PART, R.FAKE_SHIPPING)),
    T.MISSING_ITEM: _rule(
        {RECEIVED},
        "quality",
        (K.RESEND, K.PARTIAL_REFUND, K.RETURN_REFUND),
        (R.MISSING_PART, R.MISSING_GIFT, R.MERGED_PARCEL_SHORT, R.SHORT_WEIGHT),
    ),
    T.WRONG_ITEM: _rule({RECEIVED}, "quality", (K.REPLACE_RETURN, K.RETURN_REFUND, K.PARTIAL_REFUND), (R.WRONG_ITEM,)),
    T.ARRIVED_DAMAGED: _rule({RECEIVED}, "visible", (*_KEEP_OR_RETURN, K.REPLACE), (R.DAMAGED, R.DEFECTIVE)),
    T.PERISHED: _rule({RECEIVED}, "visible", (K.FULL_REFUND, K.PARTIAL_REFUND, K.REPLACE), (R.PERISHED, R.EXPIRED)),
    T.QUALITY_VISIBLE: _rule(
        {RECEIVED},
        "visible",
        _KEEP_OR_RETURN,
        (R.POOR_MATERIAL, R.DEFECTIVE, R.DAMAGED, R.NO_LABEL, R.SHORT_WEIGHT),
    ),
    T.QUALITY_HIDDEN: _rule(
        {RECEIVED}, "warranty", (*_KEEP_OR_RETURN, K.REPAIR), (R.FUNCTIONAL_FAILURE, R.DEFECTIVE, R.POOR_MATERIAL)
    ),
    T.NOT_AS_DESCRIBED: _rule(
        {RECEIVED}, "quality", (*_KEEP_OR_RETURN, K.COMPENSATION), (R.NOT_AS_DESCRIBED, R.FALSE_ADVERT)
    ),
    T.COUNTERFEIT: _rule(
        {RECEIVED}, "", (K.COMPENSATION, K.RETURN_REFUND, K.FULL_REFUND), (R.COUNTERFEIT, R.FALSE_ADVERT)
    ),
    T.FOOD_SAFETY: _rule({RECEIVED}, "", (K.COMPENSATION, K.FULL_REFUND), (R.EXPIRED, R.PERISHED, R.NO_LABEL)),
    T.PROHIBITED_GOODS: _rule(_ANY, "", (K.FULL_REFUND, K.COMPENSATION), (R.FALSE_ADVERT, R.NO_LABEL)),
    T.NO_REASON_RETURN: _rule({RECEIVED}, "no_reason", (K.RETURN_REFUND,), _REMORSE, remorse=True),
    T.SIZE_OR_FIT: _rule(
        {RECEIVED},
        "no_reason",
        (K.RETURN_REFUND, K.REPLACE_RETURN, K.PARTIAL_REFUND),
        (R.SIZE_SMALL, R.SIZE_LARGE),
        remorse=True,
    ),
    T.PRICE_DROP: _rule(_ANY, "price_protection", (K.PRICE_DIFFERENCE,), (R.BETTER_PRICE, R.PRICE_FRAUD)),
    T.GIFT_OR_BUNDLE: _rule({RECEIVED}, "quality", (K.RESEND, K.GIFT), (R.MISSING_GIFT, R.MISSING_PART)),
    T.FREIGHT: _rule(_ANY, "quality", (K.FREIGHT,), (R.PRICE_FRAUD, R.BREACH_OF_PROMISE)),
    T.INVOICE: _rule(_ANY, "", (K.PARTIAL_REFUND,), (R.REFUSED_SERVICE, R.BREACH_OF_PROMISE)),
    T.INSTALL_OR_SERVICE: _rule(
        {RECEIVED}, "warranty", (K.PARTIAL_REFUND, K.RETURN_REFUND), (R.REFUSED_SERVICE, R.BREACH_OF_PROMISE)
    ),
    T.WARRANTY_REPAIR: _rule(
        {RECEIVED},
        "warranty",
        (K.REPAIR, K.REPLACE_RETURN, K.RETURN_REFUND, K.PARTIAL_REFUND),
        (R.FUNCTIONAL_FAILURE, R.DEFECTIVE, R.REFUSED_SERVICE),
    ),
    T.PROMISE_BREACH: _rule(
        _ANY,
        "",
        (K.PARTIAL_REFUND, K.FULL_REFUND, K.COMPENSATION),
        (R.BREACH_OF_PROMISE, R.REFUSED_SERVICE, R.FALSE_ADVERT),
    ),
    T.REFUND_NOT_PAID: _rule(_ANY, "", (K.FULL_REFUND, K.PARTIAL_REFUND), (R.AGREED_WITH_SELLER, R.BREACH_OF_PROMISE)),
}
