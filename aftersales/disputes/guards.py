"""What the table alone cannot say of an action: its time, its once, its assignment. Pure: no queries."""

from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext as _

from aftersales.disputes.codes import DECIDED_BY_PLATFORM, Outcome, Role, Status
from aftersales.disputes.errors import NotAllowed, RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.terms import Terms
from aftersales.disputes.workflow import ACTIONS
from aftersales.orders.models import OrderStage
from aftersales.policies.codes import FULL, RemedyKind
from portal.ui.times import say_instant

Guard = Callable[[Dispute, Role, datetime], None]


def check_guard(case: Dispute, action: str, *, role: Role, actor_id: int | None, now: datetime) -> None:
    """Raise RuleBroken (or NotAllowed) where the action's time has not come, is over, or is somebody else's."""
    if ACTIONS[action].assigned and case.arbitrator_id != actor_id:
        raise NotAllowed(_("Take the case first: only the arbitrator who holds it can do this."))
    if guard := GUARDS.get(action):
        guard(case, role, now)


def _escalate(case: Dispute, role: Role, now: datetime) -> None:
    rules = case.rules
    if case.status in {Status.AWAITING_BUYER, Status.AWAITING_MERCHANT}:
        earliest = case.opened_at + rules.timer("earliest_escalation")
        if now < earliest:
            raise RuleBroken(
                "too_early",
                _("You can ask the platform from %(when)s on, or as soon as the seller refuses.")
                % {"when": say_instant(earliest)},
            )
    if case.status == Status.AWAITING_RETURN_SHIPMENT and case.outcome != Outcome.SILENCE:
        raise RuleBroken("agreed", _("A return was agreed. Send it back, or withdraw the case."))
    if case.status == Status.LAPSED:
        _reopen(case, role, now)


def _reopen(case: Dispute, role: Role, now: datetime) -> None:
    if case.reopened:
        raise RuleBroken("reopened_before", _("A case can be taken up again once only."))
    assert case.closed_at is not None  # noqa: S101 - cases at their end have one
    last = case.closed_at + case.rules.timer("reopen")
    if now > last:
        raise RuleBroken("too_late", _("This could be re-opened until %(when)s.") % {"when": say_instant(last)})


def _report_goods(case: Dispute, role: Role, now: datetime) -> None:
    if not owes_goods(case):
        raise RuleBroken("no_goods", _("No goods were sent in this case."))
    if case.status != Status.GOODS_SENT:
        _reopen(case, role, now)


def owes_goods(case: Dispute) -> bool:
    """Tell whether it was decided that goods are sent: a replacement, what was missing, a repair."""
    return case.terms is not None and bool(Terms.parse(case.terms).goods)


def _fail_repair(case: Dispute, role: Role, now: datetime) -> None:
    if not owes_repair(case):
        raise RuleBroken("no_repair", _("No repair is owed in this case."))


def owes_repair(case: Dispute) -> bool:
    """Tell whether it was decided that the goods are repaired."""
    return case.terms is not None and Terms.parse(case.terms).kind == RemedyKind.REPAIR


def _recall_parcel(case: Dispute, role: Role, now: datetime) -> None:
    if not can_recall(case):
        raise RuleBroken("nothing_to_stop", _("Only a parcel on its way that is to be refunded can be stopped."))


def can_recall(case: Dispute) -> bool:
    """Tell whether the seller can have the parcel stopped: it was on its way, and the buyer wants all money back."""
    return case.order_stage == OrderStage.IN_TRANSIT and case.wants in FULL


def _ask_carrier(case: Dispute, role: Role, now: datetime) -> None:
    if case.awaiting != Role.MERCHANT:
        raise RuleBroken("asked_before", _("The carrier has been asked already."))


def _appeal(case: Dispute, role: Role, now: datetime) -> None:
    if case.appeal_until is None:
        raise RuleBroken("no_appeal", _("There is no decision that can be appealed."))
    if now > case.appeal_until:
        raise RuleBroken(
            "too_late", _("An appeal was possible until %(when)s.") % {"when": say_instant(case.appeal_until)}
        )


def _refuse_hold(case: Dispute, role: Role, now: datetime) -> None:
    if case.outcome in DECIDED_BY_PLATFORM:
        raise RuleBroken("decided", _("A decision of the platform is not undone here; both sides had their appeal."))


def _finish(case: Dispute, role: Role, now: datetime) -> None:
    if case.evidence_done_by == role:
        raise RuleBroken("already_said", _("You have already said that you have nothing to add."))
    if case.awaiting not in {Role.BOTH, role}:
        raise RuleBroken("not_your_turn", _("The other side has been asked for evidence."))


def _senior_only(case: Dispute, role: Role, now: datetime) -> None:
    appeals = case.status == Status.APPEALED
    if role == Role.ARBITRATOR and (appeals or case.awaiting == Role.SENIOR):
        raise NotAllowed(_("A senior arbitrator decides this."))
    if case.arbitrator_id is not None and not appeals and role != Role.SENIOR:
        raise RuleBroken("taken", _("Somebody else has taken this case."))


GUARDS: dict[str, Guard] = {
    "escalate": _escalate,
    "reopen": _reopen,
    "report_goods": _report_goods,
    "fail_repair": _fail_repair,
    "recall_parcel": _recall_parcel,
    "ask_carrier": _ask_carrier,
    "appeal": _appeal,
    "finish_evidence": _finish,
    "take": _senior_only,
    "refuse_hold": _refuse_hold,
}
