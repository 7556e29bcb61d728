"""Putting money into the platform's compensation fund and taking it out again.

The fund itself is not kept above zero: a buyer who is owed money is never made to wait for the platform's own budget.
Finance sees how long it lasts, and is warned (`forecast`). Only what finance takes out by hand stops at zero.

Postings: `fund:REF` moves marketplace to platform_fund, or back.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.fund.models import BookingState, FundBooking
from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, Posting, post_many, settled_balance
from portal.accounts.models import Duty
from portal.money import is_exact, plain

if TYPE_CHECKING:
    from portal.accounts.models import User

WORDS = 500
REFERENCE = 80
_LARGEST = Decimal(10) ** 12


class NotForYou(Exception):
    """Somebody else has to do this."""


class Refused(Exception):
    """What was asked does not fit; `field` names where."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


@dataclass(frozen=True, slots=True)
class Asked:
    """A movement: `amount` above zero comes in, below zero goes out."""

    reference: str
    currency: str
    amount: Decimal
    why: str


@transaction.atomic
def book(*, asked: Asked, actor: "User", now: datetime) -> FundBooking:
    """Book what came in; let what is to go out wait for a second person. The same again changes nothing.

    Raises NotForYou, Refused.
    """
    _check_actor(actor)
    _check(asked)
    incoming = asked.amount > 0
    state, at = (BookingState.BOOKED, now) if incoming else (BookingState.PROPOSED, None)
    said = {"currency": asked.currency, "amount": asked.amount, "why": asked.why.strip()}
    booking, is_new = FundBooking.objects.get_or_create(
        reference=asked.reference.strip(),
        defaults={**said, "state": state, "proposed_by": actor, "proposed_at": now, "decided_at": at},
    )
    if not is_new and (booking.currency, booking.amount) != (asked.currency, asked.amount):
        raise Refused("reference", _("This reference was booked before, with another amount."))
    if is_new and incoming:
        _post(booking, now)
    return booking


@transaction.atomic
def decide(*, booking: FundBooking, actor: "User", now: datetime, right: bool, answer: str) -> FundBooking:
    """Let a second person book what is to go out, or refuse it; who entered it may take it back.

    Raises NotForYou, Refused: decided before, no reasons for a refusal, or more than the fund holds.
    """
    _check_actor(actor)
    found = FundBooking.objects.select_for_update().get(pk=booking.pk)
    if found.state != BookingState.PROPOSED:
        raise Refused("", _("This was decided before: %(state)s.") % {"state": found.get_state_display()})
    if right and found.proposed_by_id == actor.pk:
        raise NotForYou(_("Somebody else has to confirm what you entered."))
    if not right and not answer.strip():
        raise Refused("answer", _("Say why."))
    if right and settled_balance(_fund(found.currency)) + found.amount < 0:
        raise Refused("", _("The fund holds less than that by now."))
    found.state = BookingState.BOOKED if right else BookingState.REFUSED
    found.decided_by, found.decided_at, found.answer = actor, now, answer.strip()[:WORDS]
    found.save(update_fields=["state", "decided_by", "decided_at", "answer"])
    if right:
        _post(found, now)
    return found


def _check_actor(actor: "User") -> None:
    if actor.duty != Duty.PLATFORM:
        raise NotForYou(_("Only the platform's finance works here."))


def _check(asked: Asked) -> None:
    if not asked.reference.strip() or len(asked.reference) > REFERENCE:
        raise Refused(
            "reference", _("Enter the bank's reference, at most %(count)s characters.") % {"count": REFERENCE}
        )
    if not asked.why.strip() or len(asked.why) > WORDS:
        raise Refused("why", _("Say why, in at most %(count)s characters.") % {"count": WORDS})
    if not asked.amount or abs(asked.amount) >= _LARGEST or not is_exact(asked.amount, asked.currency):
        raise Refused("amount", _("An amount above zero, no finer than the currency allows."))
    if asked.amount < 0 and settled_balance(_fund(asked.currency)) + asked.amount < 0:
        held = plain(settled_balance(_fund(asked.currency)), asked.currency)
        raise Refused("amount", _("The fund holds %(held)s: no more can be taken out.") % {"held": held})


def _fund(currency: str) -> AccountKey:
    return AccountKey(AccountKind.PLATFORM_FUND, currency)


def _post(booking: FundBooking, now: datetime) -> None:
    kind = "fund_paid_in" if booking.amount > 0 else "fund_taken_out"
    outside = AccountKey(AccountKind.MARKETPLACE, booking.currency)
    entries = ((outside, -booking.amount), (_fund(booking.currency), booking.amount))
    post_many([Posting(key=f"fund:{booking.reference}", kind=kind, case="", entries=entries)], now=now)
