"""Money that reached a buyer without us: chargebacks, and refunds that somebody made at the gateway itself.

It is taken off what is still to be paid through that payment, then booked as a refund of its own as far as the order
holds, so that later grants find that much less to give back. What goes beyond was paid twice: a person contests it,
and the platform's fund carries it meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, Posting, post_many
from aftersales.orders.models import OrderPayment
from aftersales.remedies import grants, outcomes
from aftersales.remedies.gateways import Answer, Seen, Verdict
from aftersales.remedies.gateways.models import OutsideRefund
from aftersales.remedies.models import AttemptState, InstructionState, RefundAttempt, RefundInstruction, RefundPart
from aftersales.remedies.quotes import Grant, LineClaim, quote_many
from portal.money import ZERO, floor, plain

_OPEN = [AttemptState.PENDING, AttemptState.UNKNOWN]


class AlreadyMatched(Exception):
    """Somebody has said before which payment it was."""


@dataclass(frozen=True, slots=True)
class About:
    """What an outside refund concerns, where whoever tells of it knows: payment, order lines (ids), case."""

    payment: OrderPayment | None = None
    lines: tuple[int, ...] = ()
    case: str = ""


def book(name: str, seen: Seen, *, now: datetime) -> str:
    """Book what a gateway tells of money that we did not send, once per reference; return what a person must know."""
    if seen.verdict != Verdict.SUCCEEDED:
        return ""  # nothing has moved (yet)
    if seen.amount is None or seen.amount <= 0:
        return _("The gateway tells of a refund that is not ours, without an amount.")
    row, _is_new = enter(name, seen, About(payment=_payment(seen)), now=now)
    if (row.amount, row.currency) != (seen.amount, seen.currency):
        return _("Told before with another amount: %(amount)s %(currency)s.") % {
            "amount": plain(row.amount, row.currency),
            "currency": row.currency,
        }
    return row.note


@transaction.atomic
def enter(name: str, seen: Seen, about: About, *, now: datetime) -> tuple[OutsideRefund, bool]:
    """Enter an outside refund once per reference, and spread it; tell whether it is new. The amount must be known."""
    row, is_new = OutsideRefund.objects.get_or_create(
        gateway=name,
        reference=seen.reference[:120],
        defaults={
            "chargeback": seen.chargeback,
            "payment": about.payment,
            "case": about.case,
            "currency": seen.currency,
            "amount": seen.amount or ZERO,
            "reason": seen.reason,
            "seen_at": now,
        },
    )
    if is_new:
        _spread(row, seen.payment_ref, about, now)
    return row, is_new


@transaction.atomic
def match(*, refund: OutsideRefund, payment: OrderPayment, now: datetime) -> OutsideRefund:
    """Let a person say which payment an outside refund went back through, and spread it. Raises AlreadyMatched."""
    row = OutsideRefund.objects.select_for_update().get(pk=refund.pk)
    if row.payment_id is not None:
        raise AlreadyMatched(_("This refund was matched before."))
    row.payment = payment
    _spread(row, "", About(payment=payment), now)
    return row


def record(instruction_id: int, news: Sequence[outcomes.Outcome], *, now: datetime) -> None:
    """Record outcomes; before a refused part is sent again, take off it what its buyer has got elsewhere."""
    outcomes.record(instruction_id, news, now=now)
    if any(outcome.state == AttemptState.FAILED for outcome in news):
        net_excess(instruction_id, now=now)


@transaction.atomic
def net_excess(instruction_id: int, *, now: datetime) -> None:
    """Use what was paid too much through a payment for the parts of a refund that are still to be paid."""
    payments = RefundPart.objects.filter(instruction=instruction_id, paid_at=None).values("payment")
    for row in OutsideRefund.objects.select_for_update().filter(payment__in=payments, excess__gt=0).order_by("id"):
        taken = _net(row, row.excess, AccountKind.PLATFORM_FUND, now)
        row.excess, row.netted = row.excess - taken, row.netted + taken
        row.note = _excess_note(row)
        row.save(update_fields=["excess", "netted", "note"])


def _payment(seen: Seen) -> OrderPayment | None:
    """Find the payment by its reference, where that leads to one only."""
    found = list(OrderPayment.objects.filter(ref=seen.payment_ref)[:2]) if seen.payment_ref else []
    return found[0] if len(found) == 1 else None


def _spread(row: OutsideRefund, told_ref: str, about: About, now: datetime) -> None:
    if row.payment is None:
        row.note = _("No payment, or more than one, has the reference “%(ref)s”.") % {"ref": told_ref}
    elif row.payment.order.currency != row.currency:
        row.note = _("The payment was made in %(currency)s.") % {"currency": row.payment.order.currency}
    else:
        row.case = row.case or _case_of(row.payment)
        row.netted = _net(row, row.amount, AccountKind.GATEWAY, now)
        row.booked = _book_rest(row, row.payment, about, row.amount - row.netted, now)
        row.excess = row.amount - row.netted - row.booked
        _carry_excess(row, now)
        row.note = _excess_note(row)
    row.save()


def _case_of(payment: OrderPayment) -> str:
    """Match it to the order's latest case that anything was refunded in."""
    known = RefundInstruction.objects.filter(order=payment.order_id).exclude(case="").order_by("-granted_at", "-id")
    return known.values_list("case", flat=True).first() or ""


def _net(row: OutsideRefund, at_most: Decimal, against: AccountKind, now: datetime) -> Decimal:
    """Take it off parts that are still to be paid and of which nothing is on its way; return how much that was."""
    rest = at_most
    waiting = RefundPart.objects.filter(payment=row.payment_id, paid_at=None)
    ids = waiting.order_by("instruction").values_list("instruction", flat=True).distinct()
    for refund in [outcomes.lock(pk) for pk in ids]:
        free = waiting.filter(instruction=refund.pk).exclude(attempts__state__in=_OPEN).order_by("id").first()
        if free is None or not rest:
            continue
        taken = min(rest, free.amount - free.netted)
        if taken:
            _take_off(row, refund, free, taken, against, now)
            rest -= taken
    return at_most - rest


def _take_off(
    row: OutsideRefund, refund: outcomes.Refund, part: RefundPart, taken: Decimal, against: AccountKind, now: datetime
) -> None:
    part.netted += taken
    part.paid_at = now if part.netted == part.amount else None
    part.save(update_fields=["netted", "paid_at"])
    entries = (
        (AccountKey(AccountKind.REFUNDS_CLEARING, row.currency), -taken),
        (AccountKey(against, row.currency), taken),
    )
    key = f"netted:{row.pk}:{part.pk}:{part.netted}"
    post_many([Posting(key, "refund_netted", refund.case, entries)], now=now)
    if not RefundPart.objects.filter(instruction=refund.pk, paid_at=None).exists():
        RefundInstruction.objects.filter(pk=refund.pk).update(
            state=InstructionState.SUCCEEDED, settled_at=now, next_at=None
        )
        outcomes.tell_done(refund, now=now)


def _book_rest(row: OutsideRefund, payment: OrderPayment, about: About, rest: Decimal, now: datetime) -> Decimal:
    """Book a refund that is paid already, as far as payment and lines still hold; return how much that was."""
    order = payment.order
    payment.refresh_from_db(fields=["refunded_amount"])
    lines = order.lines.filter(pk__in=about.lines) if about.lines else order.lines.all()
    claims = tuple(LineClaim(line.pk, line.refundable_amount) for line in lines.order_by("id"))
    held = sum((floor(claim.max_amount, row.currency) for claim in claims), ZERO)
    amount = min(rest, held, payment.amount - payment.refunded_amount)
    if amount <= 0:
        return ZERO
    grant = Grant(
        key=f"outside:{row.pk}",
        case=row.case,
        order_id=order.pk,
        merchant_id=order.merchant_id,
        buyer_id=order.buyer_id,
        currency=row.currency,
        cash=amount,
        lines=claims,
    )
    (quote,) = quote_many([grant], lock=True)
    grants.record([grant], [replace(quote, parts=((payment.pk, payment.channel, amount),))], now=now)
    _mark_paid(row, grant.key, now)
    return amount


def _mark_paid(row: OutsideRefund, key: str, now: datetime) -> None:
    part = RefundPart.objects.get(instruction__key=key)
    attempt = RefundAttempt.objects.create(
        part=part, number=1, key=f"{key}:1", gateway=row.gateway, reference=row.reference, sent_at=now
    )
    paid = Answer(Verdict.SUCCEEDED, row.reference)
    outcomes.record_within(part.instruction_id, [outcomes.Outcome(attempt.pk, now, paid, "")], now=now)


def _carry_excess(row: OutsideRefund, now: datetime) -> None:
    if row.excess:
        entries = (
            (AccountKey(AccountKind.PLATFORM_FUND, row.currency), -row.excess),
            (AccountKey(AccountKind.GATEWAY, row.currency), row.excess),
        )
        post_many([Posting(f"excess:{row.pk}", "paid_too_much", row.case, entries)], now=now)


def _excess_note(row: OutsideRefund) -> str:
    if not row.excess:
        return ""
    return _("%(amount)s %(currency)s reached the buyer twice. Contest it with the references of the refunds.") % {
        "amount": plain(row.excess, row.currency),
        "currency": row.currency,
    }
