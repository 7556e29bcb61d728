"""What a buyer laid out for a way back that the seller or the platform bears: paid back along with the refund, once."""

from collections.abc import Sequence
from dataclasses import replace

from aftersales.disputes.models import Dispute, DisputeLine
from aftersales.disputes.terms import Terms
from aftersales.policies.codes import WITH_RETURN, DisputeType
from aftersales.remedies.models import Payer
from aftersales.remedies.services import Grant, paid_for_postage
from aftersales.returns.freight import Postage
from aftersales.returns.services import receipts

KEY = "postage"


def receipts_of(cases: Sequence[Dispute]) -> dict[str, Postage]:
    """Return what these cases' buyers show receipts for, by case number, capped as their rules have it; one query."""
    caps = {case.number: case.rules.threshold("return_freight_cap", case.currency) for case in cases}
    return receipts(caps)


def with_postage(case: Dispute, terms: Terms, shown: Postage | None) -> Terms:
    """Add to what is paid for returned goods what the buyer laid out for their way; nothing where it was paid before.

    Asks the database only where there is something to pay back.
    """
    if terms.kind not in WITH_RETURN or terms.postage or shown is None or not shown.reimbursable:
        return terms
    if claimed_before(case):
        return terms
    return replace(terms, postage=shown.reimbursable, postage_payer=str(Payer(shown.payer)))


def claimed_before(case: Dispute) -> bool:
    """Tell whether a case of its own is, or was, about the cost of sending these goods back."""
    lines = DisputeLine.objects.filter(dispute=case).values("order_line")
    others = DisputeLine.objects.filter(order_line__in=lines, dispute__type=DisputeType.FREIGHT)
    return others.filter(dispute__max_compensation__gt=0, dispute__due_at__isnull=False).exists() or paid_for_postage(
        list(others.filter(dispute__max_compensation__gt=0).values_list("dispute__number", flat=True))
    )


def postage_grant(case: Dispute, terms: Terms, key: str) -> Grant:
    """Turn the postage of terms into a grant of its own: a refund beyond what was paid, into the store balance."""
    return Grant(
        key=f"{key}:{KEY}",
        case=case.number,
        order_id=case.order_id,
        merchant_id=case.merchant_id,
        buyer_id=case.buyer_id,
        currency=case.currency,
        payer=Payer(terms.postage_payer),
        compensation=terms.postage,
    )
