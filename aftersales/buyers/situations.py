"""The first question of the wizard: what happened, in plain words, by the stage of the order. At most eight answers."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import OrderStage
from aftersales.policies.codes import DisputeType, Reason


class Situation(NamedTuple):
    """An answer, and the type and reason it stands for."""

    code: str
    words: Promise | str
    type: str
    reason: str


_S, T, R = Situation, DisputeType, Reason
SITUATIONS: dict[str, tuple[Situation, ...]] = {
    OrderStage.UNSHIPPED: (
        _S("cancel", _("I no longer want it"), T.NOT_SHIPPED_CANCEL, R.NO_LONGER_WANTED),
        _S("mistake", _("I ordered it by mistake"), T.NOT_SHIPPED_CANCEL, R.ORDERED_BY_MISTAKE),
        _S("slow", _("It should have been shipped by now"), T.NOT_SHIPPED_CANCEL, R.NOT_SHIPPED),
        _S("out_of_stock", _("The seller says that it is out of stock"), T.NOT_SHIPPED_CANCEL, R.OUT_OF_STOCK),
        _S("cheaper", _("It has become cheaper"), T.PRICE_DROP, R.BETTER_PRICE),
    ),
    OrderStage.IN_TRANSIT: (
        _S("no_news", _("It has not arrived"), T.NOT_RECEIVED, R.NO_TRACKING),
        _S("stuck", _("The parcel does not move"), T.LOST_OR_STUCK, R.STUCK),
        _S("lost", _("The parcel is lost"), T.LOST_OR_STUCK, R.LOST),
        _S("refused", _("I refused the parcel at the door"), T.REFUSED_DELIVERY, R.REJECTED_PARCEL),
        _S("late", _("It was shipped late"), T.LATE_SHIPPING, R.LATE),
        _S("cheaper", _("It has become cheaper"), T.PRICE_DROP, R.BETTER_PRICE),
    ),
    OrderStage.RECEIVED: (
        _S("damaged", _("It arrived damaged"), T.ARRIVED_DAMAGED, R.DAMAGED),
        _S("quality", _("The quality is poor"), T.QUALITY_VISIBLE, R.POOR_MATERIAL),
        _S("broken", _("It does not work"), T.QUALITY_HIDDEN, R.FUNCTIONAL_FAILURE),
        _S("wrong", _("I got the wrong item"), T.WRONG_ITEM, R.WRONG_ITEM),
        _S("missing", _("Something is missing"), T.MISSING_ITEM, R.MISSING_PART),
        _S("size", _("It does not fit"), T.SIZE_OR_FIT, R.SIZE_SMALL),
        _S("unwanted", _("I do not want to keep it"), T.NO_REASON_RETURN, R.NO_LONGER_WANTED),
    ),
}
OTHER = "other"


def situation(stage: str, code: str) -> Situation | None:
    """Return the answer with a code, if the stage knows it."""
    return next((s for s in SITUATIONS[stage] if s.code == code), None)
