"""From terms to what other rooms carry out: grants for the money room, a return for the return leg."""

from collections.abc import Sequence

from aftersales.disputes.models import Dispute, DisputeLine
from aftersales.disputes.terms import Terms
from aftersales.policies.types import TYPES
from aftersales.remedies.services import Grant, LineClaim
from aftersales.returns.services import ReturnTerms
from portal.rows import attached


def make_grant(case: Dispute, terms: Terms, key: str, lines: Sequence[DisputeLine]) -> Grant:
    """Turn terms into what the money room carries out; previews use the very same object."""
    return Grant(
        key=key,
        case=case.number,
        order_id=case.order_id,
        merchant_id=case.merchant_id,
        buyer_id=case.buyer_id,
        currency=case.currency,
        payer=terms.payer,  # type: ignore[arg-type]
        cash=terms.cash,
        compensation=terms.compensation,
        lines=tuple(LineClaim(line.order_line_id, line.max_amount, line.restored) for line in lines),
        by_line=terms.by_line,
        coupon_amount=terms.coupon_amount,
        coupon_minimum=terms.coupon_minimum,
        coupon_days=terms.coupon_days,
        coupon_template=terms.coupon_template,
        coupon_payer=terms.coupon_payer,
        goods=terms.goods,
        goods_lines=tuple((line.order_line_id, line.quantity) for line in lines) if terms.goods else (),
    )


def lines_of(cases: Sequence[Dispute], *, at_hand: Sequence[DisputeLine]) -> dict[int, list[DisputeLine]]:
    """Return the lines of cases by case: those at hand or known to the case; the rest is read with one query."""
    lines: dict[int, list[DisputeLine]] = {}
    for line in at_hand:
        lines.setdefault(line.dispute_id, []).append(line)
    for case in cases:
        if case.pk not in lines and (known := attached(case, "lines")) is not None:
            lines[case.pk] = known
    if unread := {case.pk for case in cases} - lines.keys():
        for line in DisputeLine.objects.filter(dispute_id__in=unread).order_by("id"):
            lines.setdefault(line.dispute_id, []).append(line)
    return lines


def return_terms(case: Dispute) -> ReturnTerms:
    """Say what the return leg needs of a case; who pays the way back comes from the rules."""
    rule = TYPES.get(case.type)  # a recall stands in no table of what buyers file: a fault of the goods
    return ReturnTerms(
        case=case.number,
        order_id=case.order_id,
        merchant_id=case.merchant_id,
        buyer_id=case.buyer_id,
        freight_payer=case.rules.return_payer(remorse=rule is not None and rule.remorse),
    )
