"""Cases that a seller opens: returned goods that are not what was sent, and suspected abuse.

The buyer answers first; silence passes the case to the platform and proves nothing. What the buyer agrees to, or a
ruling finds, is booked at the end (disputes.recovery). No claim bars a case of the buyer over the same goods.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from aftersales.disputes.codes import Outcome, Role, Status
from aftersales.disputes.errors import NotAllowed, RuleBroken
from aftersales.disputes.models import Dispute, DisputeLine
from aftersales.disputes.models.case import new_number
from aftersales.disputes.recovery import book_recovery
from aftersales.disputes.services.claimable import Claimable, claimable
from aftersales.disputes.services.leaving import serve
from aftersales.disputes.terms import Terms
from aftersales.disputes.transitions import Batch, acting
from aftersales.disputes.why import claim_steps
from aftersales.orders.models import Order, OrderStage
from aftersales.policies.claims import CLAIMS
from aftersales.policies.codes import RemedyKind
from merchants.members import memberships_of
from merchants.promises.services import standing
from portal.money import ZERO, is_exact, plain
from portal.rows import attach
from portal.ui.amounts import say_money

if TYPE_CHECKING:
    from portal.accounts.models import User

STATEMENT_LENGTH = 2000


def open_claim(
    *,
    order: Order,
    actor: "User",
    now: datetime,
    type: str,
    reason: str,
    statement: str,
    amount: Decimal | None = None,
    about: str = "",
    lines: Sequence[str] = (),
) -> Dispute:
    """Open a claim or a report about an order of the actor's shop; `amount` in its currency, for returned goods.

    `about`: the number of the case whose return is contested; `lines`: references of its lines, none for all.
    Raises NotAllowed for anybody but the shop's people, RuleBroken with what speaks against it.
    """
    _check_member(order, actor)
    rule = CLAIMS.get(type)
    if rule is None:
        raise RuleBroken("type_not_open", _("This kind of case is not opened by sellers."), "type")
    if reason not in rule.reasons:
        raise RuleBroken("reason_mismatch", _("This reason does not belong to this kind of case."), "reason")
    if not statement.strip():
        raise RuleBroken("statement_missing", _("Say what you found. The buyer reads it."), "statement")
    if len(statement) > STATEMENT_LENGTH:
        text = _("At most %(count)s characters, please.") % {"count": STATEMENT_LENGTH}
        raise RuleBroken("statement_long", text, "statement")
    found = claimable(order, type, about=about, lines=lines, now=now)
    cash = _asked(found, rule.wants, amount, order.currency)
    case = _new_case(order, found, now)
    case.type, case.reason, case.about, case.statement = type, reason, about, statement.strip()
    case.wants, case.wants_amount = rule.wants, cash
    rows = [DisputeLine(dispute=case, order_line=b.line, quantity=b.quantity, max_amount=b.most) for b in found.lines]
    try:
        with transaction.atomic():
            batch = Batch(now=now)
            batch.create(case, lines=rows, offers=[])
            data = {"amount": plain(cash, case.currency), "currency": case.currency, "why": claim_steps(case, found)}
            batch.move(
                case,
                "open_claim",
                role=Role.MERCHANT,
                actor_id=actor.pk,
                to=Status.CLAIMED,
                clock="buyer_claim",
                data=data,
            )
            batch.flush()
    except IntegrityError as double:
        raise RuleBroken("already_claimed", _("This was claimed before. See the case about it."), "type") from double
    attach(case, lines=rows, offers=[])
    return case


def accept_claim(*, dispute: Dispute, actor: "User", now: datetime, expected_version: int | None = None) -> Dispute:
    """Agree as the buyer: what is claimed is owed to the seller, a report stands as a finding. That ends the case."""
    with acting(dispute, "accept_claim", actor=actor, now=now, expected_version=expected_version) as act:
        case = act.case
        terms = Terms(kind=case.wants, cash=case.wants_amount)
        case.terms, case.outcome = terms.dump(case.currency), Outcome.ADMITTED
        act.move("accept_claim", to=Status.RESOLVED, data={"terms": case.terms, "outcome": str(case.outcome)})
        book_recovery(case, terms.cash, now=now)
    return case


def contest_claim(
    *, dispute: Dispute, actor: "User", now: datetime, note: str, expected_version: int | None = None
) -> Dispute:
    """Contest as the buyer: the platform hears both sides and decides. Raises RuleBroken without words."""
    if not note.strip():
        raise RuleBroken("note_missing", _("Say what is wrong with the claim."), "note")
    with acting(dispute, "contest_claim", actor=actor, now=now, expected_version=expected_version) as act:
        serve(act, "contest_claim", {"note": note.strip()})
    return act.case


def drop_claim(*, dispute: Dispute, actor: "User", now: datetime, expected_version: int | None = None) -> Dispute:
    """Drop a claim as the seller: nothing follows from it."""
    with acting(dispute, "drop_claim", actor=actor, now=now, expected_version=expected_version) as act:
        act.move("drop_claim", to=Status.WITHDRAWN)
    return act.case


def _check_member(order: Order, actor: "User") -> None:
    member = memberships_of(actor).get(order.merchant_id)
    if member is None or not member.may_act:
        raise NotAllowed(_("Only the people of the shop can open a case against a buyer."))


def _asked(found: Claimable, wants: str, amount: Decimal | None, currency: str) -> Decimal:
    if wants != RemedyKind.RECOVERY:
        return ZERO
    if amount is None or amount <= 0:
        raise RuleBroken("amount_missing", _("Say how much you claim."), "amount")
    if not is_exact(amount, currency):
        raise RuleBroken("too_fine", _("The amount has more decimals than the currency."), "amount")
    if amount > found.most:
        text = _("At most %(amount)s can be claimed: what was refunded.") % {"amount": say_money(found.most, currency)}
        raise RuleBroken("above_maximum", text, "amount")
    return amount


def _new_case(order: Order, found: Claimable, now: datetime) -> Dispute:
    layers = standing([order], now=now).case_layers(order, [bought.line.category for bought in found.lines])
    return Dispute(
        number=new_number(),
        order=order,
        merchant_id=order.merchant_id,
        buyer_id=order.buyer_id,
        order_stage=OrderStage.RECEIVED,
        currency=order.currency,
        max_amount=found.most,
        policy_id=layers.base,
        category_policy_id=layers.category,
        promise_id=layers.promise,
        status=Status.CLAIMED,
        opened_at=now,
        updated_at=now,
    )
