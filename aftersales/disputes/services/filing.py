"""Opening a case: checks, hold on the pieces, the merchant's plan, the clock, all in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.disputes import clocks
from aftersales.disputes.amounts import beyond_of, most_of
from aftersales.disputes.codes import Outcome, Role, Status
from aftersales.disputes.eligibility import (
    Claim,
    already_disputed,
    check_claim,
    check_wish,
    type_rule,
)
from aftersales.disputes.errors import NotAllowed, RuleBroken
from aftersales.disputes.known import instant_on_its_way, known_parties
from aftersales.disputes.limits import MARK, reserve
from aftersales.disputes.models import Dispute, DisputeLine, Offer
from aftersales.disputes.models.case import new_number
from aftersales.disputes.repricing import repriced_step
from aftersales.disputes.services.plan_offers import Rung, rung_of
from aftersales.disputes.terms import Terms, shares_of
from aftersales.disputes.transitions import Batch
from aftersales.disputes.why import filing_steps, instant_steps
from aftersales.disputes.workflow import CLOCKS
from aftersales.orders.models import Order, OrderLine, OrderStage
from aftersales.orders.services import LineHeld, hold_lines
from aftersales.policies.codes import FULL, DisputeType
from aftersales.policies.questions import WrongAnswer, read_answers
from aftersales.policies.trace import Step
from merchants.coupons.budgets import day_of
from merchants.experiments.assignment import assign
from merchants.plans.services import Match, match
from merchants.promises.services import Standing, standing
from portal.accounts.models import Duty
from portal.money import ZERO, plain
from portal.rows import attach

if TYPE_CHECKING:
    from portal.accounts.models import User

STATEMENT_LENGTH = 2000


def open_dispute(
    *,
    order: Order,
    actor: "User",
    now: datetime,
    lines: Sequence[tuple[str, int]],
    type: str,
    reason: str,
    wants: str,
    amount: Decimal | None = None,
    statement: str = "",
    answers: Mapping[str, Any] | None = None,
) -> Dispute:
    """File a case about pieces of an order, given as (line reference, quantity); amounts in the order's currency.

    `answers` to the questions of the type (policies.questions), all of them optional here.

    A matching plan's offers are on the case when this returns; a small unshipped order is refunded at once (domain:
    merchant, unshipped refund).
    Raises NotAllowed for anybody but the buyer or the marketplace's system, RuleBroken with what to do instead.
    """
    role = _filing_role(order, actor)
    claims = _claims(order, lines)
    known = known_parties(order)
    stands = standing([order], now=now, along=known.sql, values=known.values)
    tier, band = stands.along
    rules = [stands.rules(order, claim.line.category) for claim in claims]
    rule = type_rule(type)
    if reason not in rule.reasons:
        raise RuleBroken("reason_mismatch", _("This reason does not belong to this kind of case."), "reason")
    if len(statement) > STATEMENT_LENGTH:
        raise RuleBroken(
            "statement_long", _("At most %(count)s characters, please.") % {"count": STATEMENT_LENGTH}, "statement"
        )
    answered = _answers(type, answers or {}, now, order.currency)
    for claim, own in zip(claims, rules, strict=True):
        check_claim(claim, type, rules=own, now=now)
    most = most_of(order, claims, rules, type=type, answers=answered)
    if not most.total and most.priced.change < 0:
        raise most.priced.nothing_left()
    case = _new_case(order, stands, now, claims, most.total)
    beyond = beyond_of(claims, case.rules, order.currency, type=type, reason=reason, answers=answered)
    case.max_compensation = beyond.amount if beyond else ZERO
    case.working = {
        "most": [row.dump(order.currency) for row in most.rows],
        "beyond": [row.dump(order.currency) for row in beyond.rows] if beyond else [],
    }
    wish = check_wish(wants, amount, code=type, bounds=case.bounds, currency=order.currency)
    case.type, case.reason, case.statement, case.wants, case.wants_amount = type, reason, statement, wants, wish
    case.answers = answered
    case.buyer_tier, case.merchant_band = tier, band
    with transaction.atomic():
        _hold(claims)
        found, rung = _answer(case, claims, now)
        case.plan_version, case.plan_trace = found.version, found.trace
        case.scene = {**(case.scene or {}), "stopped": found.missing}
        batch = Batch(now=now)
        claimed = _lines(case, claims, most.priced.amounts, stands)
        claimed[0].restored = most.priced.restored
        offers = [_request(case, now), *(rung.offers if rung else [])]
        batch.create(case, lines=claimed, offers=offers)
        instant, private = _refund_at_once(case, order, now)
        case.buyer_trace = [private.dump()] if private else []
        if instant_scene(case):
            rung = None
        why = filing_steps(case, list(zip(claims, rules, strict=True)), rule, planned=rung is not None)
        why += [step.dump() for step in repriced_step(order.currency, most.priced, rules[0])]
        why += [beyond.why.dump()] if beyond else []
        why += [instant.dump()] if instant else []
        _start(batch, case, role, actor, rung, why)
        if instant is not None and instant.code == "instant_refund":
            batch.settle(
                case,
                "refund_at_once",
                role=Role.SYSTEM,
                actor_id=None,
                terms=Terms.of_request(case),
                outcome=Outcome.INSTANT,
                rule="instant_refund",
            )
        batch.flush()
    # Whoever shows the new case need not read again what was just written.
    attach(case, lines=claimed, offers=offers)
    return case


def _answers(type: str, given: Mapping[str, Any], now: datetime, currency: str) -> dict[str, str]:
    try:
        return read_answers(type, given, today=timezone.localdate(now), currency=currency)
    except WrongAnswer as wrong:
        raise RuleBroken("wrong_answer", str(wrong), wrong.name) from wrong


def _filing_role(order: Order, actor: "User") -> Role:
    if order.buyer_id == actor.pk:
        return Role.BUYER
    if actor.duty in {Duty.MARKETPLACE, Duty.PLATFORM}:
        return Role.MARKETPLACE
    raise NotAllowed(_("Only the buyer can open a case about an order."))


def _claims(order: Order, lines: Sequence[tuple[str, int]]) -> list[Claim]:
    by_ref = {line.line_ref: line for line in order.lines.all()}
    if not lines or len({ref for ref, _q in lines}) != len(lines):
        raise RuleBroken("lines", _("Name each item of the case once."), "lines")
    unknown = [ref for ref, _q in lines if ref not in by_ref]
    if unknown:
        raise RuleBroken(
            "unknown_line",
            _("Order %(order)s has no line %(line)s.") % {"order": order.number, "line": unknown[0]},
            "lines",
        )
    return [Claim(by_ref[ref], quantity) for ref, quantity in lines]


def _new_case(order: Order, stands: Standing, now: datetime, claims: list[Claim], most: Decimal) -> Dispute:
    layers = stands.case_layers(order, [claim.line.category for claim in claims])
    return Dispute(
        number=new_number(),
        order=order,
        merchant_id=order.merchant_id,
        buyer_id=order.buyer_id,
        order_stage=_stage([c.line for c in claims]),
        currency=order.currency,
        max_amount=most,
        policy_id=layers.base,
        category_policy_id=layers.category,
        promise_id=layers.promise,
        status=Status.AWAITING_MERCHANT,
        opened_at=now,
        updated_at=now,
    )


def _lines(case: Dispute, claims: list[Claim], amounts: list[Decimal], stands: Standing) -> list[DisputeLine]:
    return [
        DisputeLine(
            dispute=case,
            order_line=claim.line,
            quantity=claim.quantity,
            max_amount=amount,
            category_policy_id=stands.layers(case.order, claim.line.category).category,
        )
        for claim, amount in zip(claims, amounts, strict=True)
    ]


def _stage(lines: list[OrderLine]) -> OrderStage:
    """Several lines stand where the furthest one stands: goods that have arrived can be sent back."""
    stages = {line.stage for line in lines}
    for stage in (OrderStage.RECEIVED, OrderStage.IN_TRANSIT):
        if stage in stages:
            return stage
    return OrderStage.UNSHIPPED


def _hold(claims: list[Claim]) -> None:
    try:
        hold_lines([(c.line.pk, c.quantity) for c in claims])
    except LineHeld as held:
        raise already_disputed() from held


def _answer(case: Dispute, claims: list[Claim], now: datetime) -> tuple[Match, Rung | None]:
    """Let the plan answer that fits best and whose limits have room; of those used up the trace says so."""
    used_up: list[dict[str, Any]] = []
    while True:
        found = _in_arm(case, _match(case, claims, now, without=[step["plan"] for step in used_up]), now)
        rung = rung_of(case, found.version, found.options, now) if found.version else None
        found.trace.extend(used_up)
        if rung is None or instant_scene(case):
            return found, rung
        answer = reserve(case, rung.version.plan_id, [*rung.offers, *rung.later], now=now)
        if not answer.limit:
            if answer.taken:
                found.trace[0] = {**found.trace[0], MARK: answer.taken}
            return found, rung
        case.arm_id = None
        used_up.insert(0, {**found.trace[0], "fits": False, "failed": ["limit"], "limit": answer.limit})


def _match(case: Dispute, claims: list[Claim], now: datetime, *, without: Sequence[int] = ()) -> Match:
    arrived = [c.line.arrived_at for c in claims if c.line.arrived_at]
    categories, days = sorted({c.line.category for c in claims}), (now - max(arrived)).days if arrived else None
    case.scene = {"categories": categories, "days": days, "without": list(without)}
    return match(
        merchant_id=case.merchant_id,
        type=case.type,
        reason=case.reason,
        stage=case.order_stage,
        categories=categories,
        value=case.max_amount,
        currency=case.currency,
        days=days,
        today=day_of(now),
        without=without,
    )


def _in_arm(case: Dispute, found: Match, now: datetime) -> Match:
    """Where the plan is being tried, let the buyer's arm answer instead of the live version."""
    if found.version is None:
        return found
    assigned = assign(plan_id=found.version.plan_id, buyer_id=case.buyer_id, now=now)
    if assigned is None:
        return found
    case.arm_id = assigned.arm_id
    return found.instead(assigned.version_id, arm=assigned.arm_id)


def _request(case: Dispute, now: datetime) -> Offer:
    """What the buyer asks for: it stands on record beside what a plan offers."""
    cash, beyond = shares_of(case, case.wants, case.wants_amount)
    return Offer(
        dispute=case,
        by_role=Role.BUYER,
        author_id=case.buyer_id,
        kind=case.wants,
        cash=cash,
        compensation=beyond,
        made_at=now,
    )


def _start(
    batch: Batch,
    case: Dispute,
    role: Role,
    actor: "User",
    rung: Rung | None,
    why: list[dict[str, Any]],
) -> None:
    rules = case.rules
    waiting = clocks.merchant_clock(case, rules)
    data: dict[str, Any] = {
        "wants": case.wants,
        "amount": plain(case.wants_amount, case.currency),
        "currency": case.currency,
        "why": why,
    }
    who: dict[str, Any] = {"role": role, "actor_id": actor.pk}
    if rung is not None:
        case.held_seconds = int(rules.timer(CLOCKS[waiting].timer).total_seconds())
        lasts = rung.lasts(batch.now)
        batch.move(
            case, "open", to=Status.AWAITING_BUYER, clock=rung.clock, lasts=lasts, data={**data, **rung.data}, **who
        )
    else:
        batch.move(case, "open", to=Status.AWAITING_MERCHANT, clock=waiting, data=data, **who)


def instant_scene(case: Dispute) -> bool:
    """Whether a refund at once is possible at all: nothing was sent, and all of it is asked back."""
    return (
        case.type == DisputeType.NOT_SHIPPED_CANCEL and case.order_stage == OrderStage.UNSHIPPED and case.wants in FULL
    )


def _refund_at_once(case: Dispute, order: Order, now: datetime) -> tuple[Step | None, Step | None]:
    """Decide whether money goes back in seconds: unshipped, small, just paid, within the buyer's quota."""
    if not instant_scene(case):
        return None, None
    on_its_way = instant_on_its_way(order)
    return instant_steps(case, case.rules, paid_at=order.paid_at, on_its_way=on_its_way, now=now)
