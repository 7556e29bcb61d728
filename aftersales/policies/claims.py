"""What a seller may open against a buyer: within which window, for what, for which reasons. Pure data, no queries.

Nothing follows from a claim but by the buyer's agreement or a ruling, and none of it takes a right from the buyer.
"""

from dataclasses import dataclass

from aftersales.policies.codes import DisputeType, Reason, RemedyKind

R = Reason


@dataclass(frozen=True, slots=True)
class ClaimRule:
    """Until when a claim can be opened (a window of the rule pack), what it asks for, and why."""

    window: str
    wants: RemedyKind
    reasons: tuple[Reason, ...]


CLAIMS: dict[str, ClaimRule] = {
    # What came back is not what was sent: found after the return was confirmed, or accepted by silence.
    DisputeType.RETURNED_GOODS: ClaimRule(
        "returned_goods",
        RemedyKind.RECOVERY,
        (R.EMPTY_RETURN, R.WRONG_ITEM_RETURNED, R.NOT_INTACT, R.RETURN_INCOMPLETE),
    ),
    # No money: a finding that the buyer's tier counts (aftersales.credit).
    DisputeType.BUYER_ABUSE: ClaimRule(
        "abuse_report",
        RemedyKind.FINDING,
        (R.ABUSE_SUSPECTED, R.EMPTY_RETURN, R.WRONG_ITEM_RETURNED, R.NO_EVIDENCE, R.CANNOT_REACH_BUYER),
    ),
}
SELLERS = frozenset(
    {
        R.NOT_INTACT,
        R.WRONG_ITEM_RETURNED,
        R.EMPTY_RETURN,
        R.RETURN_INCOMPLETE,
        R.OUT_OF_WINDOW,
        R.EXCLUDED_CATEGORY,
        R.NO_EVIDENCE,
        R.ALREADY_SETTLED,
        R.SHIPPED_NOT_INTERCEPTED,
        R.CANNOT_REACH_BUYER,
        R.ABUSE_SUSPECTED,
    }
)
