"""WeChat Pay APIv3, by wechatpayv3 (/v3/refund/domestic/refunds)."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from wechatpayv3 import WeChatPay as Sdk
from wechatpayv3 import WeChatPayType

from aftersales.remedies.gateways import Answer, Call, Forged, NoAnswer, RefundRequest, Seen, Verdict
from aftersales.remedies.gateways.numbers import key_of, number_of
from portal.money import exponent

CURRENCY = "CNY"  # of payments in mainland China, which these refund
TIMEOUT = (5, 15)  # seconds to connect, to answer
OLDEST = 300  # seconds: an older notification is somebody's copy
_VERDICTS = {
    "SUCCESS": Verdict.SUCCEEDED,
    "PROCESSING": Verdict.PENDING,
    "CLOSED": Verdict.FAILED,
    "ABNORMAL": Verdict.FAILED,  # the buyer's account does not take it: another way is needed
}
# Refusals that may be over in a while.
_FOR_NOW = {"FREQUENCY_LIMITED", "FREQUENCY_LIMIT", "NOT_ENOUGH", "SIGN_ERROR", "NO_AUTH"}


class WeChatPay:
    """Refunds transactions: `payment_ref` is WeChat's transaction id (28 digits), or else our order number there."""

    name = "wechat"

    def __init__(
        self,
        *,
        mchid: str,
        appid: str,
        private_key: str,
        serial: str,
        api_key: str,
        public_key: str,
        public_key_id: str,
        api_base: str,
    ) -> None:
        self._sdk: Any = Sdk(
            wechatpay_type=WeChatPayType.NATIVE,
            mchid=mchid,
            appid=appid,
            private_key=private_key,
            cert_serial_no=serial,
            apiv3_key=api_key,
            public_key=public_key,
            public_key_id=public_key_id,
            timeout=TIMEOUT,
        )
        self._sdk._core._gate_way = api_base  # the SDK knows only the one

    def refund(self, request: RefundRequest, *, now: datetime) -> Answer:
        """Ask for a refund; its number makes it happen once. Raises NoAnswer."""
        if request.currency != CURRENCY:
            reason = _("%(gateway)s pays in %(currency)s only.") % {"gateway": "WeChat Pay", "currency": CURRENCY}
            return Answer(Verdict.FAILED, reason=reason, permanent=True)
        amount = {
            "refund": _minor(request.amount, request.currency),
            "total": _minor(request.paid, request.currency),
            "currency": request.currency,
        }
        status, told = _asked(
            lambda: self._sdk.refund(out_refund_no=number_of(request.key), amount=amount, **_transaction(request))
        )
        if status in {200, 204}:
            return _answer(told, request)
        if status >= 500:
            raise NoAnswer(_words(told))
        permanent = status in {400, 403, 404} and told.get("code") not in _FOR_NOW
        return Answer(Verdict.FAILED, reason=_words(told), permanent=permanent)

    def look_up(self, request: RefundRequest, *, now: datetime) -> Answer | None:
        """Ask after the refund's number. Raises NoAnswer."""
        status, told = _asked(lambda: self._sdk.query_refund(number_of(request.key)))
        if status == 404:
            return None
        if status != 200:
            raise NoAnswer(_words(told))
        return _answer(told, request)

    def listen(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Call:
        """Verify, decrypt and read a notification. Raises Forged, ValueError."""
        try:
            age = abs(now.timestamp() - int(headers.get("Wechatpay-Timestamp", "0")))
            told = self._sdk.callback(headers, body) if age <= OLDEST else None
        except Exception as odd:  # the SDK raises bare ones
            raise Forged(str(odd)) from odd
        if not told:
            raise Forged("The signature does not fit, or the notification is old.")
        refund = told["resource"]
        key = key_of(refund["out_refund_no"]) if "out_refund_no" in refund else None
        return Call(str(told["id"]), _seen(refund, key) if key else None)

    def health(self, *, now: datetime) -> str:
        """Ask after a refund that is none: a signed answer means that keys and line are fine."""
        try:
            status, told = _asked(lambda: self._sdk.query_refund("health"))
        except NoAnswer as ill:
            return str(ill)
        return "" if status in {200, 404} else _words(told)


def _asked(ask: Callable[[], tuple[int, str]]) -> tuple[int, dict[str, Any]]:
    """Make a call. Raises NoAnswer where nothing came that WeChat Pay has signed."""
    try:
        status, text = ask()
        told = json.loads(text or "{}")
    except Exception as silence:  # time-outs, broken lines, and the SDK's bare exception for a wrong signature
        raise NoAnswer(f"WeChat Pay: {silence}") from silence
    if not isinstance(told, dict):
        raise NoAnswer(f"WeChat Pay: {text}")
    return status, told


def _transaction(request: RefundRequest) -> dict[str, str]:
    ref = request.payment_ref
    return {"transaction_id" if len(ref) == 28 and ref.isdigit() else "out_trade_no": ref}


def _minor(amount: Decimal, currency: str) -> int:
    return int(amount.scaleb(exponent(currency)))


def _words(told: dict[str, Any]) -> str:
    return str(told.get("message") or told)


def _answer(told: dict[str, Any], request: RefundRequest) -> Answer:
    """Read a refund of ours. Raises NoAnswer for one that is not what was asked for: a person must look."""
    amount, verdict = told.get("amount") or {}, _VERDICTS.get(str(told.get("status")))
    if amount.get("refund") != _minor(request.amount, request.currency) or verdict is None:
        raise NoAnswer(f"WeChat Pay answers {told.get('status')} with {amount} for {told.get('out_refund_no')}.")
    if amount.get("currency", request.currency) != request.currency:
        raise NoAnswer(f"WeChat Pay answers in {amount.get('currency')} for {told.get('out_refund_no')}.")
    return Answer(verdict, str(told.get("refund_id", "")), reason=str(told.get("status")), permanent=True)


def _seen(refund: dict[str, Any], key: str) -> Seen:
    return Seen(
        reference=str(refund["refund_id"]),
        verdict=_VERDICTS[refund["refund_status"]],
        key=key,
        payment_ref=str(refund.get("transaction_id", "")),
        amount=Decimal(refund["amount"]["refund"]).scaleb(-2),
        currency=CURRENCY,  # notifications are of domestic refunds
        reason=str(refund["refund_status"]),
    )
