"""Deciding cases: take, rule, execute, appeal, decide the appeal by somebody else."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from aftersales.advances.appeals import hold as hold_advances
from aftersales.arbitration.models import Appeal, AppealGround, AppealResult, Ruling, last_ruling
from aftersales.arbitration.money import Effect, correct_merchant, effect_of, effect_on_appeal, rest_of
from aftersales.disputes.codes import Outcome, Role, Status
from aftersales.disputes.eligibility import already_disputed
from aftersales.disputes.errors import NotAllowed, RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.recovery import book_recovery
from aftersales.disputes.services import intervention
from aftersales.disputes.services.negotiation import proposable
from aftersales.disputes.terms import Terms
from aftersales.disputes.transitions import Acting, acting
from aftersales.orders.services import LineHeld
from aftersales.policies.codes import OF_SOME_TYPES, WITH_CASH, WITH_RETURN, DisputeType, RemedyKind
from aftersales.remedies.models import Payer
from aftersales.remedies.services import goods_sent, open_remedies, take_back_coupons
from aftersales.returns.models import ReturnShipment
from portal.money import ZERO, is_exact

if TYPE_CHECKING:
    from portal.accounts.models import User

RULABLE = (
    RemedyKind.DISMISS,
    RemedyKind.PARTIAL_REFUND,
    RemedyKind.FULL_REFUND,
    RemedyKind.RETURN_REFUND,
    RemedyKind.REPLACE_RETURN,
    RemedyKind.REPLACE,
    RemedyKind.RESEND,
    RemedyKind.REPAIR,
)


# What a case that a seller opened can end with: the claim is found right, in part or whole, or it is not.
RULABLE_CLAIMS = {
    DisputeType.RETURNED_GOODS: (RemedyKind.DISMISS, RemedyKind.RECOVERY),
    DisputeType.BUYER_ABUSE: (RemedyKind.DISMISS, RemedyKind.FINDING),
}
RULABLE_KINDS = (*RULABLE, *sorted(OF_SOME_TYPES), RemedyKind.RECOVERY, RemedyKind.FINDING)
_WITH_AMOUNT = WITH_CASH | {RemedyKind.RECOVERY}


def rulable(case: Dispute) -> tuple[RemedyKind, ...]:
    """List what can be ruled in a case."""
    if case.is_claim:
        return RULABLE_CLAIMS[DisputeType(case.type)]
    return (*RULABLE, *(kind for kind in proposable(case) if kind in OF_SOME_TYPES))


@dataclass(frozen=True, slots=True)
class Decision:
    """What an arbitrator decides, with its reasons; amounts by order line in the case's currency."""

    kind: str
    by_line: tuple[tuple[int, Decimal], ...]
    merchant_fault: int
    facts: str
    evidence: str
    rule: str
    payer: str = Payer.MERCHANT
    compensation: Decimal = ZERO  # beyond what was paid
    language: str = "zh-hans"

    @property
    def cash(self) -> Decimal:
        """The refund in all."""
        return sum((amount for _line, amount in self.by_line), ZERO)

    @property
    def money(self) -> Decimal:
        """Refund and compensation."""
        return self.cash + self.compensation


def take(*, dispute: Dispute, actor: "User", now: datetime, expected_version: int | None = None) -> Dispute:
    """Take a case to decide it. Raises NotAllowed for an appeal against one's own decision."""
    _not_own(dispute, actor)
    return intervention.take(dispute=dispute, actor=actor, now=now, expected_version=expected_version)


def take_next(*, actor: "User", now: datetime) -> Dispute | None:
    """Take the most urgent case that the actor may decide; two people pressing at once get two cases."""
    with transaction.atomic():
        case = waiting_for(actor).select_for_update(skip_locked=True, of=("self",)).first()
        return take(dispute=case, actor=actor, now=now) if case else None


def waiting_for(actor: "User") -> QuerySet[Dispute]:
    """Return the unassigned cases that somebody may decide, most urgent first; never one's own as a party."""
    ruling = Q(status__in=[Status.AWAITING_RULING, Status.ESCALATED, Status.COLLECTING_EVIDENCE])
    own = Ruling.objects.filter(by=actor, appeal__isnull=False, appeal__decided_at=None)
    appeals = Q(status=Status.APPEALED) & ~Q(rulings__in=own)
    wanted = ruling | appeals if actor.duty == "senior" else ruling & ~Q(awaiting=Role.SENIOR)
    return (
        Dispute.objects.filter(wanted, arbitrator=None)
        .exclude(buyer=actor)
        .exclude(merchant__in=actor.memberships.values("merchant"))
        .order_by("due_at", "id")
    )


def check_decision(case: Dispute, decision: Decision) -> Terms:
    """Hold a decision against the case and return its terms. Raises RuleBroken naming the field."""
    if decision.kind not in rulable(case):
        raise RuleBroken("kind", _("Choose an outcome."), "kind")
    for name in ("facts", "evidence", "rule"):
        if not getattr(decision, name).strip():
            raise RuleBroken("reasons_missing", _("A decision gives its reasons: fill in every part."), name)
    if not 0 <= decision.merchant_fault <= 100:
        raise RuleBroken("fault", _("A share lies between 0 and 100."), "merchant_fault")
    own = {line.order_line_id: line.max_amount for line in case.lines.all()}
    # With what of lost discounts comes back; that is booked on the lines that it was taken from.
    most = {line.order_line_id: line.max_amount + line.restored for line in case.lines.all()}
    for line, amount in decision.by_line:
        if line not in most or amount < 0 or amount > most[line] or not is_exact(amount, case.currency):
            raise RuleBroken("amount", _("An amount lies above what was paid for its item."), "by_line")
    _check_compensation(case, decision)
    if decision.kind in _WITH_AMOUNT and not decision.money:
        raise RuleBroken("amount_missing", _("Say how much is refunded."), "by_line")
    if decision.kind not in _WITH_AMOUNT and decision.cash:
        raise RuleBroken("amount_unexpected", _("This outcome has no refund."), "by_line")
    if decision.cash > case.max_amount:
        raise RuleBroken("above_maximum", _("Together the amounts exceed what can be refunded."), "by_line")
    exact = all(amount <= own[line] for line, amount in decision.by_line)
    return Terms(
        kind=decision.kind,
        cash=decision.cash,
        compensation=decision.compensation,
        payer=decision.payer,
        by_line=tuple((line, amount) for line, amount in decision.by_line if amount) if exact else (),
        returned=decision.kind in WITH_RETURN and _goods_are_back(case),
    )


def _check_compensation(case: Dispute, decision: Decision) -> None:
    """Hold what is given beyond the refund against what the rules worked out at filing. Raises RuleBroken."""
    given = decision.compensation
    if given and decision.kind not in {RemedyKind.COMPENSATION, RemedyKind.FREIGHT}:
        raise RuleBroken("compensation", _("This outcome has no compensation."), "compensation")
    if given < 0 or given > case.max_compensation or not is_exact(given, case.currency):
        raise RuleBroken("compensation", _("This lies above what the rules give beyond the refund."), "compensation")
    if decision.kind == RemedyKind.COMPENSATION and not given:
        raise RuleBroken("compensation", _("Say how much is given beyond the refund."), "compensation")


def rule(
    *, dispute: Dispute, actor: "User", now: datetime, decision: Decision, expected_version: int | None = None
) -> Dispute:
    """Decide a case after the evidence is closed; both sides can appeal. The merchant carries it out or we do."""
    with acting(dispute, "rule", actor=actor, now=now, expected_version=expected_version) as act:
        case = act.case
        terms = replace(check_decision(case, decision), decided_as=act.role)
        _record(act, decision, level=1, effect=effect_of(case, terms))
        case.terms, case.outcome = terms.dump(case.currency), Outcome.RULING
        data = {"terms": case.terms, "fault": decision.merchant_fault}
        if case.is_claim:
            act.move("rule", to=Status.CLOSED, data=data)
            book_recovery(case, terms.cash, now=now)
        elif terms.empty:
            act.move("rule", to=Status.CLOSED, data=data)
        else:
            act.move("rule", to=Status.RULED, clock="execute_ruling", data=data)
    return case


def execute(*, dispute: Dispute, actor: "User", now: datetime, expected_version: int | None = None) -> Dispute:
    """Carry a ruling out as the merchant, before the platform does."""
    with acting(dispute, "execute", actor=actor, now=now, expected_version=expected_version) as act:
        act.batch.carry_out(act.case, "execute", role=act.role, actor_id=actor.pk)
    return act.case


def appeal(
    *,
    dispute: Dispute,
    actor: "User",
    now: datetime,
    ground: str,
    text: str,
    expected_version: int | None = None,
) -> Dispute:
    """Appeal once, with a ground and words; a senior arbitrator who did not rule decides. Raises RuleBroken."""
    if ground not in AppealGround.values:
        raise RuleBroken("ground", _("Choose on what the appeal rests."), "ground")
    if not text.strip():
        raise RuleBroken("text_missing", _("Say what is wrong with the decision."), "text")
    try:
        with acting(dispute, "appeal", actor=actor, now=now, expected_version=expected_version) as act:
            case = act.case
            Appeal.objects.create(
                ruling=last_ruling(case),
                by_role=act.role,
                by=actor,
                ground=ground,
                text=text.strip(),
                made_at=now,
            )
            case.appeal_until, case.arbitrator_id = None, None
            data = {"ground": ground, "statement": text.strip()}
            act.move("appeal", to=Status.APPEALED, clock="appeal_decided", data=data)
    except LineHeld as held:
        raise already_disputed() from held
    return case


def decide_appeal(
    *,
    dispute: Dispute,
    actor: "User",
    now: datetime,
    result: str,
    decision: Decision,
    expected_version: int | None = None,
) -> Dispute:
    """Decide an appeal for good. What is owed now beyond what was granted is granted; what was granted too much
    stays with the buyer and is made good to the merchant by the platform's fund.

    Raises NotAllowed for whoever made the first decision, RuleBroken for a result that does not fit.
    """
    if result not in AppealResult.values:
        raise RuleBroken("result", _("Choose what becomes of the first decision."), "result")
    _not_own(dispute, actor)
    with acting(dispute, "decide_appeal", actor=actor, now=now, expected_version=expected_version) as act:
        case = act.case
        first = last_ruling(case)
        if result == AppealResult.UPHELD and (decision.kind, decision.cash, decision.compensation) != (
            first.kind,
            first.cash,
            first.compensation,
        ):
            raise RuleBroken("not_upheld", _("Upheld means the same outcome and amounts."), "result")
        terms = check_decision(case, decision)
        hold_advances(case.number)  # what is computed, recorded and done is the same
        _record(act, decision, level=2, effect=effect_on_appeal(case, terms))
        Appeal.objects.filter(ruling=first).update(result=result, decided_at=now)
        _carry_out_appeal(act, terms, result)
    return case


def _carry_out_appeal(act: Acting, terms: Terms, result: str) -> None:
    case = act.case
    if case.is_claim:
        before = last_ruling(case).cash
        case.terms, case.outcome = terms.dump(case.currency), Outcome.APPEAL
        act.move("decide_appeal", to=Status.CLOSED, data={"terms": case.terms, "result": result})
        book_recovery(case, terms.cash - before, now=act.batch.now)
        return
    left = rest_of(case, terms)
    correct_merchant(case, terms, now=act.batch.now)
    if result == AppealResult.OVERTURNED:
        take_back_coupons(case=case.number, bearer=terms.payer, now=act.batch.now)
    sent = bool(terms.goods) and terms.goods == goods_sent(case.number)  # carried out before the appeal
    if not left.money and (sent or not terms.goods):
        case.terms, case.outcome = terms.dump(case.currency), Outcome.APPEAL
        data = {"terms": case.terms, "result": result}
        if sent and open_remedies(case.number):
            act.move("decide_appeal", to=Status.GOODS_SENT, clock="buyer_goods", data=data)
        else:
            act.move("decide_appeal", to=Status.CLOSED, data=data)
        return
    act.batch.settle(
        case,
        "decide_appeal",
        role=act.role,
        actor_id=act.actor.pk,
        terms=left,
        outcome=Outcome.APPEAL,
        result=result,
    )


def _record(act: Acting, decision: Decision, *, level: int, effect: Effect) -> Ruling:
    case, now = act.case, act.batch.now
    until = now + case.rules.timer("appeal")
    case.appeal_until = until if level == 1 else None
    before = case.rulings.aggregate(last=Max("round", default=0))["last"]
    return Ruling.objects.create(
        dispute=case,
        round=before + 1 if level == 1 else before,
        level=level,
        by=act.actor,
        kind=decision.kind,
        payer=decision.payer,
        cash=decision.cash,
        compensation=decision.compensation,
        lines=[{"line": line, "amount": str(amount)} for line, amount in decision.by_line],
        merchant_fault=decision.merchant_fault,
        facts=decision.facts.strip(),
        evidence=decision.evidence.strip(),
        rule=decision.rule.strip(),
        language=decision.language,
        money=effect.dump(),
        ruled_at=now,
        appeal_until=until if level == 1 else now,
    )


def _not_own(case: Dispute, actor: "User") -> None:
    if case.status == Status.APPEALED and last_ruling(case).by_id == actor.pk:
        raise NotAllowed(_("Somebody else decides on an appeal against your decision."))


def _goods_are_back(case: Dispute) -> bool:
    return ReturnShipment.objects.filter(case=case.number, received_at__isnull=False).exists()
