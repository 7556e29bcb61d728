"""The money room's front: what other rooms may ask of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Min, QuerySet
from django.utils.translation import gettext as _

from aftersales.remedies import coupons, execution
from aftersales.remedies.coupons import take_back as take_back_coupons
from aftersales.remedies.gateways import hearing, reconciling
from aftersales.remedies.grants import grant_many
from aftersales.remedies.models import (
    CouponGrant,
    GatewayEvent,
    GrantState,
    InstructionState,
    RefundInstruction,
    RefundPart,
    Replacement,
    ReplacementState,
)
from aftersales.remedies.quotes import AmountExceeds, Grant, LineClaim, Quote, quote_many
from aftersales.remedies.summary import VIEWS, RemedyView, view_of, views_of
from merchants.coupons.budgets import BudgetSpent
from portal.money import ZERO
from portal.outbox.services import publish_many

__all__ = [
    "VIEWS",
    "AmountExceeds",
    "BudgetSpent",
    "Grant",
    "LineClaim",
    "NotFailed",
    "NothingToShip",
    "Quote",
    "RemedyView",
    "cancel_goods",
    "case_of_goods",
    "fail_goods",
    "failed_remedies",
    "goods_arrived",
    "goods_sent",
    "grant_many",
    "next_due",
    "open_remedies",
    "paid_for_postage",
    "parcel_state",
    "quote_many",
    "reconcile",
    "refunded_by_line",
    "retry",
    "retry_by_silence",
    "retry_failed",
    "run_due",
    "ship_replacement",
    "take_back_coupons",
    "view_of",
    "views_of",
]


_GOODS_OPEN = (ReplacementState.TO_SHIP, ReplacementState.SHIPPED)
# A person looks: refused for good, given up, or paid and come back.
WAITING = [InstructionState.FAILED, InstructionState.REVERSED]


class NothingToShip(Exception):
    """No replacement waits to be sent: it was sent already, cancelled, or never owed."""


class NotFailed(Exception):
    """The refund does not wait for a person: it was paid, or is being paid."""


def open_remedies(case: str) -> bool:
    """Tell whether anything owed to a case is still on its way; one statement. A failed refund is not on its way."""
    refunds = RefundInstruction.objects.filter(case=case, state=InstructionState.GRANTED).values("pk").order_by()
    coupons = CouponGrant.objects.filter(case=case, state=GrantState.GRANTED).values("pk").order_by()
    goods = Replacement.objects.filter(case=case, state__in=_GOODS_OPEN).values("pk").order_by()
    return refunds.union(coupons, goods, all=True).exists()


def failed_remedies(case: str) -> bool:
    """Tell whether a refund of a case waits for a person."""
    return RefundInstruction.objects.filter(case=case, state__in=WAITING).exists()


def paid_for_postage(cases: Sequence[str]) -> bool:
    """Tell whether money beyond what was paid was granted to any of these cases."""
    return bool(cases) and RefundInstruction.objects.filter(case__in=cases, compensation__gt=0).exists()


def refunded_by_line(case: str) -> dict[int, Decimal]:
    """Return what was refunded, or will be, by a case, by order line, in the order's currency."""
    refunded: dict[int, Decimal] = defaultdict(lambda: ZERO)
    granted = RefundInstruction.objects.filter(case=case).exclude(state=InstructionState.FAILED)
    for lines in granted.values_list("lines", flat=True):
        for row in lines:
            refunded[row["line"]] += Decimal(row["amount"])
    return dict(refunded)


def ship_replacement(*, case: str, carrier: str, tracking: str, now: datetime) -> Replacement:
    """Record that the goods owed to a case were sent; they are owed until they arrive. Raises NothingToShip."""
    replacement = Replacement.objects.select_for_update().filter(case=case, state=ReplacementState.TO_SHIP).first()
    if replacement is None:
        raise NothingToShip(_("There is nothing left to send for this case."))
    replacement.state, replacement.shipped_at = ReplacementState.SHIPPED, now
    replacement.carrier, replacement.tracking = carrier, tracking
    replacement.save(update_fields=["state", "shipped_at", "carrier", "tracking"])
    return replacement


def goods_arrived(*, cases: Sequence[str], now: datetime) -> None:
    """Record that the goods sent to these cases arrived, which settles those remedies; twice changes nothing."""
    sent = Replacement.objects.filter(case__in=cases, state=ReplacementState.SHIPPED).select_for_update()
    arrived = list(sent.order_by("id"))
    Replacement.objects.filter(pk__in=[goods.pk for goods in arrived]).update(
        state=ReplacementState.ARRIVED, ended_at=now
    )
    publish_many([("remedy.done", {"case": g.case, "kind": g.kind, "key": g.key}) for g in arrived], now=now)


def fail_goods(*, cases: Sequence[str], now: datetime) -> None:
    """Record that the goods sent to these cases never came or are wrong: something else will be decided."""
    sent = Replacement.objects.filter(case__in=cases, state__in=[ReplacementState.SHIPPED, ReplacementState.ARRIVED])
    sent.update(state=ReplacementState.FAILED, ended_at=now)


def goods_sent(case: str) -> str:
    """Return the kind of goods that a case sent and that did not fail, or nothing."""
    sent = Replacement.objects.filter(case=case, state__in=[ReplacementState.SHIPPED, ReplacementState.ARRIVED])
    return sent.order_by("-shipped_at").values_list("kind", flat=True).first() or ""


def cancel_goods(*, cases: Sequence[str]) -> int:
    """Take back the goods owed to these cases that were never sent; return how many there were."""
    unsent = Replacement.objects.filter(case__in=cases, state=ReplacementState.TO_SHIP)
    return unsent.update(state=ReplacementState.CANCELLED)


def case_of_goods(*, carrier: str, tracking: str) -> str:
    """Return the case whose replacement travels as this parcel, or nothing."""
    found = Replacement.objects.filter(carrier=carrier, tracking=tracking).order_by("-shipped_at")
    return found.values_list("case", flat=True).first() or ""


def parcel_state(case: str, *, carrier: str, tracking: str) -> str:
    """Return how far the goods got that a case sent as this parcel, or nothing where it sent none."""
    sent = Replacement.objects.filter(case=case, carrier=carrier, tracking=tracking).order_by("-shipped_at")
    return sent.values_list("state", flat=True).first() or ""


@transaction.atomic
def retry(*, instruction: RefundInstruction, now: datetime, channel: str = "") -> None:
    """Let a person send a failed or returned refund on its way again, with a fresh count of tries.

    With `channel`, what is still unpaid goes that way instead; an attempt whose outcome is open is settled first,
    where it was begun. Raises NotFailed.
    """
    if not _retry(RefundInstruction.objects.filter(pk=instruction.pk), now):
        raise NotFailed(_("This refund is not waiting for anybody."))
    if channel:
        RefundPart.objects.filter(instruction=instruction, paid_at=None).update(channel=channel)


def retry_failed(*, cases: Sequence[str], now: datetime) -> int:
    """Send every failed refund of these cases on its way again; return how many there were."""
    return _retry(RefundInstruction.objects.filter(case__in=cases), now)


@transaction.atomic
def retry_by_silence(*, late: Mapping[str, datetime], now: datetime) -> int:
    """Send the failed refunds of cases, by number, again that nobody looked at; return how many there were.

    What a case granted up to the instant given for it is beyond the law's time for refunds: what no way of payment took
    is then paid into the store balance. Points and coupons are not: what they are worth in money a person decides.
    """
    failed = RefundInstruction.objects.filter(case__in=late, state__in=WAITING)
    granted = failed.values_list("pk", "case", "granted_at")
    overdue = [pk for pk, case, at in granted if at <= late[case]]
    unpaid = RefundPart.objects.filter(instruction__in=overdue, paid_at=None, payment__isnull=False)
    unpaid.exclude(payment__channel__in=settings.IN_KIND).update(channel="balance")
    return retry_failed(cases=list(late), now=now)


@transaction.atomic
def _retry(refunds: QuerySet[RefundInstruction], now: datetime) -> int:
    failed = refunds.filter(state__in=WAITING).select_for_update().order_by("id")
    ids = list(failed.values_list("pk", flat=True))
    RefundInstruction.objects.filter(pk__in=ids).update(state=InstructionState.GRANTED, tries=0, next_at=now)
    publish_many([("refund.granted", {"instruction": pk}) for pk in ids], now=now)
    return len(ids)


def reconcile(*, now: datetime) -> int:
    """Compare with the gateways once; return how many differences were found."""
    return reconciling.reconcile(now=now)


def run_due(*, now: datetime) -> int:
    """Do all that is due, here and without a worker; return how many steps that took (`manage.py run_due`)."""
    steps = 0
    while taken := sum(execution.execute(pk, now=now) for pk in execution.due(now=now)):
        steps += taken
    while taken := sum(hearing.handle(pk, now=now) for pk in hearing.due(now=now)):
        steps += taken
    while taken := sum(coupons.issue_granted(pk, now=now) for pk in coupons.due(now=now)):
        steps += taken
    return steps


def next_due(*, after: datetime) -> datetime | None:
    """Return when the next refund, coupon or message of a gateway is to be looked at (again)."""
    waiting = [
        RefundInstruction.objects.filter(state=InstructionState.GRANTED, next_at__gt=after),
        CouponGrant.objects.filter(state=GrantState.GRANTED, next_at__gt=after),
        GatewayEvent.objects.filter(next_at__gt=after),
    ]
    found = [rows.aggregate(soonest=Min("next_at"))["soonest"] for rows in waiting]
    return min((at for at in found if at), default=None)
