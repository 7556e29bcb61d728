"""The one path by which a case changes: lock, re-check, conditional update, event and outbox in one transaction.

A person's action and the sweep's thousand cases take the same path: a `Batch` collects the moves of one or of many
cases and writes them with one `UPDATE ... FROM`, one insert of events and one of outbox rows.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.advances.models import Ground
from aftersales.advances.services import Paid, record
from aftersales.disputes import chain, clocks, stored
from aftersales.disputes.advancing import Tally, advance_of, can_advance, in_advance
from aftersales.disputes.codes import DECIDED_BY_PLATFORM, FINAL, Role, Status
from aftersales.disputes.errors import DisputeMoved, NotAllowed, RuleBroken
from aftersales.disputes.granting import lines_of, make_grant, return_terms
from aftersales.disputes.guards import check_guard
from aftersales.disputes.limits import settle_limits
from aftersales.disputes.models import Dispute, DisputeLine, Event, Offer, OfferState
from aftersales.disputes.permissions import role_of
from aftersales.disputes.postage import postage_grant, receipts_of, with_postage
from aftersales.disputes.terms import Terms
from aftersales.disputes.workflow import ACTIONS, CLOCKS, holds_pieces, opener
from aftersales.orders.services import hold_lines, release_lines
from aftersales.policies.codes import RemedyKind
from aftersales.remedies.approvals import needed
from aftersales.remedies.services import (
    AmountExceeds,
    BudgetSpent,
    cancel_goods,
    fail_goods,
    goods_arrived,
    grant_many,
    retry_by_silence,
)
from aftersales.returns.freight import Postage
from aftersales.returns.services import agree_returns
from portal.outbox.services import publish_many
from portal.rows import Statements, next_keys

if TYPE_CHECKING:
    from portal.accounts.models import User


@dataclass(slots=True)
class Batch:
    """Moves of one or many cases, written together by `flush`; effects on offers, lines and money go with them."""

    now: datetime
    _known: dict[int, tuple[Dispute, int]] = field(default_factory=dict)
    _new: list[Dispute] = field(default_factory=list)
    _lines: list[DisputeLine] = field(default_factory=list)
    _offers: list[Offer] = field(default_factory=list)
    _events: list[Event] = field(default_factory=list)
    _accepted: list[Offer] = field(default_factory=list)
    _ended: dict[tuple[str, Role | None], list[int]] = field(default_factory=dict)
    _standing: list[tuple[int, datetime]] = field(default_factory=list)
    _released: list[Dispute] = field(default_factory=list)
    _held_again: list[Dispute] = field(default_factory=list)
    _grants: list[tuple[Dispute, Terms, str]] = field(default_factory=list)
    _advances: list[Paid] = field(default_factory=list)
    _retries: dict[str, datetime] = field(default_factory=dict)
    _unsent: list[str] = field(default_factory=list)
    _returns: list[Dispute] = field(default_factory=list)
    _arrived: list[str] = field(default_factory=list)
    _failed: list[str] = field(default_factory=list)
    _receipts: dict[str, Postage] | None = None
    _tally: Tally = field(init=False)

    def __post_init__(self) -> None:
        self._tally = Tally(self.now)

    def create(self, case: Dispute, *, lines: Sequence[DisputeLine], offers: Sequence[Offer]) -> None:
        """Take a case that is not stored yet, with its lines and first proposals; its first move opens it."""
        self._new.append(case)
        self._lines += lines
        self._offers += offers

    def propose(self, offer: Offer) -> None:
        """Put a proposal on record."""
        self._offers.append(offer)

    def move(
        self,
        case: Dispute,
        action: str,
        *,
        role: str = Role.SYSTEM,
        actor_id: int | None = None,
        to: Status | None = None,
        clock: str = "",
        lasts: timedelta | None = None,
        data: dict[str, Any] | None = None,
    ) -> None:
        """Record an action: the new status (none: stays), whose clock then runs (none: runs on), and the event.

        `lasts` sets the clock's length where the rule pack's timer is not what counts (what was left, what an offer
        says). Raises ValueError where the table does not know the move: a bug, never a user's mistake.
        """
        row = ACTIONS[action]
        target = to or Status(case.status)
        if to is not None and to not in row.targets:
            raise ValueError(f"{action} does not lead to {to}")
        if case.pk and case.pk not in self._known:
            self._known[case.pk] = (case, case.version)
        before = case.status
        case.status = target
        details = dict(data or {})
        if target in FINAL:
            self._close(case)
        elif clock:
            started = clocks.start(case, clock, target, now=self.now, rules=case.rules, lasts=lasts)
            case.due_at, case.on_silence = started.due_at, started.on_silence
            case.awaiting, case.clock_started_at = CLOCKS[clock].awaiting, self.now
            details["clock"] = started.record
        if before in FINAL and target not in FINAL:
            case.closed_at = None
        self._note_pieces(case, before)
        case.updated_at, case.sweep_error = self.now, ""
        self._record(case, action, role, actor_id, before, details)

    def settle(
        self,
        case: Dispute,
        action: str,
        *,
        role: str = Role.SYSTEM,
        actor_id: int | None = None,
        terms: Terms,
        outcome: str,
        advance: Ground | None = None,
        **data: Any,
    ) -> None:
        """Decide a case: goods come back first where the terms say so, else what is owed is granted at once.

        `advance`: why the platform pays first where the seller would have to pay now.
        Raises RuleBroken for terms by which nothing is owed: such a case would never be done.
        """
        if terms.empty:
            raise RuleBroken("nothing_owed", _("Nothing would be owed by this. Propose an amount or goods."))
        terms = replace(terms, decided_as=terms.decided_as or role)
        if terms.needs_return:
            to, clock = Status.AWAITING_RETURN_SHIPMENT, clocks.shipping_clock(case)
            self._returns.append(case)
        else:
            terms, to, clock = self._payable(case, terms, advance)
        case.terms, case.outcome = terms.dump(case.currency), outcome
        details = {"terms": case.terms, "outcome": str(outcome), **data}
        self._carry_on(case, action, role, actor_id, to, clock, terms, details)

    def pay(
        self,
        case: Dispute,
        action: str,
        *,
        role: str = Role.SYSTEM,
        actor_id: int | None = None,
        advance: Ground | None = None,
        **data: Any,
    ) -> None:
        """Carry out terms decided earlier: the return has arrived, or a large amount was approved."""
        assert case.terms is not None  # noqa: S101 - statuses that lead here always have terms
        terms = Terms.parse(case.terms)
        if case.status == Status.AMOUNT_ON_HOLD:
            to, clock = Status.FULFILLING, _fulfilment_clock(terms)
        else:
            terms = self._add_postage(case, terms, data)
            terms, to, clock = self._payable(case, terms, advance)
            case.terms = terms.dump(case.currency)
        self._carry_on(case, action, role, actor_id, to, clock, terms, data)

    def know_advances(self, cases: Sequence[Dispute]) -> None:
        """Read at once what was paid in advance for the sellers of many cases; `settle` and `pay` then ask nothing."""
        self._tally.know(cases)

    def know_receipts(self, cases: Sequence[Dispute]) -> None:
        """Read at once what the buyers of many cases laid out for the way back; `pay` then asks for none of them."""
        self._receipts = receipts_of(cases) if cases else {}

    def goods_arrived(self, case: Dispute, action: str, **how: Any) -> None:
        """Let goods that were sent count as arrived: the case ends, unless something else is still owed."""
        assert case.terms is not None  # noqa: S101 - goods are only sent on terms
        self._arrived.append(case.number)
        self.move(case, action, to=Status.FULFILLING, clock="remedies", **how)
        terms = Terms.parse(case.terms)
        if not terms.money and not terms.coupon_amount:
            self.complete(case)

    def complete(self, case: Dispute) -> None:
        """End a case by which nothing is owed any more."""
        end = Status.CLOSED if case.outcome in DECIDED_BY_PLATFORM else Status.RESOLVED
        self.move(case, "complete", to=end)

    def goods_failed(self, case: Dispute, action: str, **how: Any) -> None:
        """Bring a case before the platform whose goods never came or are wrong: they are no longer what is owed."""
        self._failed.append(case.number)
        case.escalated_at, case.evidence_done_by = self.now, ""
        case.terms, case.outcome = None, ""
        self.move(case, action, to=Status.ESCALATED, clock="first_answer", **how)

    def carry_out(
        self,
        case: Dispute,
        action: str,
        *,
        role: str = Role.SYSTEM,
        actor_id: int | None = None,
        advance: Ground | None = None,
    ) -> None:
        """Carry out a ruling: its terms stand on the case. `advance`: as for `settle`."""
        assert case.terms is not None  # noqa: S101 - a ruled case has terms
        terms = Terms.parse(case.terms)
        self.settle(case, action, role=role, actor_id=actor_id, terms=terms, outcome=case.outcome, advance=advance)

    def pause(
        self, case: Dispute, clock: str, *, role: str = Role.SYSTEM, actor_id: int | None = None, reason: str
    ) -> None:
        """Stop the clock and remember where it stood; `clock` ends the pause."""
        case.paused_status, case.paused_awaiting, case.paused_silence = case.status, case.awaiting, case.on_silence
        case.paused_seconds = clocks.seconds_left(case, self.now)
        data = {"reason": reason, "left": case.paused_seconds}
        self.move(case, "pause", role=role, actor_id=actor_id, to=Status.PAUSED, clock=clock, data=data)

    def resume(self, case: Dispute, *, role: str = Role.SYSTEM, actor_id: int | None = None) -> None:
        """Let the clock of a paused case go on where it stood."""
        assert case.paused_seconds is not None  # noqa: S101 - a paused case remembers
        case.due_at = self.now + timedelta(seconds=case.paused_seconds)
        case.awaiting, case.on_silence, case.clock_started_at = case.paused_awaiting, case.paused_silence, self.now
        left = {"seconds": case.paused_seconds, "due_at": case.due_at.isoformat()}
        self.move(case, "resume", role=role, actor_id=actor_id, to=Status(case.paused_status), data={"clock": left})
        case.paused_seconds, case.paused_status, case.paused_awaiting, case.paused_silence = None, "", "", ""

    def retry(self, case: Dispute) -> None:
        """Have failed payments that nobody looked at tried again, another way once the law's time is over."""
        self._retries[case.number] = self.now - case.rules.timer("statutory_refund")

    def take_back_goods(self, case: Dispute) -> None:
        """Let goods that the merchant owed and never sent no longer be owed: something else will be decided."""
        self._unsent.append(case.number)

    def grant(self, case: Dispute, terms: Terms, *, advance: Ground | None = None) -> None:
        """Owe the buyer what the terms say; the key is the deciding event's, so that it is owed once.

        `advance`: why the fund pays it, and the seller owes it to the fund.
        """
        key = f"{case.number}:{case.event_count}"
        if advance:
            self._tally.add(case, terms)
            terms = in_advance(terms)
            self._advances.append(advance_of(case, terms, key, advance))
        self._grants.append((case, terms, key))

    def end_offers(self, case: Dispute, state: str, by: Role | None = Role.MERCHANT) -> None:
        """Mark the open proposals of one side (or of both) as no longer open."""
        self._ended.setdefault((state, by), []).append(case.pk)

    def accept(self, offer: Offer) -> None:
        """Mark a proposal as the one that won; the case's other open ones are superseded.

        `flush` raises DisputeMoved if it no longer stands.
        """
        self._accepted.append(offer)

    def let_offers_stand(self, case: Dispute, until: datetime) -> None:
        """Prolong the merchant's open offers."""
        self._standing.append((case.pk, until))

    def flush(self) -> None:
        """Write everything. Raises DisputeMoved where a case changed in between (then nothing is written)."""
        writes = Statements()  # what needs no answer goes in one round trip at the end
        self._insert(writes)
        stored.update(self._known)
        self._update_offers(writes)
        writes.insert(self._events)
        self._update_lines()
        self._grant(writes)
        publish_many([("dispute.moved", _announcement(e)) for e in self._events], now=self.now, along=writes)
        writes.send()
        settle_limits((case for case, _version in self._known.values()), now=self.now)

    def _add_postage(self, case: Dispute, terms: Terms, data: dict[str, Any]) -> Terms:
        shown = (self._receipts if self._receipts is not None else receipts_of([case])).get(case.number)
        terms = with_postage(case, terms, shown)
        if terms.postage:
            case.terms = terms.dump(case.currency)
            data["postage"] = {"amount": case.terms["postage"], "payer": terms.postage_payer}
        return terms

    def _payable(self, case: Dispute, terms: Terms, advance: Ground | None) -> tuple[Terms, Status, str]:
        if advance and can_advance(terms):
            terms = replace(terms, advance=advance.value, advance_above=self._tally.above(case, terms))
        if terms.advance_above or needed(terms.money, case.currency, terms.decided_as, rules=case.rules):
            return terms, Status.AMOUNT_ON_HOLD, "release_hold"
        return terms, Status.FULFILLING, _fulfilment_clock(terms)

    def _carry_on(
        self,
        case: Dispute,
        action: str,
        role: str,
        actor_id: int | None,
        to: Status,
        clock: str,
        terms: Terms,
        data: dict[str, Any],
    ) -> None:
        ground = Ground(terms.advance) if terms.advance and to == Status.FULFILLING else None
        if ground:
            data["advance"] = ground.value
        self.move(case, action, role=role, actor_id=actor_id, to=to, clock=clock, data=data)
        if to == Status.FULFILLING:
            self.grant(case, terms, advance=ground)

    def _close(self, case: Dispute) -> None:
        case.due_at, case.awaiting, case.on_silence, case.clock_started_at = None, "", "", None
        case.closed_at = self.now

    def _note_pieces(self, case: Dispute, before: str) -> None:
        held, holds = holds_pieces(case.type, before), holds_pieces(case.type, case.status)
        if held and not holds:
            self._released.append(case)
        elif holds and not held:
            self._held_again.append(case)

    def _record(
        self, case: Dispute, action: str, role: str, actor_id: int | None, before: str, data: dict[str, Any]
    ) -> None:
        case.event_count += 1
        entry = {
            "seq": case.event_count,
            "at": self.now,
            "role": str(role),
            "actor_id": actor_id,
            "action": action,
            "from_status": str(before),
            "to_status": str(case.status),
            "data": data,
        }
        digest = chain.link(number=case.number, prev=case.event_head, **entry)  # type: ignore[arg-type]
        self._events.append(Event(dispute=case, prev_hash=case.event_head, hash=digest, **entry))
        case.event_head = digest

    def _insert(self, writes: Statements) -> None:
        if not self._new:
            return
        keys = next_keys({Dispute: len(self._new), Offer: len(self._offers)})
        for case, pk in zip(self._new, keys[Dispute], strict=True):
            case.pk, case._state.adding = pk, False
        for offer, pk in zip(self._offers, keys[Offer], strict=True):
            offer.pk = pk
        rows: list[DisputeLine | Offer | Event] = [*self._lines, *self._offers, *self._events]
        for row in rows:
            row.dispute = row.dispute  # the foreign key takes the key that the case was given
        writes.insert(self._new)
        writes.insert(self._lines)

    def _update_offers(self, writes: Statements) -> None:
        stored.accept(self._accepted, now=self.now)
        for (state, by), ids in self._ended.items():
            sides = [by] if by else [Role.BUYER, Role.MERCHANT]
            Offer.objects.filter(dispute_id__in=ids, state=OfferState.PROPOSED, by_role__in=sides).update(
                state=state, decided_at=self.now
            )
        for pk, until in self._standing:
            Offer.objects.filter(dispute_id=pk, state=OfferState.PROPOSED, by_role=Role.MERCHANT).update(
                expires_at=until
            )
        writes.insert(self._offers)

    def _update_lines(self) -> None:
        final = [c.pk for c in self._released if not holds_pieces(c.type, c.status)]
        again = [c.pk for c in self._held_again if holds_pieces(c.type, c.status)]
        if final:
            release_lines(_claims(final))
        if again:
            hold_lines(_claims(again), new=False)

    def _grant(self, writes: Statements) -> None:
        if self._returns:
            agree_returns([return_terms(case) for case in self._returns], now=self.now)
        if self._unsent:
            cancel_goods(cases=self._unsent)
        if self._arrived:
            goods_arrived(cases=self._arrived, now=self.now)
        if self._failed:
            fail_goods(cases=self._failed, now=self.now)
        if self._retries:
            retry_by_silence(late=self._retries, now=self.now)
        if not self._grants:
            return
        lines = lines_of([case for case, _terms, _key in self._grants], at_hand=self._lines)
        try:
            grants = [make_grant(c, t, key, lines[c.pk]) for c, t, key in self._grants]
            grants += [postage_grant(c, t, key) for c, t, key in self._grants if t.postage]
            grant_many(grants, now=self.now, along=writes)
        except AmountExceeds as less:  # another case over the same order was paid meanwhile
            raise RuleBroken("amount_exceeds", str(less)) from less
        except BudgetSpent as none_left:
            raise RuleBroken("coupons_spent", str(none_left)) from none_left
        if self._advances:
            record(self._advances, now=self.now)


@dataclass(slots=True)
class Acting:
    """A locked case, who acts on it, and the batch that will be written when the block ends."""

    case: Dispute
    role: Role
    actor: "User"
    batch: Batch

    def move(self, action: str, **how: Any) -> None:
        """Record the actor's move."""
        self.batch.move(self.case, action, role=self.role, actor_id=self.actor.pk, **how)


@contextmanager
def acting(
    dispute: Dispute, action: str, *, actor: "User", now: datetime, expected_version: int | None = None
) -> Iterator[Acting]:
    """Lock the case, check right, status, page version and guards under the lock; write when the block ends.

    Raises NotAllowed, DisputeMoved or RuleBroken; then nothing was changed.
    """
    with transaction.atomic():
        case = stored.lock(dispute)
        role = role_of(actor, case)
        check(case, action, role=role, actor=actor, now=now, expected_version=expected_version)
        assert role is not None  # noqa: S101 - check refuses outsiders
        batch = Batch(now=now)
        yield Acting(case=case, role=role, actor=actor, batch=batch)
        batch.flush()


def check(
    case: Dispute,
    action: str,
    *,
    role: Role | None,
    actor: "User | None",
    now: datetime,
    expected_version: int | None = None,
) -> None:
    """Hold an action against the table and its guard. Raises NotAllowed, DisputeMoved or RuleBroken."""
    row = ACTIONS[action]
    if role is None or role not in row.roles or row.opened_by not in {None, opener(case.type)}:
        raise NotAllowed
    if case.status not in row.sources or (expected_version is not None and expected_version != case.version):
        raise DisputeMoved(case)
    check_guard(case, action, role=role, actor_id=actor.pk if actor else None, now=now)


def _fulfilment_clock(terms: Terms) -> str:
    if terms.kind == RemedyKind.REPAIR:
        return "merchant_repairs"
    return "merchant_sends_goods" if terms.goods else "remedies"


def _claims(dispute_ids: list[int]) -> list[tuple[int, int]]:
    lines = DisputeLine.objects.filter(dispute_id__in=dispute_ids)
    return list(lines.values_list("order_line_id", "quantity"))


def _announcement(event: Event) -> dict[str, Any]:
    return {
        "case": event.dispute.number,
        "dispute": event.dispute.pk,
        "seq": event.seq,
        "action": event.action,
        "role": event.role,
        "actor": event.actor_id,
        "from": event.from_status,
        "to": event.to_status,
        "advance": event.data.get("advance", ""),  # why the platform pays first, where it does
    }
