"""What an appeal changes of a seller's debts for advances of the case; the money itself is the arbitration room's."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from aftersales.advances.models import Advance, AdvanceState
from aftersales.advances.news import tell
from portal.money import ZERO


@dataclass(frozen=True, slots=True)
class Burden:
    """What advances of one case weigh on its seller, in the case's currency; what the platform bears is left out."""

    charged: Decimal  # paid in advance
    lowered: Decimal  # of it not owed, after appeals
    waiting: Decimal  # owed and not final yet


def hold(case: str) -> None:
    """Keep a case's debts as they are until the end of the transaction: none becomes final in between."""
    list(Advance.objects.select_for_update().filter(case=case).order_by("id").values_list("pk"))


def burden(case: str) -> Burden:
    """Add up a case's advances; whoever acts on the sums has called `hold` before."""
    found = list(Advance.objects.filter(case=case).exclude(state=AdvanceState.BORNE))
    return Burden(
        charged=sum((one.amount for one in found), ZERO),
        lowered=sum((one.amount - one.owed for one in found), ZERO),
        waiting=sum((one.owed for one in found if one.ended_at is None), ZERO),
    )


def relieve(*, case: str, by: Decimal, now: datetime) -> Decimal:
    """Let a seller owe less after an appeal, in the case's currency; the caller holds the case's debts.

    The latest debts first: those that wait are lowered, of those that are final it is noted what is given back.
    Return what is left of `by` after the lowering: to be given back.
    """
    Advance.objects.filter(case=case, state=AdvanceState.BORNE).update(owed=ZERO)  # the appeal counted on it
    debts = list(Advance.objects.filter(case=case, owed__gt=0).order_by("-id"))
    left = _lower([one for one in debts if one.ended_at is None], by, now)
    _note_returned([one for one in debts if one.state == AdvanceState.FINAL], left, now)
    return left


def _lower(debts: list[Advance], by: Decimal, now: datetime) -> Decimal:
    changed = []
    for advance in debts:
        if (less := min(by, advance.owed)) > 0:
            advance.owed -= less
            by -= less
            changed.append(advance)
    Advance.objects.bulk_update(changed, ["owed"])
    tell("lowered", changed, now=now)
    return by


def _note_returned(debts: list[Advance], amount: Decimal, now: datetime) -> None:
    for advance in debts:
        if (more := min(amount, advance.owed - advance.returned)) > 0:
            advance.returned += more
            amount -= more
            tell("returned", [advance], now=now, amount=more)
    Advance.objects.bulk_update(debts, ["returned"])
