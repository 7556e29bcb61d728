"""A deduction from the refund for what the merchant found in the parcel: proposed, accepted or contested.

Whoever wants to pay less shows why (domain: burden of proof): without photographs of the arrival nothing is deducted.
Nothing is ever deducted by silence: the platform then looks at it.
"""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext as _

from aftersales.disputes.codes import Role, Status
from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.models.record import EvidenceKind
from aftersales.disputes.services.leaving import serve
from aftersales.disputes.terms import Terms
from aftersales.disputes.transitions import acting
from aftersales.returns import services as returns
from aftersales.returns.models import DEDUCTIBLE
from portal.money import ZERO, is_exact, plain
from portal.ui.amounts import say_money

if TYPE_CHECKING:
    from portal.accounts.models import User

_SEEN = Q(kind__in=[EvidenceKind.IMAGE, EvidenceKind.VIDEO])


def propose_deduction(
    *,
    dispute: Dispute,
    actor: "User",
    now: datetime,
    condition: str,
    amount: Decimal,
    note: str,
    expected_version: int | None = None,
) -> Dispute:
    """Propose to refund less, in the case's currency; the buyer's time to answer begins.

    Raises RuleBroken without condition, grounds or photographs, and for an amount that is not below the refund.
    """
    if condition not in DEDUCTIBLE:
        raise RuleBroken("condition_missing", _("Say what is wrong with the returned goods."), "condition")
    if not note.strip():
        raise RuleBroken("note_missing", _("Say why this amount is deducted."), "note")
    with acting(dispute, "propose_deduction", actor=actor, now=now, expected_version=expected_version) as act:
        case = act.case
        _check_amount(case, amount)
        _check_shown(case)
        returns.inspect(case=case.number, condition=condition, note=note.strip(), now=now, deduction=amount)
        data = {"condition": condition, "note": note.strip(), "amount": plain(amount, case.currency)}
        act.move("propose_deduction", to=Status.DEDUCTION_PROPOSED, clock="buyer_deduction", data=data)
    return case


def accept_deduction(*, dispute: Dispute, actor: "User", now: datetime, expected_version: int | None = None) -> Dispute:
    """Accept to be refunded less; that is paid at once."""
    with acting(dispute, "accept_deduction", actor=actor, now=now, expected_version=expected_version) as act:
        terms = after_deduction(act.case)
        act.case.terms = terms.dump(act.case.currency)
        act.batch.pay(act.case, "accept_deduction", role=act.role, actor_id=actor.pk, terms=act.case.terms)
    return act.case


def contest_deduction(
    *, dispute: Dispute, actor: "User", now: datetime, note: str, expected_version: int | None = None
) -> Dispute:
    """Have the platform decide on a deduction. Raises RuleBroken without words."""
    if not note.strip():
        raise RuleBroken("note_missing", _("Say what is wrong with the deduction."), "note")
    with acting(dispute, "contest_deduction", actor=actor, now=now, expected_version=expected_version) as act:
        serve(act, "contest_deduction", {"note": note.strip()})
    return act.case


def after_deduction(case: Dispute) -> Terms:
    """Return what was agreed less the proposed deduction; amounts by line give way from the last line on."""
    assert case.terms is not None  # noqa: S101 - goods only come back on terms
    terms, less = Terms.parse(case.terms), returns.deduction_of(case.number)
    by_line, rest = [], less
    for line, amount in reversed(terms.by_line):
        taken = min(rest, amount)
        rest -= taken
        by_line.append((line, amount - taken))
    return replace(terms, cash=terms.cash - less, by_line=tuple((i, a) for i, a in reversed(by_line) if a))


def _check_amount(case: Dispute, amount: Decimal) -> None:
    assert case.terms is not None  # noqa: S101 - as above
    most = Terms.parse(case.terms).cash
    if not is_exact(amount, case.currency) or amount <= ZERO:
        raise RuleBroken("amount", _("Enter an amount of this currency."), "amount")
    if amount >= most:
        text = _("Less than the refund of %(most)s can be deducted. To refund nothing, contest the returned goods.")
        raise RuleBroken("amount", text % {"most": say_money(most, case.currency)}, "amount")


def _check_shown(case: Dispute) -> None:
    """The merchant has shown the goods since they were on their way back."""
    since = returns.shipped_at(case.number)
    shown = case.evidence.filter(_SEEN, role=Role.MERCHANT)
    if not (shown.filter(at__gte=since) if since else shown).exists():
        raise RuleBroken(
            "photographs_missing", _("Add photographs of the goods as they arrived, then propose the deduction.")
        )
