"""Alipay, by python-alipay-sdk (alipay.trade.refund, alipay.trade.fastpay.refund.query)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl

from alipay import AliPay
from alipay.exceptions import AliPayException, AliPayValidationError
from alipay.utils import AliPayConfig
from django.utils.translation import gettext as _

from aftersales.remedies.gateways import Answer, Call, Forged, NoAnswer, RefundRequest, Seen, Verdict
from aftersales.remedies.gateways.numbers import key_of, number_of
from portal.money import plain

CURRENCY = "CNY"  # of payments in mainland China, which these refund
TIMEOUT = 15  # seconds
DONE, BUSINESS = "10000", "40004"
# Refusals that may be over tomorrow; every other business refusal is final.
_FOR_NOW = {"ACQ.SELLER_BALANCE_NOT_ENOUGH", "ACQ.REFUND_CHARGE_ERROR", "ACQ.TRADE_SETTLE_ERROR"}
_OPEN = {"ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR"}
_NONE = {"ACQ.TRADE_NOT_EXIST", "TRADE_NOT_EXIST"}


class Alipay:
    """Refunds trades: `payment_ref` is Alipay's trade number (28 digits), or else our own order number there."""

    name = "alipay"

    def __init__(self, *, app_id: str, private_key: str, public_key: str, api_base: str) -> None:
        self._sdk: Any = AliPay(
            appid=app_id,
            app_private_key_string=private_key,
            alipay_public_key_string=public_key,
            sign_type="RSA2",
            config=AliPayConfig(timeout=TIMEOUT),
        )
        self._sdk._gateway = api_base  # the SDK knows only its own two

    def refund(self, request: RefundRequest, *, now: datetime) -> Answer:
        """Ask for a refund; its number makes it happen once. Raises NoAnswer."""
        if request.currency != CURRENCY:
            reason = _("%(gateway)s pays in %(currency)s only.") % {"gateway": "Alipay", "currency": CURRENCY}
            return Answer(Verdict.FAILED, reason=reason, permanent=True)
        told = _asked(
            lambda: self._sdk.api_alipay_trade_refund(
                plain(request.amount, request.currency), out_request_no=number_of(request.key), **_trade(request)
            )
        )
        if told.get("code") == BUSINESS and told.get("sub_code") not in _OPEN:
            permanent = told.get("sub_code") not in _FOR_NOW
            return Answer(Verdict.FAILED, reason=_words(told), permanent=permanent)
        if told.get("code") == DONE and told.get("fund_change") == "Y":
            return Answer(Verdict.SUCCEEDED, number_of(request.key))
        # Accepted before, or not decided yet: only the query tells.
        found = self.look_up(request, now=now) if told.get("code") == DONE else None
        if found is None:
            raise NoAnswer(_words(told))
        return found

    def look_up(self, request: RefundRequest, *, now: datetime) -> Answer | None:
        """Ask after the refund's number. Raises NoAnswer."""
        told = _asked(
            lambda: self._sdk.api_alipay_trade_fastpay_refund_query(number_of(request.key), **_trade(request))
        )
        if told.get("code") == BUSINESS and told.get("sub_code") in _NONE:
            return None
        if told.get("code") != DONE:
            raise NoAnswer(_words(told))
        if told.get("refund_status") != "REFUND_SUCCESS":
            return None  # without a status there is no such refund
        if _amount(told.get("refund_amount")) != request.amount:
            raise NoAnswer(f"Alipay speaks of {told.get('refund_amount')} for {number_of(request.key)}.")
        return Answer(Verdict.SUCCEEDED, number_of(request.key))

    def listen(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Call:
        """Verify a notification and read it; the amount of one refund is not in it. Raises Forged, ValueError."""
        told = dict(parse_qsl(body.decode(), keep_blank_values=True))
        signature = told.pop("sign", "")
        try:
            genuine = bool(signature) and self._sdk.verify(dict(told), signature)
        except (AliPayException, ValueError) as odd:
            raise Forged(str(odd)) from odd
        if not genuine:
            raise Forged("The signature does not fit.")
        if told.get("app_id") != self._sdk.appid:
            raise Forged("The notification is for another application.")
        number = told.get("out_biz_no", "")
        key = key_of(number) if number else None
        seen = Seen(number, Verdict.SUCCEEDED, key=key, payment_ref=told.get("trade_no", "")) if key else None
        return Call(told["notify_id"], seen)

    def health(self, *, now: datetime) -> str:
        """Ask after a refund that is none: a signed answer of any kind means that keys and line are fine."""
        try:
            _asked(lambda: self._sdk.api_alipay_trade_fastpay_refund_query("health", out_trade_no="health"))
        except NoAnswer as ill:
            return str(ill)
        return ""


def _asked(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Make a call. Raises NoAnswer where nothing came that Alipay has signed."""
    try:
        return ask()
    except AliPayValidationError as forged:
        raise NoAnswer("Alipay's answer is not signed by its key.") from forged
    except AliPayException as refused:
        raise NoAnswer(f"Alipay: {refused}") from refused
    except (OSError, ValueError, AttributeError) as silence:
        raise NoAnswer(f"Alipay: {silence!r}") from silence


def _trade(request: RefundRequest) -> dict[str, str]:
    ref = request.payment_ref
    return {"trade_no" if len(ref) == 28 and ref.isdigit() else "out_trade_no": ref}


def _words(told: dict[str, Any]) -> str:
    return str(told.get("sub_msg") or told.get("msg") or told)


def _amount(text: object) -> Decimal | None:
    try:
        return Decimal(str(text))
    except InvalidOperation:
        return None
