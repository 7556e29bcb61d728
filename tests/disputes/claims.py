"""A return that was paid for, and what a seller opens afterwards."""

from decimal import Decimal

from aftersales.disputes.models import Dispute
from aftersales.disputes.services import return_leg
from aftersales.disputes.services.claims import open_claim
from aftersales.orders.models import Order
from aftersales.remedies.services import run_due
from portal.outbox.services import drain
from tests.disputes.states import reach


def returned(file_case, cast, now):
    """A case that ended with a return: confirmed, refunded, resolved."""
    case = return_leg.confirm_return(
        dispute=reach("awaiting_inspection", file_case, cast, now), actor=cast.owner, now=now
    )
    settle(now)
    return Dispute.objects.get(pk=case.pk)


def settle(now):
    while run_due(now=now) + drain(now=now):
        pass


def claim(case, cast, now, **more):
    """The seller's claim about a returned case: the parcel was empty."""
    said = {"reason": "empty_return", "statement": "Only stones were in the box.", "amount": Decimal("80.00")}
    return open_claim(
        order=order_of(case),
        actor=cast.owner,
        now=now,
        **{"type": "returned_goods_dispute", "about": case.number, **said, **more},
    )


def report(case, cast, now, **more):
    """The seller's abuse report about a case's order."""
    said = {"reason": "abuse_suspected", "statement": "The fifth empty parcel this month."}
    return open_claim(order=order_of(case), actor=cast.owner, now=now, **{"type": "buyer_abuse_report", **said, **more})


def order_of(case):
    return Order.objects.prefetch_related("lines", "payments").get(pk=case.order_id)
