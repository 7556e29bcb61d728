"""What silence does, for one case or a thousand: plain moves on a batch, no queries per case but for plans' steps."""

from collections.abc import Callable
from datetime import datetime

from aftersales.advances.models import Ground
from aftersales.disputes import clocks
from aftersales.disputes.codes import Outcome, Role, Status
from aftersales.disputes.models import Dispute, OfferState
from aftersales.disputes.services.negotiation import resumed_clock
from aftersales.disputes.services.plan_offers import climb, next_rung, wait_on
from aftersales.disputes.services.recalling import recall_clock
from aftersales.disputes.terms import Terms
from aftersales.disputes.transitions import Batch

Silence = Callable[[Batch, Dispute], None]


def take_silence(batch: Batch, case: Dispute) -> None:
    """Do what the case says silence does. Raises KeyError for an outcome that the table does not know."""
    SILENCE[case.on_silence](batch, case)


def pays_first(case: Dispute) -> Ground | None:
    """Say why the platform pays first when the seller says nothing, or that it does not."""
    if case.on_silence == "agree_by_silence" and clocks.merchant_clock(case, case.rules) == "merchant_promised":
        return Ground.PROMISE
    return _GROUNDS.get(case.on_silence)


_GROUNDS = {"accept_return_by_silence": Ground.STATUTORY_DELAY, "execute_ruling": Ground.RULING_NOT_EXECUTED}


def is_due(case: Dispute, now: datetime) -> bool:
    """Whether the deadline (as read under the lock) has passed."""
    return case.due_at is not None and case.due_at <= now


def _agree(batch: Batch, case: Dispute) -> None:
    batch.end_offers(case, OfferState.EXPIRED, Role.MERCHANT)
    batch.settle(
        case,
        "agree_by_silence",
        terms=Terms.of_request(case),
        outcome=Outcome.SILENCE,
        advance=pays_first(case),
        rule=case.on_silence,
    )


def _ask_return(batch: Batch, case: Dispute) -> None:
    """Never money for silence after shipping: the goods come back first (order 116)."""
    batch.end_offers(case, OfferState.EXPIRED, Role.MERCHANT)
    batch.settle(
        case,
        "ask_return_by_silence",
        terms=Terms.full_return(case),
        outcome=Outcome.SILENCE,
        rule=case.on_silence,
    )


def _escalate(batch: Batch, case: Dispute) -> None:
    batch.end_offers(case, OfferState.EXPIRED, Role.MERCHANT)
    if case.status == Status.FULFILLING:  # the goods that were agreed never came
        batch.take_back_goods(case)
    case.escalated_at, case.evidence_done_by = batch.now, ""
    case.held_seconds, case.terms, case.outcome = None, None, ""
    batch.move(case, "escalate_by_silence", to=Status.ESCALATED, clock="first_answer")


def _expire_offers(batch: Batch, case: Dispute) -> None:
    batch.end_offers(case, OfferState.EXPIRED, Role.MERCHANT)
    clock, lasts = resumed_clock(case)
    batch.move(case, "expire_offers", to=Status.AWAITING_MERCHANT, clock=clock, lasts=lasts)


def _next_offers(batch: Batch, case: Dispute) -> None:
    if rung := next_rung(case, batch.now):
        climb(batch, case, rung)
    else:
        wait_on(batch, case)


def _let_stand(batch: Batch, case: Dispute) -> None:
    until = batch.now + case.rules.timer("offer_stands")
    batch.let_offers_stand(case, until)
    batch.move(case, "let_offer_stand", to=Status.AWAITING_BUYER, clock="offer_stands")


def _lapse(batch: Batch, case: Dispute) -> None:
    batch.move(case, "lapse", to=Status.LAPSED)


def _accept_return(batch: Batch, case: Dispute) -> None:
    """The seller said nothing about a return: the platform pays first, and the seller can object within its time."""
    batch.pay(case, "accept_return_by_silence", advance=pays_first(case), rule=case.on_silence)


def _accept_goods(batch: Batch, case: Dispute) -> None:
    batch.goods_arrived(case, "accept_goods_by_silence", data={"rule": case.on_silence})


def _close_evidence(batch: Batch, case: Dispute) -> None:
    clock = clocks.ruling_clock(case, case.rules)
    batch.move(case, "close_evidence", to=Status.AWAITING_RULING, clock=clock)


def _pass_to_senior(batch: Batch, case: Dispute) -> None:
    case.arbitrator_id = None
    batch.move(case, "pass_to_senior", clock="ruling_senior", data={"breach": "ruling"})


def _log_breach(batch: Batch, case: Dispute) -> None:
    clock = "appeal_decided" if case.status == Status.APPEALED else "ruling_senior"
    batch.move(case, "log_breach", clock=clock, data={"breach": case.status})


def _execute_ruling(batch: Batch, case: Dispute) -> None:
    batch.carry_out(case, "execute_ruling", advance=pays_first(case))


def _sound_alarm(batch: Batch, case: Dispute) -> None:
    """The law's time for the refund is running out: everybody is told, the rest of it runs on (law: 7 days)."""
    left = case.rules.timer("statutory_refund") - case.rules.timer("refund_alarm")
    batch.move(case, "sound_refund_alarm", clock="remedies_overdue", lasts=left)


def _payout_failed(batch: Batch, case: Dispute) -> None:
    batch.move(case, "report_payout_failed", to=Status.PAYOUT_FAILED, clock="payout_failed")


def _retry_payout(batch: Batch, case: Dispute) -> None:
    batch.retry(case)
    batch.move(case, "retry_payout", to=Status.FULFILLING, clock="remedies")


def _chase_hold(batch: Batch, case: Dispute) -> None:
    """Nobody approved in time: those in charge are told again; what is left of the law's time runs on."""
    left = case.rules.timer("statutory_refund") - case.rules.timer("release_hold")
    batch.move(case, "chase_hold", clock="hold_law", lasts=max(left, clocks.SHORTEST), data={"breach": "release_hold"})


def _report_overdue_hold(batch: Batch, case: Dispute) -> None:
    """The law's time for the refund ran out on a hold: a ground for advance compensation, never for paying unseen."""
    batch.move(case, "report_overdue_hold", clock="hold_overdue", data={"breach": "statutory_refund"})


def _resume(batch: Batch, case: Dispute) -> None:
    batch.resume(case)


def _keep_recall_open(batch: Batch, case: Dispute) -> None:
    """A right that nobody used is still there: the choice begins anew, and the buyer is reminded."""
    case.terms, case.outcome = None, ""
    clock, lasts = recall_clock(case, batch.now)
    batch.move(case, "keep_recall_open", to=Status.RECALLED, clock=clock, lasts=lasts)


SILENCE: dict[str, Silence] = {
    "keep_recall_open": _keep_recall_open,
    "agree_by_silence": _agree,
    "ask_return_by_silence": _ask_return,
    "escalate_by_silence": _escalate,
    "expire_offers": _expire_offers,
    "let_offer_stand": _let_stand,
    "next_offers": _next_offers,
    "lapse": _lapse,
    "accept_return_by_silence": _accept_return,
    "accept_goods_by_silence": _accept_goods,
    "close_evidence": _close_evidence,
    "pass_to_senior": _pass_to_senior,
    "log_breach": _log_breach,
    "execute_ruling": _execute_ruling,
    "sound_refund_alarm": _sound_alarm,
    "report_payout_failed": _payout_failed,
    "retry_payout": _retry_payout,
    "chase_hold": _chase_hold,
    "report_overdue_hold": _report_overdue_hold,
    "resume": _resume,
}
