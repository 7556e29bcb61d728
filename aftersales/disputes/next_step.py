"""The next-step sentence of a case, computed from the table: who must act, until when, what silence does."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aftersales.disputes.codes import Outcome, Role, Status
from aftersales.disputes.models import Dispute
from aftersales.disputes.terms import Terms
from aftersales.policies.codes import FULL, RemedyKind
from portal.ui.amounts import say_money
from portal.ui.times import say_instant

YOU, OTHER, PLATFORM, DONE = "you", "other", "platform", "done"

# What silence does, as the end of "If ... by ..., ...". Written for every silence of the table.
SILENCE = {
    "agree_by_silence": gettext_lazy("the request counts as agreed: %(request)s"),
    "ask_return_by_silence": gettext_lazy("the goods can be sent back for a full refund of %(most)s"),
    "escalate_by_silence": gettext_lazy("the platform steps in and asks both sides for evidence"),
    "expire_offers": gettext_lazy("the offers expire and the seller has to answer the request itself"),
    "next_offers": gettext_lazy("the seller makes further offers, and those made so far stand on"),
    "let_offer_stand": gettext_lazy("the seller's last offer stands for one more day, then the platform can be asked"),
    "keep_recall_open": gettext_lazy("the choice stays open and the buyer is reminded"),
    "lapse": gettext_lazy("the case closes without a refund; it can be taken up again once within 30 days"),
    "accept_return_by_silence": gettext_lazy("the return counts as accepted and %(decided)s is refunded"),
    "accept_goods_by_silence": gettext_lazy("the goods sent count as arrived and the case is settled"),
    "close_evidence": gettext_lazy("the platform decides on what has been shown so far"),
    "pass_to_senior": gettext_lazy("the case passes to a senior arbitrator and the delay is put on record"),
    "log_breach": gettext_lazy("the delay is put on record and the case stays first on the senior arbitrators' list"),
    "execute_ruling": gettext_lazy("the platform carries the decision out: %(terms)s"),
    "sound_refund_alarm": gettext_lazy("everybody is told that the legal time for the refund is running out"),
    "report_payout_failed": gettext_lazy("the payment counts as failed and a person takes over"),
    "retry_payout": gettext_lazy("the payment is tried again"),
    "chase_hold": gettext_lazy("the people in charge are alerted; nothing is lost, and the check goes on"),
    "report_overdue_hold": gettext_lazy(
        "the delay goes on record as a breach of the legal time, and the check goes on"
    ),
    "resume": gettext_lazy("the case goes on where it stopped"),
}

_WHO = {
    Role.BUYER: gettext_lazy("the buyer"),
    Role.MERCHANT: gettext_lazy("the seller"),
    Role.BOTH: gettext_lazy("nobody adds anything"),
    Role.ARBITRATOR: gettext_lazy("the arbitrator"),
    Role.SENIOR: gettext_lazy("the senior arbitrator"),
    Role.PLATFORM: gettext_lazy("the platform"),
    Role.SYSTEM: gettext_lazy("the payment"),
}

# What the buyer is asked where it is more than a yes.
_ASKED = {
    Status.CLAIMED: gettext_lazy("Agree or contest. If you do nothing by %(when)s, %(outcome)s."),
    Status.RECALLED: gettext_lazy("Choose what you get. If you do nothing by %(when)s, %(outcome)s."),
    Status.GOODS_SENT: gettext_lazy(
        "Say when the goods have arrived, or what is wrong. If you say nothing by %(when)s, %(outcome)s."
    ),
}

_DONE = {
    Status.RESOLVED: gettext_lazy("Settled: %(terms)s. Nothing more is needed from anybody."),
    Status.CLOSED: gettext_lazy("Decided by the platform: %(terms)s."),
    Status.WITHDRAWN: gettext_lazy("The buyer withdrew this case. The items can be claimed again in time."),
    Status.LAPSED: gettext_lazy("This case lapsed because nobody acted. It can be taken up again once within 30 days."),
}

_CLAIM_DONE = {
    **_DONE,
    Status.CLOSED: gettext_lazy("Decided by the platform: %(finding)s."),
    Status.RESOLVED: gettext_lazy("The buyer agreed: %(terms)s. Nothing more is needed in this case."),
    Status.WITHDRAWN: gettext_lazy("The seller dropped this. Nothing follows from it."),
}


@dataclass(frozen=True, slots=True)
class NextStep:
    """A sentence and its shape: you must act, the other side must act, the platform decides, or done."""

    tone: str
    text: str


def next_step(case: Dispute, role: Role | None) -> NextStep:
    """Say what comes next to somebody in a role, in the active language and time zone. No queries."""
    if case.due_at is None:
        ended = _CLAIM_DONE if case.is_claim else _DONE
        return NextStep(DONE, str(ended[Status(case.status)]) % _words(case))
    return NextStep(_tone(case, role), _sentence(case, role, case.due_at))


def silence_text(case: Dispute) -> str:
    """Say what silence does on an open case, without who and when."""
    return str(SILENCE[case.on_silence]) % _words(case) if case.on_silence else ""


def _tone(case: Dispute, role: Role | None) -> str:
    if role is not None and (case.awaiting == role or (case.awaiting == Role.BOTH and role in _PARTIES)):
        return YOU
    return PLATFORM if case.awaiting in _PLATFORM else OTHER


_PARTIES = frozenset({Role.BUYER, Role.MERCHANT})
_PLATFORM = frozenset({Role.ARBITRATOR, Role.SENIOR, Role.PLATFORM, Role.SYSTEM, Role.BOTH})


def _sentence(case: Dispute, role: Role | None, due_at: datetime) -> str:
    words = {"when": say_instant(due_at), "outcome": silence_text(case)}
    if case.status == Status.FULFILLING and case.awaiting == Role.SYSTEM:
        return _("%(terms)s is being carried out. If it is not done by %(when)s, %(outcome)s.") % {
            **words,
            "terms": _words(case)["terms"],
        }
    if case.status == Status.AMOUNT_ON_HOLD and role != Role.PLATFORM:
        return _being_checked(case) % {**words, "terms": _words(case)["terms"]}
    if case.status == Status.DEDUCTION_PROPOSED and role != Role.MERCHANT:
        return _("Accept or contest the deduction. If it is not answered by %(when)s, %(outcome)s.") % words
    if case.status == Status.INTERCEPTING:
        return _intercepting(case, role) % {**words, "amount": _words(case)["decided"]}
    if role == Role.BUYER and case.status in _ASKED:
        return str(_ASKED[Status(case.status)]) % words
    if case.awaiting == role:
        return _("If you do nothing by %(when)s, %(outcome)s.") % words
    if case.awaiting == Role.BOTH:
        return _("Buyer and seller can add evidence until %(when)s; then %(outcome)s.") % words
    return _("If %(who)s does nothing by %(when)s, %(outcome)s.") % {**words, "who": _WHO[Role(case.awaiting)]}


def _being_checked(case: Dispute) -> str:
    if case.terms and case.terms.get("advance_above"):
        return _(
            "The seller did not act in time, so the platform pays first: %(terms)s. Two people check it by %(when)s "
            "at the latest. If it takes longer, %(outcome)s."
        )
    return _("Being checked, at the latest by %(when)s: %(terms)s is a large amount. If it takes longer, %(outcome)s.")


def _intercepting(case: Dispute, role: Role | None) -> str:
    if case.awaiting != Role.MERCHANT:
        return _(
            "The carrier was asked to stop the parcel. As soon as it has, %(amount)s is refunded. "
            "If nothing is heard by %(when)s, %(outcome)s."
        )
    if role == Role.MERCHANT:
        return _("Ask the carrier to stop the parcel and say so here. If you do nothing by %(when)s, %(outcome)s.")
    return _(
        "The seller asks the carrier to stop the parcel; then %(amount)s is refunded. "
        "If the seller does nothing by %(when)s, %(outcome)s."
    )


def _words(case: Dispute) -> dict[str, str]:
    cash = case.max_amount if case.wants in FULL else case.wants_amount
    terms = case.terms or {}
    decided = Terms.parse(terms).money if terms else cash
    return {
        "request": _remedy(case, case.wants, cash),
        "most": say_money(case.max_amount, case.currency),
        "decided": say_money(decided, case.currency),
        "terms": _remedy(case, terms["kind"], decided) if terms else _("no remedy"),
        "finding": _finding(terms.get("kind", ""), decided, case),
    }


def _remedy(case: Dispute, kind: str, cash: Decimal) -> str:
    label = str(RemedyKind(kind).label)
    if not cash:
        return label
    return _("%(remedy)s, %(amount)s") % {"remedy": label, "amount": say_money(cash, case.currency)}


def _finding(kind: str, owed: Decimal, case: Dispute) -> str:
    """What came of a seller's claim; nothing where it was dismissed."""
    return _remedy(case, kind, owed) if kind not in {"", RemedyKind.DISMISS} else _("the claim was not found right")


def settled_by(case: Dispute) -> str:
    """Say how the case was decided."""
    return str(Outcome(case.outcome).label) if case.outcome else ""
