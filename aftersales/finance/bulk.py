"""Doing one thing to many: each item in a transaction of its own, and for each a line that says what happened."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aftersales.disputes.codes import Role, Status
from aftersales.disputes.errors import DisputeMoved, NotAllowed, RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.permissions import role_of
from aftersales.disputes.services.fulfilment import retry_payout
from aftersales.disputes.services.holding import release_hold
from aftersales.finance.queue import HOLD, REFUND, Item, Key, items
from aftersales.remedies import by_hand
from aftersales.remedies.models import RefundInstruction
from aftersales.remedies.services import NotFailed, failed_remedies

if TYPE_CHECKING:
    from portal.accounts.models import User

log = logging.getLogger(__name__)
MOST = 100  # items at once: what a person can look through before confirming
_SAID = (DisputeMoved, NotAllowed, RuleBroken, NotFailed, by_hand.OutcomeOpen, by_hand.ReferenceUsed, ValueError)


@dataclass(frozen=True, slots=True)
class Given:
    """Who does it, when and why; `reference` is the bank's, of what was paid by hand."""

    actor: "User"
    now: datetime
    why: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that can be done: to which kind of item, in which words, by which verb."""

    kind: str
    button: Promise | str
    heading: Promise | str
    verb: Callable[[Item, int, Given], str]
    why_needed: bool = True
    alone: bool = False  # one item at a time


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one item."""

    case: str
    done: bool
    words: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen, as it stands now: what can be done, what cannot and why."""

    possible: list[Item]
    impossible: list[tuple[str, str]]  # case (or what was sent), why


def choose(deed: Deed, tokens: Sequence[str], user: "User") -> Choice:
    """Look at what was chosen again: what moved on meanwhile, or is not this person's, is named with the reason."""
    wanted = {key: token for token in dict.fromkeys(tokens) if (key := _key(token))}
    found = {item.token: item for item in items(list(wanted), user)}
    by_key = {_key(item.token): item for item in found.values()}
    choice = Choice([], [(token, _("This is not in the queue.")) for token in tokens if not _key(token)])
    for key, token in wanted.items():
        item = by_key.get(key)
        if item is None:
            choice.impossible.append((_name(key), _("This no longer waits.")))
        elif item.token != token:
            choice.impossible.append((item.case, _("This has changed since you saw it. Choose it again.")))
        elif item.kind != deed.kind:
            choice.impossible.append((item.case, _("This cannot be done with it.")))
        elif item.why_not:
            choice.impossible.append((item.case, item.why_not))
        else:
            choice.possible.append(item)
    if deed.alone and len(choice.possible) > 1:
        rest = choice.possible[1:]
        del choice.possible[1:]
        choice.impossible.extend((item.case, _("Enter payments by hand one at a time.")) for item in rest)
    return choice


def carry_out(deed: Deed, chosen: Sequence[Item], given: Given) -> list[Result]:
    """Do it to each item; what fails changes nothing of that item and keeps nobody from the rest."""
    return [_carry_out(deed, item, given) for item in chosen]


def _carry_out(deed: Deed, item: Item, given: Given) -> Result:
    key = _key(item.token)
    assert key is not None  # noqa: S101 - items write their own tokens
    try:
        with transaction.atomic():
            return Result(item.case, True, deed.verb(item, key[1], given))
    except _SAID as why:
        return Result(item.case, False, str(why) or _("You cannot do this."))
    except Exception:
        connection.ensure_connection()  # a lost database is no item's fault: then this raises
        log.exception("%s could not be handled", item.token)
        return Result(item.case, False, _("This went wrong and was not done. It is still in the queue."))


def _approve(item: Item, pk: int, given: Given) -> str:
    version = int(item.token.rpartition("-")[2])
    case = Dispute.objects.get(pk=pk)
    after = release_hold(dispute=case, actor=given.actor, now=given.now, note=given.why, expected_version=version)
    if after.status == Status.AMOUNT_ON_HOLD:
        return _("Approved by you; one more person has to approve it.")
    return _("Approved, and on its way to the buyer.")


def _retry(item: Item, pk: int, given: Given) -> str:
    _send(pk, given, "")
    return _("On its way again.")


def _pay_as_balance(item: Item, pk: int, given: Given) -> str:
    _send(pk, given, "balance")
    return _("On its way to the buyer's store balance.")


def _send(pk: int, given: Given, channel: str) -> None:
    refund = RefundInstruction.objects.get(pk=pk)
    case = _held(refund, given)
    by_hand.try_again(instruction=refund, by=given.actor, why=given.why, now=given.now, channel=channel)
    if case is not None and case.status == Status.PAYOUT_FAILED and not failed_remedies(case.number):
        retry_payout(dispute=case, actor=given.actor, now=given.now)


def _mark_paid(item: Item, pk: int, given: Given) -> str:
    refund = RefundInstruction.objects.get(pk=pk)
    _held(refund, given)
    by_hand.mark_paid(instruction=refund, by=given.actor, why=given.why, reference=given.reference, now=given.now)
    return _("Entered as paid under %(reference)s.") % {"reference": given.reference}


def _held(refund: RefundInstruction, given: Given) -> Dispute | None:
    """Lock the refund's case, before its refunds as everywhere. Raises NotAllowed for a party to it."""
    case = Dispute.objects.select_for_update(of=("self",)).filter(number=refund.case).first()
    if case is not None and role_of(given.actor, case) != Role.PLATFORM:
        raise NotAllowed(_("You are a party to this case."))
    return case


def _key(token: str) -> Key | None:
    """Read what an item is; None for what no item ever wrote."""
    kind, _sep, rest = token.partition("-")
    pk, _sep, version = rest.partition("-")
    known = kind in {HOLD, REFUND} and pk.isascii() and pk.isdigit() and len(pk) < 19 and version
    return (kind, int(pk)) if known else None


def _name(key: Key) -> str:
    kind, pk = key
    if kind == HOLD:
        number = Dispute.objects.filter(pk=pk).values_list("number", flat=True).first()
    else:
        number = RefundInstruction.objects.filter(pk=pk).values_list("case", flat=True).first()
    return number or _("unknown")


DEEDS = {
    "approve": Deed(HOLD, gettext_lazy("Approve"), gettext_lazy("Approve these amounts"), _approve, why_needed=False),
    "retry": Deed(REFUND, gettext_lazy("Try again"), gettext_lazy("Try these refunds again"), _retry),
    "balance": Deed(
        REFUND,
        gettext_lazy("Pay as store balance"),
        gettext_lazy("Pay these refunds as store balance"),
        _pay_as_balance,
    ),
    "hand": Deed(
        REFUND, gettext_lazy("Enter as paid"), gettext_lazy("Enter a refund that the bank paid"), _mark_paid, alone=True
    ),
}
