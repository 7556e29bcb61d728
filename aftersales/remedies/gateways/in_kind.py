"""Points and coupons go back in kind (SAMR order 31 art. 14-17): the marketplace, which keeps them, gives them back.

It is told by the outbox (`in_kind.asked`), reads what waits over REST, and confirms or refuses there. Until then the
refund's part is pending. Refused, or not answered in time, it waits for a person, who may pay it as store balance.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, Posting, post_many
from aftersales.remedies.gateways import Answer, RefundRequest, Verdict
from aftersales.remedies.gateways.models import InKindRefund, InKindRefusal, InKindState
from aftersales.remedies.models import InstructionState, RefundAttempt, RefundInstruction
from portal.money import plain
from portal.outbox.services import publish

NAME = "in_kind"
_STALE = timedelta(days=1)


class WrongAmount(Exception):
    """The marketplace speaks of another amount or currency than it was asked for."""


class NoLongerAsked(Exception):
    """It was answered otherwise before, or another way was chosen meanwhile."""


class InKind:
    """Writes down what the marketplace is to give back; its answer stands in the row."""

    name = NAME

    def __init__(self, *, patience_days: str) -> None:
        self._patience = timedelta(days=float(patience_days))

    def refund(self, request: RefundRequest, *, now: datetime) -> Answer:
        """Ask the marketplace, once per key."""
        kind = settings.IN_KIND.get(request.channel)
        if kind is None:
            reason = _("“%(channel)s” is not paid in points or coupons (IN_KIND).") % {"channel": request.channel}
            return Answer(Verdict.FAILED, reason=reason, permanent=True)
        with transaction.atomic():
            asked, is_new = InKindRefund.objects.get_or_create(
                key=request.key,
                defaults={
                    "buyer_id": request.buyer_id,
                    "kind": kind,
                    "channel": request.channel,
                    "payment_ref": request.payment_ref,
                    "amount": request.amount,
                    "currency": request.currency,
                    "asked_at": now,
                    **_about(request.key),
                },
            )
            if is_new:
                publish("in_kind.asked", {"key": asked.key}, now=now)
        return _answer(asked)

    def look_up(self, request: RefundRequest, *, now: datetime) -> Answer | None:
        """Read the row; what was not answered in time is not asked for any more."""
        late = InKindRefund.objects.filter(
            key=request.key, state=InKindState.WAITING, asked_at__lte=now - self._patience
        )
        late.update(state=InKindState.LAPSED, answered_at=now)
        asked = InKindRefund.objects.filter(key=request.key).first()
        return _answer(asked) if asked else None

    def health(self, *, now: datetime) -> str:
        """Say that the marketplace keeps silent."""
        waiting = InKindRefund.objects.filter(state=InKindState.WAITING, asked_at__lte=now - _STALE).count()
        words = ngettext(
            "The marketplace has not answered about %(count)s refund in points or coupons for more than a day.",
            "The marketplace has not answered about %(count)s refunds in points or coupons for more than a day.",
            waiting,
        )
        return words % {"count": waiting} if waiting else ""


@transaction.atomic
def confirm(*, asked: InKindRefund, amount: Decimal, currency: str, reference: str = "", now: datetime) -> InKindRefund:
    """Take the marketplace's word that points or a coupon were given back; told again, nothing changes.

    Amount in the currency of the order. Raises WrongAmount, NoLongerAsked.
    """
    asked = InKindRefund.objects.select_for_update().get(pk=asked.pk)
    if (amount, currency) != (asked.amount, asked.currency):
        raise WrongAmount(
            _("%(amount)s %(currency)s were to be given back.")
            % {"amount": plain(asked.amount, asked.currency), "currency": asked.currency}
        )
    if asked.state == InKindState.CONFIRMED:
        return asked
    asked.reference = reference
    _take_answer(asked, InKindState.CONFIRMED, now)
    # Whoever paid with them gave the marketplace's points away: what they are worth goes back to it.
    entries = (
        (AccountKey(AccountKind.GATEWAY, asked.currency), -asked.amount),
        (AccountKey(AccountKind.MARKETPLACE, asked.currency), asked.amount),
    )
    post_many([Posting(f"in_kind:{asked.key}", "given_in_kind", asked.case, entries)], now=now)
    return asked


@transaction.atomic
def refuse(*, asked: InKindRefund, refusal: InKindRefusal, reason: str = "", now: datetime) -> InKindRefund:
    """Take the marketplace's word that it cannot give something back; a person decides what then. Once is enough.

    Raises NoLongerAsked.
    """
    asked = InKindRefund.objects.select_for_update().get(pk=asked.pk)
    if asked.state == InKindState.REFUSED:
        return asked
    asked.refusal, asked.reason = refusal, reason.strip()
    _take_answer(asked, InKindState.REFUSED, now)
    return asked


def _take_answer(asked: InKindRefund, state: InKindState, now: datetime) -> None:
    if asked.state != InKindState.WAITING:
        raise NoLongerAsked(
            _("This was settled before (%(state)s); what was given back on top must be taken back.")
            % {"state": InKindState(asked.state).label}
        )
    asked.state, asked.answered_at = state, now
    asked.save(update_fields=["state", "reference", "refusal", "reason", "answered_at"])
    # The executor reads the row; one that was given up already is asked after by the reconciler.
    refund = RefundInstruction.objects.filter(parts__attempts__key=asked.key, state=InstructionState.GRANTED).first()
    if refund is not None:
        RefundInstruction.objects.filter(pk=refund.pk, state=InstructionState.GRANTED).update(next_at=now)
        publish("refund.granted", {"instruction": refund.pk}, now=now)


def _about(key: str) -> dict[str, str]:
    """Say which order and case it is for, so that the marketplace need not ask."""
    attempt = RefundAttempt.objects.select_related("part__instruction__order").filter(key=key).first()
    if attempt is None:
        return {}
    refund = attempt.part.instruction
    return {"order": refund.order.number, "case": refund.case}


def _answer(asked: InKindRefund) -> Answer:
    if asked.state == InKindState.WAITING:
        return Answer(Verdict.PENDING, asked.key[:120])
    if asked.state == InKindState.CONFIRMED:
        return Answer(Verdict.SUCCEEDED, asked.reference or asked.key[:120])
    return Answer(Verdict.FAILED, reason=_why(asked), permanent=True)


def _why(asked: InKindRefund) -> str:
    if asked.state == InKindState.LAPSED:
        return _("The marketplace has not answered in time.")
    said = _("The marketplace cannot give it back: %(why)s.") % {"why": InKindRefusal(asked.refusal).label}
    return f"{said} {asked.reason}".strip()
