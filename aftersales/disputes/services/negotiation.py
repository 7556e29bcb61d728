"""Talking it over: proposals of either side, the first one the other side accepts wins."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from aftersales.disputes import clocks
from aftersales.disputes.codes import Outcome, RefusalReason, Role, Status
from aftersales.disputes.eligibility import asked
from aftersales.disputes.errors import DisputeMoved, RuleBroken
from aftersales.disputes.guards import can_recall
from aftersales.disputes.models import Dispute, Message, Offer, OfferState
from aftersales.disputes.services.limits import check_limit
from aftersales.disputes.services.plan_offers import climb, next_rung
from aftersales.disputes.terms import Terms, shares_of
from aftersales.disputes.transitions import Acting, acting
from aftersales.policies.codes import OF_SOME_TYPES, PART, RemedyKind
from aftersales.policies.types import TYPES
from portal.money import plain

if TYPE_CHECKING:
    from portal.accounts.models import User

PROPOSABLE = (
    RemedyKind.PARTIAL_REFUND,
    RemedyKind.FULL_REFUND,
    RemedyKind.RETURN_REFUND,
    RemedyKind.REPLACE_RETURN,
    RemedyKind.REPLACE,
    RemedyKind.RESEND,
    RemedyKind.REPAIR,
    *sorted(OF_SOME_TYPES),
)


def proposable(case: Dispute) -> tuple[RemedyKind, ...]:
    """List what can be proposed in a case: beside the plain remedies, what its type can end with."""
    wants = TYPES[case.type].wants if case.type in TYPES else ()
    own = {kind for kind in wants if kind != RemedyKind.COMPENSATION or case.max_compensation}
    return tuple(kind for kind in PROPOSABLE if kind not in OF_SOME_TYPES or kind in own)


def propose(
    *,
    dispute: Dispute,
    actor: "User",
    now: datetime,
    kind: str,
    amount: Decimal | None = None,
    note: str = "",
    expected_version: int | None = None,
) -> Dispute:
    """Make a proposal; amount in the case's currency for part refunds. A side's newer proposal replaces its older.

    Raises RuleBroken for an amount above the maximum, and what `acting` raises.
    """
    with acting(dispute, "propose", actor=actor, now=now, expected_version=expected_version) as act:
        case = act.case
        cash, beyond = _shares(case, kind, amount)
        offer = Offer(
            dispute=case,
            by_role=act.role,
            author=actor,
            kind=kind,
            cash=cash,
            compensation=beyond,
            note=note,
            made_at=now,
        )
        data = {"kind": kind, "amount": plain(offer.money, case.currency), "currency": case.currency}
        if act.role == Role.BUYER:
            _counter(act, offer, data)
        else:
            check_limit(act, offer.money)
            _offer(act, offer, data)
        act.batch.propose(offer)
    return case


def _shares(case: Dispute, kind: str, amount: Decimal | None) -> tuple[Decimal, Decimal]:
    if kind not in proposable(case):
        raise RuleBroken("remedy_not_allowed", _("This cannot be proposed here."), "kind")
    if kind in PART and (amount is None or amount <= 0):
        raise RuleBroken("amount_missing", _("Say how much you propose."), "amount")
    return shares_of(case, kind, asked(kind, amount, bounds=case.bounds, currency=case.currency))


def _counter(act: Acting, offer: Offer, data: dict[str, Any]) -> None:
    """The buyer asks for something else: the merchant's turn; a standing merchant offer outlives the answer."""
    case, now = act.case, act.batch.now
    standing = case.offers.filter(by_role=Role.MERCHANT, state=OfferState.PROPOSED).exists()
    left = case.held_seconds if case.held_seconds is not None else clocks.seconds_left(case, now)
    case.wants, case.wants_amount = offer.kind, offer.money
    act.batch.end_offers(case, OfferState.SUPERSEDED, Role.BUYER)
    if standing:
        case.held_seconds = left
        act.move("propose", to=Status.AWAITING_MERCHANT, clock="merchant_counter", data=data)
    else:
        case.held_seconds = None
        clock = clocks.merchant_clock(case, case.rules)
        act.move("propose", to=Status.AWAITING_MERCHANT, clock=clock, lasts=timedelta(seconds=left), data=data)


def _offer(act: Acting, offer: Offer, data: dict[str, Any]) -> None:
    """The merchant offers: the buyer's turn; what is left of the merchant's clock is kept for afterwards."""
    case, now = act.case, act.batch.now
    if case.held_seconds is None:
        waits = case.status == Status.AWAITING_MERCHANT
        case.held_seconds = clocks.seconds_left(case, now) if waits else int(clocks.SHORTEST.total_seconds())
    act.batch.end_offers(case, OfferState.SUPERSEDED, Role.MERCHANT)
    offer.expires_at = now + case.rules.timer("buyer_offer")
    act.move("propose", to=Status.AWAITING_BUYER, clock="buyer_offer", data=data)


def accept_offer(
    *, dispute: Dispute, actor: "User", now: datetime, offer: Offer, expected_version: int | None = None
) -> Dispute:
    """Accept a named proposal of the other side; what it says is carried out at once.

    Raises DisputeMoved where it no longer stands (a late accept), RuleBroken where it is one's own.
    """
    with acting(dispute, "accept_offer", actor=actor, now=now, expected_version=expected_version) as act:
        case = act.case
        if offer.dispute_id != case.pk:
            raise RuleBroken("unknown_offer", _("This offer belongs to another case."), "offer")
        if offer.by_role == act.role:
            raise RuleBroken("own_offer", _("The other side decides about your own proposal."), "offer")
        if offer.expires_at is not None and offer.expires_at <= now:
            raise DisputeMoved(case, _("This offer has expired."))
        _agree(act, "accept_offer", offer, Outcome.OFFER)
    return case


def agree(*, dispute: Dispute, actor: "User", now: datetime, expected_version: int | None = None) -> Dispute:
    """Give the buyer what the buyer asks for now; carried out at once."""
    with acting(dispute, "agree", actor=actor, now=now, expected_version=expected_version) as act:
        request = act.case.offers.filter(by_role=Role.BUYER, state=OfferState.PROPOSED).order_by("-id").first()
        if request is None:
            raise DisputeMoved(act.case)
        _agree(act, "agree", request, Outcome.CONSENT)
    return act.case


def _agree(act: Acting, action: str, offer: Offer, outcome: Outcome) -> None:
    case = act.case
    check_limit(act, offer.money)
    act.batch.accept(offer)
    case.held_seconds = None
    act.batch.settle(
        case,
        action,
        role=act.role,
        actor_id=act.actor.pk,
        terms=Terms.of_offer(offer),
        outcome=outcome,
        currency=case.currency,
    )


def decline_offers(*, dispute: Dispute, actor: "User", now: datetime, expected_version: int | None = None) -> Dispute:
    """Turn the merchant's offers down; the merchant's clock goes on where it stopped.

    Where the plan has a further step its offers come at once, and those turned down can still be chosen.
    """
    with acting(dispute, "decline_offers", actor=actor, now=now, expected_version=expected_version) as act:
        if act.case.on_silence == "next_offers" and (rung := next_rung(act.case, now)):
            act.move("decline_offers")
            climb(act.batch, act.case, rung)
            return act.case
        act.batch.end_offers(act.case, OfferState.DECLINED, Role.MERCHANT)
        clock, lasts = resumed_clock(act.case)
        act.move("decline_offers", to=Status.AWAITING_MERCHANT, clock=clock, lasts=lasts)
    return act.case


def resumed_clock(case: Dispute) -> tuple[str, timedelta]:
    """Return the merchant's clock after offers ended: its name, by what is asked now, and what is left of it."""
    left = timedelta(seconds=case.held_seconds) if case.held_seconds is not None else clocks.SHORTEST
    case.held_seconds = None
    return clocks.merchant_clock(case, case.rules), max(left, clocks.SHORTEST)


def refuse(
    *,
    dispute: Dispute,
    actor: "User",
    now: datetime,
    reason: str,
    message: str,
    expected_version: int | None = None,
) -> Dispute:
    """Refuse with a reason code and words to the buyer, who may then ask the platform.

    Raises RuleBroken without reason or words: nobody is refused in silence.
    """
    if reason not in RefusalReason.values:
        raise RuleBroken("reason_missing", _("Choose why you refuse."), "reason")
    if not message.strip():
        raise RuleBroken("message_missing", _("Tell the buyer why."), "message")
    with acting(dispute, "refuse", actor=actor, now=now, expected_version=expected_version) as act:
        if not can_give(act.case, reason):
            raise RuleBroken("reason", _("This reason does not fit where the parcel is."), "reason")
        act.case.held_seconds, act.case.terms, act.case.outcome = None, None, ""
        act.move("refuse", to=Status.REFUSED, clock="buyer_after_refusal", data={"reason": reason})
        Message.objects.create(dispute=act.case, author=actor, role=act.role, body=message.strip(), at=now)
    return act.case


def can_give(case: Dispute, reason: str) -> bool:
    """Tell whether a reason to refuse fits where the parcel is: what is being stopped may only prove unstoppable."""
    if reason == RefusalReason.SHIPPED_NOT_INTERCEPTED:
        return can_recall(case)
    return case.status != Status.INTERCEPTING
