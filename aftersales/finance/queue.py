"""What waits for the platform's finance: amounts to approve, and refunds that failed or came back. Oldest first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import CharField, Count, F, OuterRef, Prefetch, QuerySet, Subquery, Sum, Value
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aftersales.disputes.advancing import CAP, LIMIT
from aftersales.disputes.codes import Role, Status
from aftersales.disputes.models import Dispute, Event
from aftersales.disputes.permissions import role_of
from aftersales.disputes.services.holding import Hold, holds_of
from aftersales.disputes.terms import Terms
from aftersales.remedies.approvals import approvers
from aftersales.remedies.models import InstructionState, RefundAttempt, RefundInstruction, RefundPart
from aftersales.remedies.services import WAITING
from portal.money import ZERO

if TYPE_CHECKING:
    from portal.accounts.models import User

HOLD, REFUND = "hold", "refund"
KINDS: dict[str, Promise | str] = {
    "": gettext_lazy("Everything"),
    "approve": gettext_lazy("To approve"),
    "failed": gettext_lazy("Failed"),
    "returned": gettext_lazy("Came back"),
}
_ABOVE = {
    LIMIT: gettext_lazy("To be paid in advance, more than the fund pays for one case unasked"),
    CAP: gettext_lazy("To be paid in advance, more than the fund pays for one seller in 24 hours unasked"),
}
_STATES = {"failed": [InstructionState.FAILED], "returned": [InstructionState.REVERSED]}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that waits (`why` says it where that is not plain); `token` names it and its version.

    `why_not` says what keeps this person from it.
    """

    token: str
    kind: str
    case: str
    buyer: str
    merchant: str
    amount: Decimal
    currency: str
    since: datetime
    due_at: datetime | None
    state: str
    label: str
    note: str
    why: str = ""
    why_not: str = ""
    hold: Hold | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """How much of one currency waits, in how many items."""

    currency: str
    count: int
    amount: Decimal


Key = tuple[str, int]


def keys(*, kind: str = "", currency: str = "", case: str = "") -> QuerySet[Any, tuple[str, int, datetime]]:
    """Return kind, primary key and since when, oldest first; one statement for both kinds."""
    holds, refunds = _which(kind, currency, case)
    began = Event.objects.filter(dispute=OuterRef("pk"), to_status=Status.AMOUNT_ON_HOLD)
    began = began.exclude(from_status=Status.AMOUNT_ON_HOLD).order_by("-seq")
    text = CharField()
    return (
        holds.annotate(sort=Value(HOLD, text), since=Subquery(began.values("at")[:1]))
        .values_list("sort", "pk", "since")
        .union(
            refunds.annotate(sort=Value(REFUND, text), since=F("granted_at")).values_list("sort", "pk", "since"),
            all=True,
        )
        .order_by("since", "sort", "id")
    )


def totals(*, kind: str = "", currency: str = "", case: str = "") -> list[Total]:
    """Add up by currency what waits, with two statements."""
    holds, refunds = _which(kind, currency, case)
    held = [(code, Terms.parse(terms).money) for code, terms in holds.values_list("currency", "terms") if terms]
    parts = RefundPart.objects.filter(instruction__in=refunds, paid_at=None).values_list("instruction__currency")
    unpaid = parts.annotate(sum=Sum(F("amount") - F("netted")), count=Count("instruction", distinct=True))
    return _sums([*[(code, 1, cash) for code, cash in held], *[(code, count, sum) for code, sum, count in unpaid]])


def _which(kind: str, currency: str, case: str) -> tuple[QuerySet[Dispute], QuerySet[RefundInstruction]]:
    wanted: dict[str, str] = {"currency": currency} if currency else {}
    # `awaiting` is what the index of the desk begins with.
    holds = Dispute.objects.filter(status=Status.AMOUNT_ON_HOLD, awaiting=Role.PLATFORM, **wanted)
    refunds = RefundInstruction.objects.filter(state__in=_STATES.get(kind, WAITING), **wanted)
    if case:
        holds, refunds = holds.filter(number=case), refunds.filter(case=case)
    return (holds if kind in {"", "approve"} else holds.none(), refunds if kind != "approve" else refunds.none())


def add_up(found: Iterable[Item]) -> list[Total]:
    """Add items up by currency; amounts of two currencies are never added."""
    return _sums((item.currency, 1, item.amount) for item in found)


def _sums(rows: Iterable[tuple[str, int, Decimal]]) -> list[Total]:
    sums: dict[str, tuple[int, Decimal]] = {}
    for currency, more, amount in rows:
        count, sum_ = sums.get(currency, (0, ZERO))
        sums[currency] = (count + more, sum_ + amount)
    return [Total(currency, *sums[currency]) for currency in sorted(sums)]


def items(wanted: Sequence[Key], user: "User | None") -> list[Item]:
    """Load items in the order given, with a fixed number of queries; what no longer waits is left out."""
    holds = _holds([pk for sort, pk in wanted if sort == HOLD], user)
    refunds = _refunds([pk for sort, pk in wanted if sort == REFUND], user)
    found = {**{(HOLD, pk): item for pk, item in holds.items()}, **{(REFUND, pk): i for pk, i in refunds.items()}}
    return [found[key] for key in wanted if key in found]


def _holds(pks: Sequence[int], user: "User | None") -> dict[int, Item]:
    cases = list(_cases().filter(pk__in=pks, status=Status.AMOUNT_ON_HOLD)) if pks else []
    held = holds_of(cases)
    given = approvers([hold.subject for hold in held.values()])
    return {case.pk: _of_hold(case, held[case.pk], given.get(held[case.pk].subject, set()), user) for case in cases}


def _of_hold(case: Dispute, hold: Hold, given: set[int], user: "User | None") -> Item:
    return Item(
        token=f"{HOLD}-{case.pk}-{case.version}",
        kind=HOLD,
        case=case.number,
        buyer=case.buyer.display_name,
        merchant=case.merchant.name,
        amount=hold.amount,
        currency=case.currency,
        since=hold.since,
        due_at=case.due_at,
        state=Status.AMOUNT_ON_HOLD,
        label=_("To approve"),
        note=_("%(given)s of %(needed)s approvals") % {"given": len(given), "needed": hold.needed},
        why=str(_ABOVE.get(hold.above, "")),
        why_not=_not_yours(case, hold, given, user) if user else "",
        hold=hold,
    )


def _not_yours(case: Dispute, hold: Hold, given: set[int], user: "User") -> str:
    if role_of(user, case) != Role.PLATFORM:
        return _("You are a party to this case.")
    if user.pk in hold.decided_by:
        return _("You had a part in this decision: somebody else approves it.")
    if user.pk in given:
        return _("You have approved this already; somebody else approves it next.")
    return ""


def _refunds(pks: Sequence[int], user: "User | None") -> dict[int, Item]:
    attempts = Prefetch("parts__attempts", RefundAttempt.objects.order_by("number"))
    found = (
        RefundInstruction.objects.filter(pk__in=pks, state__in=WAITING)
        .select_related("buyer", "merchant")
        .prefetch_related(attempts)
    )
    refunds = list(found) if pks else []
    cases = {case.number: case for case in _cases().filter(number__in={refund.case for refund in refunds})}
    return {refund.pk: _of_refund(refund, cases.get(refund.case), user) for refund in refunds}


def _of_refund(refund: RefundInstruction, case: Dispute | None, user: "User | None") -> Item:
    unpaid = [part for part in refund.parts.all() if part.paid_at is None]
    errors = [attempt.error for part in unpaid for attempt in part.attempts.all() if attempt.error]
    party = user is not None and case is not None and role_of(user, case) != Role.PLATFORM
    return Item(
        token=f"{REFUND}-{refund.pk}-{refund.state}",
        kind=REFUND,
        case=refund.case,
        buyer=refund.buyer.display_name,
        merchant=refund.merchant.name,
        amount=sum((part.amount - part.netted for part in unpaid), ZERO),
        currency=refund.currency,
        since=refund.granted_at,
        due_at=case.due_at if case else None,
        state=refund.state,
        label=_("Came back") if refund.state == InstructionState.REVERSED else _("Failed"),
        note=errors[-1] if errors else "",
        why_not=_("You are a party to this case.") if party else "",
    )


def _cases() -> QuerySet[Dispute]:
    return Dispute.objects.select_related("buyer", "merchant")
