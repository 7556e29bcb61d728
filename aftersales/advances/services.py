"""Paying the buyer first: the platform's fund pays, the seller owes it to the fund unless an objection is right.

The refund itself is granted as any other, with the fund as its payer (remedies); an `Advance` is the seller's debt for
it. Postings: `advance:KEY` moves what is owed from the merchant's payables to the fund once nothing can change it.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Min, Sum
from django.utils.translation import gettext as _

from aftersales.advances import coverage
from aftersales.advances.models import Advance, AdvanceState, Ground
from aftersales.advances.news import tell
from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, Posting, post_many
from merchants.deposits.services import put_back
from portal.accounts.models import Duty

if TYPE_CHECKING:
    from portal.accounts.models import User

BATCH = 500
TEXT_LENGTH = 2000


class NotOpen(Exception):
    """The advance cannot be objected to, or decided about, any more; the text says what became of it."""


class WordsMissing(Exception):
    """An objection or an answer without words, or with too many."""


class NotForYou(Exception):
    """Somebody else may do this."""


@dataclass(frozen=True, slots=True)
class Paid:
    """A refund that the fund pays for a seller: `key` names the deciding event; amount in the case's currency."""

    key: str
    case: str
    merchant_id: int
    ground: Ground
    rule: str
    amount: Decimal
    currency: str
    objection_time: timedelta
    reminder: timedelta  # how long before the end of that time the seller hears of it again


def record(paid: Sequence[Paid], *, now: datetime) -> None:
    """Write down what sellers owe for refunds that are granted in the same transaction, out of the fund."""
    made = Advance.objects.bulk_create(
        [
            Advance(
                key=one.key,
                case=one.case,
                merchant_id=one.merchant_id,
                ground=one.ground,
                rule=one.rule,
                currency=one.currency,
                amount=one.amount,
                owed=one.amount,
                paid_at=now,
                object_until=now + one.objection_time,
                remind_at=now + one.objection_time - one.reminder if one.reminder < one.objection_time else None,
            )
            for one in paid
        ]
    )
    tell("paid", made, now=now)


def paid_since(start: datetime, merchants: Collection[int]) -> list[tuple[int, str, Decimal]]:
    """Return merchant, currency and what was paid in advance for it after an instant; one query."""
    found = Advance.objects.filter(merchant__in=merchants, paid_at__gt=start).order_by("merchant", "currency")
    return list(found.values_list("merchant", "currency").annotate(sum=Sum("amount")))


@transaction.atomic
def object_to(*, advance: Advance, actor: "User", now: datetime, text: str) -> Advance:
    """Object as a person of the shop: staff decides. Raises NotForYou, WordsMissing, NotOpen."""
    found = _locked(advance)
    member = actor.memberships.filter(merchant=found.merchant_id).first()
    if member is None or not member.may_act:
        raise NotForYou(_("Only people of the shop can object."))
    _check_words(text)
    if found.state != AdvanceState.OPEN or found.object_until <= now:
        raise NotOpen(_("The time to object is over, or an objection was made before."))
    found.state, found.objection, found.objected_by, found.objected_at = AdvanceState.OBJECTED, text.strip(), actor, now
    found.save(update_fields=["state", "objection", "objected_by", "objected_at"])
    tell("objected", [found], now=now)
    return found


@transaction.atomic
def decide(*, advance: Advance, actor: "User", now: datetime, right: bool, answer: str) -> Advance:
    """Answer an objection as staff: `right` lets the platform bear it, else it is owed at once.

    Raises NotForYou, WordsMissing, NotOpen.
    """
    found = _locked(advance)
    _check_staff(found, actor)
    _check_words(answer)
    if found.state != AdvanceState.OBJECTED:
        raise NotOpen(_("There is no objection that waits for an answer."))
    found.answer, found.decided_by = answer.strip(), actor
    _end([found], AdvanceState.BORNE if right else AdvanceState.FINAL, now=now)
    tell("borne" if right else "refused", [found], now=now)
    return found


@transaction.atomic
def correct(*, advance: Advance, actor: "User", now: datetime, answer: str) -> Advance:
    """Turn the answer to an objection round, once, as somebody else than who gave it; money follows.

    Raises NotForYou, WordsMissing, NotOpen.
    """
    found = _locked(advance)
    _check_staff(found, actor)
    _check_words(answer)
    if why := why_not_corrected(found):
        raise NotOpen(why)
    if actor.pk == found.decided_by_id:
        raise NotForYou(_("You gave this answer: somebody else of the platform's staff corrects it."))
    found.correction, found.corrected_by, found.corrected_at = answer.strip(), actor, now
    found.state = AdvanceState.BORNE if found.state == AdvanceState.FINAL else AdvanceState.FINAL
    found.recovered_at = None
    found.save(update_fields=["correction", "corrected_by", "corrected_at", "state", "recovered_at"])
    right = found.state == AdvanceState.BORNE
    if right:  # what was taken from the deposit for it goes back there
        put_back(merchant_id=found.merchant_id, currency=found.currency, case=found.case, amount=found.owed, now=now)
    post_many([_given_back(found) if right else _recovery(found)], now=now)
    tell("corrected_borne" if right else "corrected_owed", [found], now=now)
    return found


def why_not_corrected(advance: Advance) -> str:
    """Say why the answer to an objection can no longer be corrected, or nothing where it can."""
    if advance.decided_by_id is None:
        return _("No objection was answered.")
    if advance.corrected_by_id is not None:
        return _("The answer was corrected once already.")
    return _("An appeal has counted on the answer: it stands.") if advance.returned or not advance.owed else ""


def sweep(*, now: datetime) -> int:
    """Make final what nobody objected to in time, remind of what soon will be, and note what was covered meanwhile.

    Safe to run twice and side by side; return how many became final.
    """
    ended = _in_batches(lambda: _end_in_silence(now))
    _in_batches(lambda: _remind(now))
    _in_batches(lambda: _note_covered(now))
    return ended


def next_due(*, after: datetime) -> datetime | None:
    """Return when the next time to object runs out, or its reminder is due."""
    waiting = Advance.objects.filter(state=AdvanceState.OPEN)
    ends = waiting.filter(object_until__gt=after).aggregate(at=Min("object_until"))["at"]
    reminders = waiting.filter(remind_at__gt=after).aggregate(at=Min("remind_at"))["at"]
    return min((at for at in (ends, reminders) if at), default=None)


def _in_batches(work: Callable[[], int]) -> int:
    done = 0
    while True:
        with transaction.atomic():
            count = work()
        done += count
        if count < BATCH:
            return done


def _end_in_silence(now: datetime) -> int:
    due = list(Advance.objects.due(now).select_for_update(skip_locked=True).order_by("object_until")[:BATCH])
    _end(due, AdvanceState.FINAL, now=now)
    tell("final", [advance for advance in due if advance.owed], now=now)
    return len(due)


def _remind(now: datetime) -> int:
    due = list(Advance.objects.to_remind(now).select_for_update(skip_locked=True).order_by("remind_at")[:BATCH])
    Advance.objects.filter(pk__in=[advance.pk for advance in due]).update(remind_at=None)
    tell("reminded", [advance for advance in due if advance.owed], now=now)
    return len(due)


def _note_covered(now: datetime) -> int:
    covered = Advance.objects.filter(pk__in=coverage.covered()[:BATCH], recovered_at=None)
    found = list(covered.select_for_update(skip_locked=True))
    Advance.objects.filter(pk__in=[advance.pk for advance in found]).update(recovered_at=now)
    tell("recovered", [advance for advance in found if advance.owed], now=now)
    return len(found)


def _locked(advance: Advance) -> Advance:
    return Advance.objects.select_for_update().get(pk=advance.pk)


def _check_staff(advance: Advance, actor: "User") -> None:
    if actor.duty != Duty.PLATFORM:
        raise NotForYou(_("The platform's staff decides on objections."))
    if actor.memberships.filter(merchant=advance.merchant_id).exists():
        raise NotForYou(_("You work for this shop: somebody else of the platform's staff decides."))


def _check_words(text: str) -> None:
    if not text.strip():
        raise WordsMissing(_("Say why."))
    if len(text) > TEXT_LENGTH:
        raise WordsMissing(_("At most %(count)s characters, please.") % {"count": TEXT_LENGTH})


def _end(advances: Sequence[Advance], state: AdvanceState, *, now: datetime) -> None:
    for advance in advances:
        advance.state, advance.ended_at = state, now
    Advance.objects.bulk_update(advances, ["state", "ended_at", "answer", "decided_by"])
    if state == AdvanceState.FINAL:
        post_many([_recovery(advance) for advance in advances if advance.owed], now=now)


def _recovery(advance: Advance) -> Posting:
    fund = AccountKey(AccountKind.PLATFORM_FUND, advance.currency)
    merchant = AccountKey(AccountKind.MERCHANT_PAYABLE, advance.currency, merchant_id=advance.merchant_id)
    entries = ((merchant, -advance.owed), (fund, advance.owed))
    return Posting(key=f"advance:{advance.key}", kind="advance_recovered", case=advance.case, entries=entries)


def _given_back(advance: Advance) -> Posting:
    fund = AccountKey(AccountKind.PLATFORM_FUND, advance.currency)
    merchant = AccountKey(AccountKind.MERCHANT_PAYABLE, advance.currency, merchant_id=advance.merchant_id)
    entries = ((fund, -advance.owed), (merchant, advance.owed))
    return Posting(f"advance_corrected:{advance.key}", "advance_corrected", advance.case, entries)
