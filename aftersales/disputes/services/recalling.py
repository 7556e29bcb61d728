"""Safety recalls, case by case: opened for whoever bought the goods; the buyer chooses, and silence keeps it open.

Which goods are recalled, and who has got a case, is the recalls room's affair (aftersales.recalls).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from aftersales.disputes import clocks
from aftersales.disputes.codes import Outcome, Role, Status
from aftersales.disputes.eligibility import already_disputed
from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.models import Dispute, DisputeLine
from aftersales.disputes.models.case import new_number
from aftersales.disputes.terms import Terms
from aftersales.disputes.transitions import Batch, acting
from aftersales.orders.models import OrderLine, OrderStage
from aftersales.orders.services import LineHeld
from aftersales.policies.codes import FULL, DisputeType, Reason, RemedyKind
from aftersales.policies.trace import Step
from merchants.promises.services import Standing, standing
from portal.money import ZERO

if TYPE_CHECKING:
    from portal.accounts.models import User

# What can be chosen, by whether the goods come back (at the seller's cost) or are kept or destroyed.
BACK = (RemedyKind.RETURN_REFUND, RemedyKind.REPLACE_RETURN)
KEPT = (RemedyKind.FULL_REFUND, RemedyKind.REPLACE)
RECALL_KINDS = (*BACK, *KEPT)


def choices_of(case: Dispute) -> tuple[RemedyKind, ...]:
    """List what the buyer of recalled goods can choose."""
    if case.order_stage == OrderStage.UNSHIPPED:
        return (RemedyKind.FULL_REFUND,)  # there is nothing to send back, and nothing safe to send
    return BACK if case.wants == RemedyKind.RETURN_REFUND else KEPT


def open_recall_cases(
    *, lines: Sequence[OrderLine], actor: "User", now: datetime, statement: str, goods_back: bool
) -> list[Dispute]:
    """Open a case for each line, with its order loaded, in a fixed number of statements; pieces are not held.

    `goods_back`: the goods are sent back, at the seller's cost; else they are kept or destroyed.
    """
    if not lines:
        return []
    stands = standing(list({line.order_id: line.order for line in lines}.values()), now=now)
    batch, cases = Batch(now=now), []
    for line in lines:
        case = _new_case(line, stands, now, goods_back=goods_back)
        case.statement = statement
        row = DisputeLine(dispute=case, order_line=line, quantity=line.quantity, max_amount=case.max_amount)
        batch.create(case, lines=[row], offers=[])
        clock, lasts = recall_clock(case, now)
        data = {"why": [_step(case).dump()]}
        batch.move(
            case,
            "open_recall",
            role=Role.PLATFORM,
            actor_id=actor.pk,
            to=Status.RECALLED,
            clock=clock,
            lasts=lasts,
            data=data,
        )
        cases.append(case)
    batch.flush()
    return cases


def choose_remedy(
    *, dispute: Dispute, actor: "User", now: datetime, kind: str, expected_version: int | None = None
) -> Dispute:
    """Choose as the buyer what the recalled goods are made good by; carried out at once, or after their return.

    Raises RuleBroken for what cannot be chosen, where nothing is left to refund, and while another case is open about
    the same pieces.
    """
    try:
        with acting(dispute, "choose_remedy", actor=actor, now=now, expected_version=expected_version) as act:
            case = act.case
            if kind not in choices_of(case):
                raise RuleBroken("remedy_not_allowed", _("This cannot be chosen in this recall."), "kind")
            act.batch.settle(
                case,
                "choose_remedy",
                role=act.role,
                actor_id=actor.pk,
                terms=Terms(kind=kind, cash=_left(case) if kind in FULL else ZERO),
                outcome=Outcome.RECALL,
            )
    except LineHeld as held:
        raise already_disputed() from held
    return case


def recall_clock(case: Dispute, now: datetime) -> tuple[str, timedelta]:
    """Return the clock of a recall that waits: to the next reminder, and in the end to the end of the right."""
    interval, left = case.rules.timer("recall_reminder"), case.rules.until("recall", case.opened_at) - now
    if left < 2 * interval:
        return "buyer_recall_last", max(left, clocks.SHORTEST)
    return "buyer_recall", interval


def _left(case: Dispute) -> Decimal:
    """What was paid and not given back meanwhile by another case."""
    row = case.lines.select_related("order_line").get()
    left = min(row.max_amount, row.order_line.refundable_amount)
    if left <= 0:
        raise RuleBroken("nothing_left", _("Everything paid for this has already been given back."), "kind")
    return left


def _new_case(line: OrderLine, stands: Standing, now: datetime, *, goods_back: bool) -> Dispute:
    order = line.order
    layers = stands.layers(order, line.category)
    return Dispute(
        number=new_number(),
        order=order,
        merchant_id=order.merchant_id,
        buyer_id=order.buyer_id,
        type=DisputeType.SAFETY_RECALL,
        reason=Reason.RECALLED,
        order_stage=line.stage,
        currency=order.currency,
        max_amount=line.refundable_amount,
        wants=RemedyKind.RETURN_REFUND if goods_back else RemedyKind.FULL_REFUND,
        wants_amount=line.refundable_amount,
        policy_id=layers.base,
        category_policy_id=layers.category,
        promise_id=layers.promise,
        status=Status.RECALLED,
        opened_at=now,
        updated_at=now,
    )


def _step(case: Dispute) -> Step:
    rules = case.rules
    until = rules.until("recall", case.opened_at)
    return Step.of("recall_open", rules, "windows.recall", until_at=until, window_span=rules.windows["recall"])
