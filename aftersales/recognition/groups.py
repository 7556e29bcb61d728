"""What messages may be about, and which case a message about a problem leads to."""

from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersales.policies.codes import DisputeType, Reason


class Group(models.TextChoices):
    """The matter of a message."""

    REFUND = "refund", _("Refund")
    RETURN_OR_EXCHANGE = "return_or_exchange", _("Return or exchange")
    TICKET = "after_sales_ticket", _("An open after-sales request")
    REPAIR = "repair_or_warranty", _("Repair or warranty")
    PRICE_PROTECTION = "price_protection", _("Price protection")
    MISSING_ITEM = "missing_item", _("Something is missing")
    DAMAGED = "damaged", _("Arrived damaged")
    WRONG_ITEM = "wrong_item", _("Wrong item")
    NOT_RECEIVED = "not_received_or_refused", _("Not received, or refused at the door")
    DISPUTE = "dispute", _("Complaint to the platform")
    SIDE_EFFECT = "side_effect", _("Side effects")
    AUTHENTICITY = "authenticity", _("Genuine or not")
    CANCEL_ORDER = "cancel_order", _("Cancelling the order")
    DELIVERY_TIME = "delivery_time", _("Delivery time")
    INVOICE = "invoice", _("Invoice")
    ORDER_CHANGE = "order_change", _("Changing the order")
    PAYMENT = "payment", _("Payment")
    CONTACT = "contact_agent", _("Talking to somebody")
    OTHER = "presale_or_other", _("Before buying, or anything else")


# Groups that are an after-sales problem; what stands near them (delivery, cancelling, invoice) is not one by itself.
AFTER_SALES = frozenset(
    {
        Group.REFUND,
        Group.RETURN_OR_EXCHANGE,
        Group.TICKET,
        Group.REPAIR,
        Group.PRICE_PROTECTION,
        Group.MISSING_ITEM,
        Group.DAMAGED,
        Group.WRONG_ITEM,
        Group.NOT_RECEIVED,
        Group.DISPUTE,
    }
)


class Likely(NamedTuple):
    """The case that a message most likely leads to."""

    type: DisputeType
    reason: Reason


# Groups that say what happened; the others leave that to the buyer.
LEADS_TO: dict[Group, Likely] = {
    Group.RETURN_OR_EXCHANGE: Likely(DisputeType.NO_REASON_RETURN, Reason.NO_LONGER_WANTED),
    Group.PRICE_PROTECTION: Likely(DisputeType.PRICE_DROP, Reason.BETTER_PRICE),
    Group.MISSING_ITEM: Likely(DisputeType.MISSING_ITEM, Reason.MISSING_PART),
    Group.DAMAGED: Likely(DisputeType.ARRIVED_DAMAGED, Reason.DAMAGED),
    Group.WRONG_ITEM: Likely(DisputeType.WRONG_ITEM, Reason.WRONG_ITEM),
    Group.NOT_RECEIVED: Likely(DisputeType.NOT_RECEIVED, Reason.DELIVERED_NOT_RECEIVED),
    Group.REPAIR: Likely(DisputeType.WARRANTY_REPAIR, Reason.FUNCTIONAL_FAILURE),
    Group.AUTHENTICITY: Likely(DisputeType.COUNTERFEIT, Reason.COUNTERFEIT),
}
