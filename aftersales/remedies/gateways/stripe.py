"""Stripe, by its official SDK (https://docs.stripe.com/api/refunds).

Whether an unanswered request went through is found out by our key in the refund's metadata, not by the
Idempotency-Key alone: Stripe forgets those after 24 hours.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

import stripe
from django.utils.translation import gettext as _

from aftersales.remedies.gateways import Answer, Call, Forged, NoAnswer, RefundRequest, Seen, Verdict
from portal.money import exponent, plain

TIMEOUT = 20  # seconds
KEY = "aftersales_key"
_VERDICTS = {
    "succeeded": Verdict.SUCCEEDED,
    "pending": Verdict.PENDING,
    "requires_action": Verdict.PENDING,
    "failed": Verdict.FAILED,
    "canceled": Verdict.FAILED,
}
# Counted otherwise there than in ISO 4217 (https://docs.stripe.com/currencies#zero-decimal, #special-cases).
_CENTS = {"ISK": 2, "UGX": 2, "MGA": 0}
# Amounts of currencies with three decimals end in a nought there (#three-decimal): 5.12 KWD can be paid, 5.124 cannot.
_COARSE = 3


class Stripe:
    """Refunds payments made with Stripe: `payment_ref` is its PaymentIntent (pi_) or Charge (ch_, py_)."""

    name = "stripe"

    def __init__(self, *, api_key: str, webhook_secret: str, api_base: str) -> None:
        self._secret = webhook_secret
        self._client = stripe.StripeClient(
            api_key,
            base_addresses={"api": api_base},
            http_client=stripe.RequestsClient(timeout=TIMEOUT),
            max_network_retries=0,  # trying again is ours to decide
        )

    def refund(self, request: RefundRequest, *, now: datetime) -> Answer:
        """Create a refund that carries our key. Raises NoAnswer."""
        if not _can_say(request.amount, request.currency):
            return Answer(Verdict.FAILED, reason=_too_fine(request), permanent=True)
        params: Any = {
            **_payment(request.payment_ref),
            "amount": _minor(request.amount, request.currency),
            "metadata": {KEY: request.key},
        }
        try:
            with _asking():
                made = self._client.v1.refunds.create(params=params, options={"idempotency_key": request.key})
        except stripe.RateLimitError as busy:
            return Answer(Verdict.FAILED, reason=_words(busy))
        except (stripe.AuthenticationError, stripe.PermissionError) as locked:  # our key, not this refund
            return Answer(Verdict.FAILED, reason=_words(locked))
        except (stripe.InvalidRequestError, stripe.CardError) as refused:
            return Answer(Verdict.FAILED, reason=_words(refused), permanent=True)
        return _answer(made, request)

    def look_up(self, request: RefundRequest, *, now: datetime) -> Answer | None:
        """Look for our key among the refunds of the payment. Raises NoAnswer."""
        params: Any = {**_payment(request.payment_ref), "limit": 100}
        try:
            with _asking():
                for found in self._client.v1.refunds.list(params=params).auto_paging_iter():
                    if _key(found) == request.key:
                        return _answer(found, request)
        except stripe.InvalidRequestError:  # no such payment, hence no refund of it
            return None
        except stripe.StripeError as silence:
            raise NoAnswer(_words(silence)) from silence
        return None

    def refunds_since(self, since: datetime, *, now: datetime) -> Iterator[Seen]:
        """List refunds, newest first, until one is older. Raises NoAnswer."""
        try:
            with _asking():
                for found in self._client.v1.refunds.list(params={"limit": 100}).auto_paging_iter():
                    if found.created < since.timestamp():
                        return
                    yield _seen(found)
        except stripe.StripeError as silence:
            raise NoAnswer(_words(silence)) from silence

    def listen(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Call:
        """Verify a webhook's signature and age (5 minutes) and read what it says of refunds. Raises Forged."""
        if not self._secret:
            raise Forged("STRIPE_WEBHOOK_SECRET is not set.")
        try:
            event = stripe.Webhook.construct_event(body, headers.get("Stripe-Signature", ""), self._secret)
        except stripe.SignatureVerificationError as forged:
            raise Forged(str(forged)) from forged
        return Call(event.id, _told(event.type, event.data.object))

    def health(self, *, now: datetime) -> str:
        """Ask for a list of one: key and line are fine if that comes."""
        try:
            with _asking():
                self._client.v1.refunds.list(params={"limit": 1})
        except (NoAnswer, stripe.StripeError) as ill:
            return _words(ill)
        return ""


@contextmanager
def _asking() -> Iterator[None]:
    """Tell silence from refusals: after these nobody knows whether Stripe has paid."""
    try:
        yield
    except (stripe.APIConnectionError, stripe.IdempotencyError) as silence:
        raise NoAnswer(_words(silence)) from silence
    except stripe.APIError as fault:  # 5xx, or an answer that cannot be read
        raise NoAnswer(_words(fault)) from fault


def _payment(ref: str) -> dict[str, str]:
    return {"payment_intent" if ref.startswith("pi_") else "charge": ref}


def _decimals(currency: str) -> int:
    return _CENTS.get(currency.upper(), exponent(currency.upper()))


def _minor(amount: Decimal, currency: str) -> int:
    return int(amount.scaleb(_decimals(currency)))


def _can_say(amount: Decimal, currency: str) -> bool:
    """Tell whether Stripe can move exactly this amount; it is never rounded to one that it can."""
    minor = amount.scaleb(_decimals(currency))
    return minor == int(minor) and (_decimals(currency) < _COARSE or minor % 10 == 0)


def _too_fine(request: RefundRequest) -> str:
    return _("Stripe cannot pay amounts as fine as %(amount)s %(currency)s. Pay it another way.") % {
        "amount": plain(request.amount, request.currency),
        "currency": request.currency,
    }


def _words(problem: Exception) -> str:
    return getattr(problem, "user_message", None) or str(problem) or type(problem).__name__


def _key(refund: Any) -> str:
    return str(refund.metadata[KEY]) if refund.metadata and KEY in refund.metadata else ""


def _answer(refund: Any, request: RefundRequest) -> Answer:
    """Read a refund of ours. Raises NoAnswer for one that is not what was asked for: a person must look."""
    if (refund.amount, refund.currency.upper()) != (_minor(request.amount, request.currency), request.currency):
        raise NoAnswer(f"Stripe answers with {refund.amount} {refund.currency} (minor units) for {refund.id}.")
    verdict = _VERDICTS.get(refund.status)
    if verdict is None:
        raise NoAnswer(f"Stripe calls {refund.id} {refund.status!r}, which is not known here.")
    return Answer(verdict, refund.id, reason=getattr(refund, "failure_reason", None) or "", permanent=False)


def _seen(refund: Any) -> Seen:
    currency = refund.currency.upper()
    return Seen(
        reference=refund.id,
        verdict=_VERDICTS.get(refund.status, Verdict.PENDING),
        key=_key(refund),
        payment_ref=getattr(refund, "payment_intent", None) or refund.charge or "",
        amount=Decimal(refund.amount).scaleb(-_decimals(currency)),
        currency=currency,
        reason=getattr(refund, "failure_reason", None) or "",
    )


def _told(kind: str, thing: Any) -> Seen | None:
    if getattr(thing, "object", "") == "refund":
        return _seen(thing)
    if kind != "charge.dispute.funds_withdrawn":
        return None
    currency = thing.currency.upper()
    return Seen(
        reference=thing.id,
        verdict=Verdict.SUCCEEDED,
        payment_ref=getattr(thing, "payment_intent", None) or thing.charge,
        amount=Decimal(thing.amount).scaleb(-_decimals(currency)),
        currency=currency,
        reason=getattr(thing, "reason", "") or "",
        chargeback=True,
    )
