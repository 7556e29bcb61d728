"""The workflow of a case as one table: pure data, no queries. Absent means forbidden.

CLOCKS says for each way of waiting: who must act, how long (a timer of the rule pack), what silence does.
ACTIONS says for each action: from where, to where, by whom. Silence is itself an action, taken by SYSTEM.
Services, buttons, API `allowed_actions`, admin, next-step sentences, tests and the diagram in the README read this.
"""

from dataclasses import dataclass

from aftersales.disputes.codes import FINAL, Role, Status
from aftersales.policies.claims import CLAIMS
from aftersales.policies.codes import DisputeType

S = Status
BUYER, MERCHANT, ARBITRATOR, SENIOR = Role.BUYER, Role.MERCHANT, Role.ARBITRATOR, Role.SENIOR
PLATFORM, SYSTEM, BOTH = Role.PLATFORM, Role.SYSTEM, Role.BOTH
DESK = frozenset({ARBITRATOR, SENIOR})


@dataclass(frozen=True, slots=True)
class Clock:
    """Somebody's turn: who, for how long (rule pack timer), and the action that silence takes."""

    awaiting: Role
    timer: str
    on_silence: str


@dataclass(frozen=True, slots=True)
class Action:
    """What may be done: from which statuses, to which (empty: stays), by whom."""

    sources: frozenset[Status]
    targets: frozenset[Status]
    roles: frozenset[Role]
    assigned: bool = False  # only by the arbitrator who took the case
    money: bool = False  # moves money: confirm page, idempotency key
    opened_by: Role | None = None  # only in cases that this side opened


def _action(
    sources: set[Status],
    targets: set[Status],
    *roles: Role,
    assigned: bool = False,
    money: bool = False,
    opened_by: Role | None = None,
) -> Action:
    return Action(frozenset(sources), frozenset(targets), frozenset(roles), assigned, money, opened_by)


CLOCKS: dict[str, Clock] = {
    # Negotiation. Which merchant clock runs depends on what was asked and how far the goods got (opening_clock).
    "merchant_unshipped": Clock(MERCHANT, "merchant_unshipped", "agree_by_silence"),
    "merchant_return": Clock(MERCHANT, "merchant_return", "agree_by_silence"),
    # Refund without return after shipping: silence is never money. Above a threshold the goods must come back,
    # below it the platform looks (platform-rules order 116: no forced refund-only).
    "merchant_refund_only": Clock(MERCHANT, "merchant_refund_only", "ask_return_by_silence"),
    "merchant_review": Clock(MERCHANT, "merchant_refund_only", "escalate_by_silence"),
    # The merchant's own signed promise for goods that arrive damaged: then silence keeps the promise.
    "merchant_promised": Clock(MERCHANT, "merchant_refund_only", "agree_by_silence"),
    "merchant_goods": Clock(MERCHANT, "merchant_goods", "escalate_by_silence"),
    "merchant_counter": Clock(MERCHANT, "merchant_counter", "let_offer_stand"),
    "buyer_offer": Clock(BUYER, "buyer_offer", "expire_offers"),
    # A plan with steps: nothing is taken away then, the next step's offers come beside those that stand.
    "buyer_step": Clock(BUYER, "buyer_offer", "next_offers"),
    "offer_stands": Clock(BUYER, "offer_stands", "expire_offers"),
    "buyer_after_refusal": Clock(BUYER, "buyer_after_refusal", "lapse"),
    # A seller's claim or report: silence is no confession, the platform looks at what was shown.
    "buyer_claim": Clock(BUYER, "buyer_claim", "escalate_by_silence"),
    # A safety recall: the right stays open through reminders until the pack's window for recalls ends.
    "buyer_recall": Clock(BUYER, "recall_reminder", "keep_recall_open"),
    "buyer_recall_last": Clock(BUYER, "recall_reminder", "lapse"),
    "buyer_ships_recall": Clock(BUYER, "buyer_ships", "keep_recall_open"),
    # Return leg.
    "buyer_ships": Clock(BUYER, "buyer_ships", "lapse"),
    "merchant_receives": Clock(MERCHANT, "merchant_receives", "accept_return_by_silence"),
    "merchant_inspects": Clock(MERCHANT, "merchant_inspects", "accept_return_by_silence"),
    # A parcel is stopped on its way: the seller asks the carrier, then the carrier has its time.
    "merchant_intercepts": Clock(MERCHANT, "merchant_intercepts", "escalate_by_silence"),
    "interception": Clock(SYSTEM, "interception", "escalate_by_silence"),
    # A deduction is never taken by silence: the platform then looks at what the merchant has shown.
    "buyer_deduction": Clock(BUYER, "buyer_deduction", "escalate_by_silence"),
    # Intervention.
    "first_answer": Clock(BOTH, "first_answer", "close_evidence"),
    "extra_evidence": Clock(BOTH, "extra_evidence", "close_evidence"),
    "extra_evidence_buyer": Clock(BUYER, "extra_evidence", "close_evidence"),
    "extra_evidence_merchant": Clock(MERCHANT, "extra_evidence", "close_evidence"),
    "ruling": Clock(ARBITRATOR, "ruling", "pass_to_senior"),
    "ruling_small": Clock(ARBITRATOR, "ruling_small", "pass_to_senior"),
    "ruling_senior": Clock(SENIOR, "ruling", "log_breach"),
    "execute_ruling": Clock(MERCHANT, "execute_ruling", "execute_ruling"),
    "appeal_decided": Clock(SENIOR, "appeal_decided", "log_breach"),
    # Carrying out.
    # The law's clock runs from the decision; some days before it is over everybody is told, then a person takes over.
    "remedies": Clock(SYSTEM, "refund_alarm", "sound_refund_alarm"),
    "remedies_overdue": Clock(SYSTEM, "statutory_refund", "report_payout_failed"),
    "merchant_sends_goods": Clock(MERCHANT, "merchant_sends_goods", "escalate_by_silence"),
    "merchant_repairs": Clock(MERCHANT, "merchant_repairs", "escalate_by_silence"),
    "buyer_goods": Clock(BUYER, "buyer_goods", "accept_goods_by_silence"),
    "payout_failed": Clock(PLATFORM, "payout_failed", "retry_payout"),
    # Nothing is paid by silence on a hold: those in charge are alerted, then the breach of the law's time is recorded.
    "release_hold": Clock(PLATFORM, "release_hold", "chase_hold"),
    "hold_law": Clock(PLATFORM, "statutory_refund", "report_overdue_hold"),
    "hold_overdue": Clock(PLATFORM, "release_hold", "report_overdue_hold"),
    "pause": Clock(BOTH, "pause", "resume"),
    "pause_law": Clock(BOTH, "proof_of_law", "resume"),
}

_TALKING = {S.AWAITING_BUYER, S.AWAITING_MERCHANT}
_ARRIVING = {S.RETURN_IN_TRANSIT, S.AWAITING_INSPECTION}
_RETURNING = _ARRIVING | {S.INTERCEPTING, S.AWAITING_RETURN_SHIPMENT, S.DEDUCTION_PROPOSED}
_GATHERING = {S.ESCALATED, S.COLLECTING_EVIDENCE}
_WITH_PLATFORM = _GATHERING | {S.AWAITING_RULING}
_PAUSABLE = _TALKING | _WITH_PLATFORM | {S.REFUSED, S.CLAIMED}
# What a carrier says is put on record, whether or not it moves the case.
_FOLLOWED = {S.RETURN_IN_TRANSIT, S.INTERCEPTING, S.GOODS_SENT, S.APPEALED} | _WITH_PLATFORM
_PAYING = {S.FULFILLING, S.AMOUNT_ON_HOLD}
# What an agreement leads to, by its terms (services.settle).
_AGREED = _PAYING | {S.AWAITING_RETURN_SHIPMENT}
_OPEN = set(Status) - {S.RESOLVED, S.CLOSED, S.WITHDRAWN, S.LAPSED}

ACTIONS: dict[str, Action] = {
    # Filing has no source: the case begins here.
    "open": _action(set(), _TALKING, BUYER, Role.MARKETPLACE),
    "refund_at_once": _action({S.AWAITING_MERCHANT}, _PAYING, SYSTEM),
    # Negotiation.
    "propose": _action(_TALKING | {S.REFUSED}, _TALKING, BUYER, MERCHANT),
    "accept_offer": _action(_TALKING | {S.REFUSED}, _AGREED, BUYER, MERCHANT, money=True),
    # Above what one may promise alone: whoever may is asked. It binds nobody and stops no clock (services.limits).
    "ask_owner": _action(_TALKING | {S.REFUSED}, set(), MERCHANT),
    "decline_offers": _action({S.AWAITING_BUYER}, {S.AWAITING_MERCHANT}, BUYER),
    "next_offers": _action({S.AWAITING_BUYER}, {S.AWAITING_BUYER}, SYSTEM),
    "agree": _action({S.AWAITING_MERCHANT, S.AWAITING_BUYER, S.REFUSED}, _AGREED, MERCHANT, money=True),
    "refuse": _action({S.AWAITING_MERCHANT, S.INTERCEPTING}, {S.REFUSED}, MERCHANT),
    "withdraw": _action(
        _TALKING | _WITH_PLATFORM | {S.REFUSED, S.INTERCEPTING, S.AWAITING_RETURN_SHIPMENT},
        {S.WITHDRAWN},
        BUYER,
        opened_by=BUYER,
    ),
    "escalate": _action(_TALKING | {S.REFUSED, S.AWAITING_RETURN_SHIPMENT, S.LAPSED}, {S.ESCALATED}, BUYER),
    "reopen": _action({S.LAPSED}, {S.AWAITING_MERCHANT}, BUYER),
    # A case that a seller opens against the buyer (policies.claims). What is agreed or ruled is booked at its end.
    "open_claim": _action(set(), {S.CLAIMED}, MERCHANT),
    "accept_claim": _action({S.CLAIMED}, {S.RESOLVED}, BUYER, money=True),
    "contest_claim": _action({S.CLAIMED}, {S.ESCALATED}, BUYER),
    "drop_claim": _action({S.CLAIMED} | _WITH_PLATFORM, {S.WITHDRAWN}, MERCHANT, opened_by=MERCHANT),
    # A safety recall: the platform opens it for everybody who bought the goods, the buyer chooses.
    "open_recall": _action(set(), {S.RECALLED}, PLATFORM),
    "choose_remedy": _action({S.RECALLED}, _AGREED, BUYER, money=True),
    "keep_recall_open": _action({S.RECALLED, S.AWAITING_RETURN_SHIPMENT}, {S.RECALLED}, SYSTEM),
    # Return leg.
    "ship_return": _action({S.AWAITING_RETURN_SHIPMENT}, {S.RETURN_IN_TRANSIT}, BUYER),
    # What the carrier says of the parcel (services.parcels).
    "note_carrier": _action(_FOLLOWED, set(), SYSTEM),
    "deliver_return": _action({S.RETURN_IN_TRANSIT}, {S.AWAITING_INSPECTION}, SYSTEM),
    "lose_return": _action({S.RETURN_IN_TRANSIT}, _PAYING | {S.ESCALATED}, SYSTEM),
    "bounce_return": _action({S.RETURN_IN_TRANSIT}, {S.AWAITING_RETURN_SHIPMENT}, SYSTEM),
    # A parcel on its way to the buyer is refunded once it is stopped (services.interception).
    "recall_parcel": _action({S.AWAITING_MERCHANT, S.AWAITING_BUYER, S.REFUSED}, {S.INTERCEPTING}, MERCHANT),
    "ask_carrier": _action({S.INTERCEPTING}, set(), MERCHANT),
    "intercept_parcel": _action({S.INTERCEPTING}, _PAYING, SYSTEM),
    "miss_parcel": _action({S.INTERCEPTING}, {S.AWAITING_RETURN_SHIPMENT}, SYSTEM),
    "receive_return": _action({S.RETURN_IN_TRANSIT}, {S.AWAITING_INSPECTION}, MERCHANT),
    "confirm_return": _action(_ARRIVING | {S.DEDUCTION_PROPOSED}, _PAYING, MERCHANT, money=True),
    "propose_deduction": _action(_ARRIVING, {S.DEDUCTION_PROPOSED}, MERCHANT),
    "dispute_return": _action(_ARRIVING, {S.ESCALATED}, MERCHANT),
    "accept_deduction": _action({S.DEDUCTION_PROPOSED}, _PAYING, BUYER, money=True),
    "contest_deduction": _action({S.DEDUCTION_PROPOSED}, {S.ESCALATED}, BUYER),
    # Intervention. Evidence in negotiation changes no status; late evidence gives the other side its time.
    "submit_evidence": _action(
        _TALKING | _RETURNING | _WITH_PLATFORM | {S.REFUSED, S.CLAIMED, S.APPEALED},
        {S.COLLECTING_EVIDENCE},
        BUYER,
        MERCHANT,
    ),
    "finish_evidence": _action(_GATHERING, {S.AWAITING_RULING}, BUYER, MERCHANT),
    "take": _action(_WITH_PLATFORM | {S.APPEALED}, set(), ARBITRATOR, SENIOR),
    "request_evidence": _action(_WITH_PLATFORM, {S.COLLECTING_EVIDENCE}, ARBITRATOR, SENIOR, assigned=True),
    "rule": _action({S.AWAITING_RULING}, {S.RULED, S.CLOSED}, ARBITRATOR, SENIOR, assigned=True, money=True),
    "execute": _action({S.RULED}, _AGREED, MERCHANT, money=True),
    "appeal": _action({S.RULED, S.AWAITING_RETURN_SHIPMENT, S.GOODS_SENT, S.CLOSED}, {S.APPEALED}, BUYER, MERCHANT),
    "decide_appeal": _action({S.APPEALED}, _AGREED | {S.GOODS_SENT, S.CLOSED}, SENIOR, assigned=True, money=True),
    "extend": _action(_OPEN, set(), ARBITRATOR, SENIOR, PLATFORM),
    "pause": _action(_PAUSABLE, {S.PAUSED}, ARBITRATOR, SENIOR, PLATFORM),
    "resume": _action({S.PAUSED}, _PAUSABLE, ARBITRATOR, SENIOR, PLATFORM, SYSTEM),
    # Carrying out.
    "ship_replacement": _action({S.FULFILLING}, {S.GOODS_SENT}, MERCHANT),
    # A repair that cannot be done: the platform decides what the buyer gets instead.
    "fail_repair": _action({S.FULFILLING}, {S.ESCALATED}, MERCHANT),
    # They have arrived when the carrier, the buyer or the buyer's silence says so.
    "deliver_goods": _action({S.GOODS_SENT}, {S.FULFILLING}, SYSTEM),
    "confirm_goods": _action({S.GOODS_SENT}, {S.FULFILLING}, BUYER),
    "accept_goods_by_silence": _action({S.GOODS_SENT}, {S.FULFILLING}, SYSTEM),
    # Goods that never came, or are wrong again: the same case goes on, before the platform.
    "report_goods": _action({S.GOODS_SENT, S.RESOLVED, S.CLOSED}, {S.ESCALATED}, BUYER),
    "fail_goods": _action({S.GOODS_SENT, S.RESOLVED, S.CLOSED}, {S.ESCALATED}, SYSTEM),
    "complete": _action({S.FULFILLING, S.PAYOUT_FAILED}, {S.RESOLVED, S.CLOSED}, SYSTEM),
    "sound_refund_alarm": _action({S.FULFILLING}, set(), SYSTEM),
    "report_payout_failed": _action({S.FULFILLING}, {S.PAYOUT_FAILED}, SYSTEM),
    "retry_payout": _action({S.PAYOUT_FAILED}, {S.FULFILLING}, PLATFORM, SYSTEM, money=True),
    # Granted above somebody's limit: others approve (services.holding); the last approval needed carries it out.
    "release_hold": _action({S.AMOUNT_ON_HOLD}, {S.FULFILLING}, PLATFORM, money=True),
    "refuse_hold": _action({S.AMOUNT_ON_HOLD}, {S.ESCALATED}, PLATFORM),
    "chase_hold": _action({S.AMOUNT_ON_HOLD}, set(), SYSTEM),
    "report_overdue_hold": _action({S.AMOUNT_ON_HOLD}, set(), SYSTEM),
    # Silence.
    "expire_offers": _action({S.AWAITING_BUYER}, {S.AWAITING_MERCHANT}, SYSTEM),
    "let_offer_stand": _action({S.AWAITING_MERCHANT}, {S.AWAITING_BUYER}, SYSTEM),
    "agree_by_silence": _action({S.AWAITING_MERCHANT}, _AGREED, SYSTEM),
    "ask_return_by_silence": _action({S.AWAITING_MERCHANT}, {S.AWAITING_RETURN_SHIPMENT}, SYSTEM),
    "escalate_by_silence": _action(
        _TALKING | {S.REFUSED, S.CLAIMED, S.INTERCEPTING, S.FULFILLING, S.DEDUCTION_PROPOSED}, {S.ESCALATED}, SYSTEM
    ),
    "accept_return_by_silence": _action(_ARRIVING, _PAYING, SYSTEM),
    "lapse": _action({S.REFUSED, S.AWAITING_RETURN_SHIPMENT, S.RECALLED}, {S.LAPSED}, SYSTEM),
    "close_evidence": _action(_GATHERING, {S.AWAITING_RULING}, SYSTEM),
    "pass_to_senior": _action({S.AWAITING_RULING}, set(), SYSTEM),
    "log_breach": _action({S.AWAITING_RULING, S.APPEALED}, set(), SYSTEM),
    "execute_ruling": _action({S.RULED}, _AGREED, SYSTEM),
}

# The stage a status belongs to, for filters and for the API.
STAGES: dict[Status, str] = {
    **dict.fromkeys([*_TALKING, S.REFUSED, S.CLAIMED, S.RECALLED], "negotiation"),
    **dict.fromkeys(_RETURNING, "return"),
    **dict.fromkeys([*_WITH_PLATFORM, S.RULED, S.APPEALED], "intervention"),
    **dict.fromkeys([*_PAYING, S.GOODS_SENT, S.PAYOUT_FAILED], "fulfilment"),
    S.PAUSED: "paused",
    **dict.fromkeys([S.RESOLVED, S.CLOSED, S.WITHDRAWN, S.LAPSED], "done"),
}


def opener(type: str) -> Role:
    """Say who opens cases of a type: the buyer, unless a seller claims something or the platform recalls goods."""
    if type == DisputeType.SAFETY_RECALL:
        return PLATFORM
    return MERCHANT if type in CLAIMS else BUYER


def holds_pieces(type: str, status: str) -> bool:
    """Tell whether a case keeps its pieces from being claimed anew.

    A seller's claim never bars a buyer's right, nor does a recall that the buyer has not answered yet.
    """
    return status not in FINAL and status != S.RECALLED and type not in CLAIMS


def may(action: str, status: str, role: str) -> bool:
    """Tell whether the table lets a role take an action from a status."""
    row = ACTIONS.get(action)
    return row is not None and status in row.sources and role in row.roles


def actions_for(status: str, role: str) -> list[str]:
    """List what a role may do from a status, in the table's order."""
    return [name for name in ACTIONS if may(name, status, role)]
