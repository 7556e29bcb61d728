"""Granting and paying are separate rights: who may cause how much to be paid alone, and who has approved the rest.

Limits are thresholds of the rule pack, by role and currency. Above the decider's limit one other person approves,
above a second limit two do, neither of them among those who decided. The database keeps that too.
"""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from aftersales.policies.rules import Rules
from aftersales.remedies.models import Approval
from merchants.models import MemberRole
from portal.money import ZERO

if TYPE_CHECKING:
    from portal.accounts.models import User

# In what capacity something was decided -> the limit; whoever is not listed decides under the general one.
LIMITS = {"arbitrator": "arbitrator_limit", "senior": "senior_limit", "platform": "platform_limit"}
GENERAL, FOUR_EYES = "hold_above", "four_eyes_above"
# What a seller's people may agree to without the owner, whose money it is.
WITHIN_SHOP = {MemberRole.AGENT: "agent_limit", MemberRole.MANAGER: "manager_limit"}
_SHIPPED = Rules.defaults()


class NotYours(Exception):
    """Nobody approves what they decided themselves."""


class ApprovedBefore(Exception):
    """The same person approves once; a second approval is another person's."""


def limit(name: str, currency: str, *, rules: Rules) -> Decimal:
    """Return a limit in a currency: the pack's, else the one that ships, else nothing at all may pass it."""
    known = rules.threshold(name, currency)
    return _SHIPPED.threshold(name, currency) or ZERO if known is None else known


def limit_of(role: str, currency: str, *, rules: Rules) -> Decimal:
    """Return up to how much is paid on the word of somebody in a role alone."""
    return limit(LIMITS.get(role, GENERAL), currency, rules=rules)


def needed(amount: Decimal, currency: str, role: str, *, rules: Rules) -> int:
    """Return how many other people must approve an amount that somebody in `role` decided: none, one or two."""
    if not amount or amount <= limit_of(role, currency, rules=rules):
        return 0
    second = limit(FOUR_EYES, currency, rules=rules)
    return 2 if second and amount > second else 1


def approve(
    *,
    subject: str,
    case: str,
    amount: Decimal,
    currency: str,
    decided_as: str,
    decided_by: Collection[int],
    by: "User",
    rules: Rules,
    now: datetime,
    note: str = "",
) -> int:
    """Put an approval on record and return how many there are now for `subject` (a hold or an instruction's key).

    The caller has checked that `by` has the right, and holds the lock of what is approved, so that two people at once
    are counted one after the other. Raises NotYours for whoever decided, ApprovedBefore for a second approval.
    """
    if by.pk in decided_by:
        raise NotYours(_("You had a part in this decision: somebody else approves it."))
    given = set(Approval.objects.filter(subject=subject).values_list("by_id", flat=True))
    if by.pk in given:
        raise ApprovedBefore(_("You have approved this already; somebody else approves it next."))
    Approval.objects.create(
        subject=subject,
        case=case,
        by=by,
        decided_as=decided_as,
        decided_by=sorted(decided_by),
        limit=limit_of(decided_as, currency, rules=rules),
        amount=amount,
        currency=currency,
        note=note,
        at=now,
    )
    return len(given) + 1


def approvers(subjects: Collection[str]) -> dict[str, set[int]]:
    """Return who has approved what so far, by subject; one query."""
    given: dict[str, set[int]] = {}
    for subject, by in Approval.objects.filter(subject__in=subjects).values_list("subject", "by_id"):
        given.setdefault(subject, set()).add(by)
    return given
