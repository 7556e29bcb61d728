"""Alipay and WeChat Pay, by their SDKs, against a server that speaks their formats with keys made here."""

import base64
import json
import time
from decimal import Decimal
from urllib.parse import parse_qsl, urlencode, urlparse

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.utils import timezone

from aftersales.remedies import execution
from aftersales.remedies.gateways import Forged, NoAnswer, RefundRequest, Verdict
from aftersales.remedies.gateways.numbers import key_of, number_of
from aftersales.remedies.gateways.registry import gateway
from aftersales.remedies.models import RefundAttempt
from aftersales.remedies.services import run_due
from tests.makers import make_order
from tests.remedies.conftest import NOW, grant

API_KEY = "k" * 32
ASKED = RefundRequest("D-AAAAA-BBBBB:3:7:1", "alipay", "2" * 28, Decimal("30.00"), "CNY", Decimal("100.00"), 1)
NUMBER = "D-AAAAA-BBBBB*3*7*1"


class Keys:
    """A key pair: what we sign with, or what they do."""

    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.private = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        self.public = (
            self.key.public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
            .decode()
        )

    def sign(self, text):
        return base64.b64encode(self.key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()

    def verify(self, text, signature):
        self.key.public_key().verify(base64.b64decode(signature), text.encode(), padding.PKCS1v15(), hashes.SHA256())


@pytest.fixture(scope="module")
def ours():
    return Keys()


@pytest.fixture(scope="module")
def theirs():
    return Keys()


# Alipay


@pytest.fixture
def alipay(settings, serve, ours, theirs):
    """Alipay whose server answers by a function (method, content) -> content; `calls` are what it was asked."""

    def start(answer, signer=theirs):
        calls = []

        def reply(method, path, headers, body):
            told = dict(parse_qsl(urlparse(path).query))
            signature = told.pop("sign")
            ours.verify("&".join(f"{k}={v}" for k, v in sorted(told.items())), signature)
            content = json.loads(told["biz_content"])
            calls.append((told["method"], content))
            given = answer(told["method"], content)
            if given is None:
                return None
            text = json.dumps(given, separators=(",", ":"))
            name = told["method"].replace(".", "_") + "_response"
            return 200, {}, f'{{"{name}":{text},"sign":"{signer.sign(text)}"}}'.encode()

        options = {"app_id": "2021", "private_key": ours.private, "public_key": theirs.public}
        settings.GATEWAYS = {"*": "alipay"}
        settings.GATEWAY_OPTIONS = {"alipay": {**options, "api_base": serve(reply)}}
        return gateway("alipay"), calls

    return start


PAID = {"code": "10000", "msg": "Success", "fund_change": "Y", "refund_fee": "30.00"}
FOUND = {"code": "10000", "msg": "Success", "refund_status": "REFUND_SUCCESS", "refund_amount": "30.00"}


def refusal(sub_code):
    return {"code": "40004", "msg": "Business Failed", "sub_code": sub_code, "sub_msg": "不允许退款"}


def test_alipay_pays(alipay):
    served_by, calls = alipay(lambda method, content: PAID)
    assert served_by.refund(ASKED, now=NOW).verdict == Verdict.SUCCEEDED
    assert calls == [
        ("alipay.trade.refund", {"refund_amount": "30.00", "out_request_no": NUMBER, "trade_no": "2" * 28})
    ]


@pytest.mark.parametrize(
    ("told", "permanent"),
    [(refusal("ACQ.TRADE_HAS_FINISHED"), True), (refusal("ACQ.SELLER_BALANCE_NOT_ENOUGH"), False)],
)
def test_alipay_refuses(alipay, told, permanent):
    answer = alipay(lambda method, content: told)[0].refund(ASKED, now=NOW)
    assert (answer.verdict, answer.permanent, answer.reason) == (Verdict.FAILED, permanent, "不允许退款")


@pytest.mark.parametrize(
    "told", [{"code": "20000", "msg": "Service Currently Unavailable"}, refusal("ACQ.SYSTEM_ERROR"), None]
)
def test_alipays_silence_settles_nothing(alipay, told):
    with pytest.raises(NoAnswer):
        alipay(lambda method, content: told)[0].refund(ASKED, now=NOW)


def test_alipays_answer_signed_by_another_is_not_believed(alipay):
    with pytest.raises(NoAnswer, match="not signed"):
        alipay(lambda method, content: PAID, signer=Keys())[0].refund(ASKED, now=NOW)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (FOUND, Verdict.SUCCEEDED),
        ({"code": "10000", "msg": "Success"}, None),
        (refusal("TRADE_NOT_EXIST"), None),
        ({**FOUND, "refund_amount": "31.00"}, NoAnswer),
        ({"code": "20000"}, NoAnswer),
    ],
)
def test_alipay_is_asked_what_became_of_it(alipay, told, expected):
    served_by = alipay(lambda method, content: told)[0]
    if expected is NoAnswer:
        with pytest.raises(NoAnswer):
            served_by.look_up(ASKED, now=NOW)
    else:
        answer = served_by.look_up(ASKED, now=NOW)
        assert (answer and answer.verdict) == expected


@pytest.mark.django_db
def test_alipays_lost_answer_is_looked_up_first(alipay):
    answers = iter([None, FOUND])
    _served_by, calls = alipay(lambda method, content: next(answers))
    refund = grant(make_order(), "30.00")
    execution.execute(refund.pk, now=NOW)
    assert RefundAttempt.objects.get().state == "unknown"
    refund.refresh_from_db()
    run_due(now=refund.next_at)
    refund.refresh_from_db()
    assert refund.state == "succeeded"
    assert [method for method, _content in calls] == ["alipay.trade.refund", "alipay.trade.fastpay.refund.query"]


def notification(signer, **more):
    told = {
        "notify_id": "n1",
        "app_id": "2021",
        "trade_no": "2" * 28,
        "out_biz_no": NUMBER,
        "refund_fee": "30.00",
        **more,
    }
    signature = signer.sign("&".join(f"{k}={v}" for k, v in sorted(told.items())))
    return {**told, "sign_type": "RSA2", "sign": signature}


def test_alipays_notification_is_read(alipay, theirs):
    served_by = alipay(lambda method, content: None)[0]
    call = served_by.listen({}, urlencode(notification(theirs)).encode(), now=NOW)
    assert (call.event_id, call.seen.key, call.seen.verdict) == ("n1", ASKED.key, Verdict.SUCCEEDED)


@pytest.mark.parametrize("change", [{"sign": ""}, {"sign": "AAAA"}, {"out_biz_no": "other"}, {"sign_type": "RSA"}])
def test_alipays_forged_notifications_are_refused(alipay, theirs, change):
    served_by = alipay(lambda method, content: None)[0]
    with pytest.raises(Forged):
        served_by.listen({}, urlencode({**notification(theirs), **change}).encode(), now=NOW)
    with pytest.raises(Forged):
        served_by.listen({}, urlencode(notification(Keys())).encode(), now=NOW)
    with pytest.raises(Forged):
        served_by.listen({}, urlencode(notification(theirs, app_id="2022")).encode(), now=NOW)


# WeChat Pay


@pytest.fixture
def wechat(settings, serve, ours, theirs):
    """WeChat Pay whose server answers by a function (method, path, content) -> (status, content)."""

    def start(answer, signer=theirs):
        calls = []

        def reply(method, path, headers, body):
            parts = dict(part.split("=", 1) for part in headers["Authorization"].partition(" ")[2].split(","))
            given = {name: value.strip('"') for name, value in parts.items()}
            signed = f"{method}\n{path}\n{given['timestamp']}\n{given['nonce_str']}\n{body.decode()}\n"
            ours.verify(signed, given["signature"])
            content = json.loads(body) if body else None
            calls.append((method, path, content))
            told = answer(method, path, content)
            if told is None:
                return None
            text = json.dumps(told[1])
            return told[0], {"Content-Type": "application/json", **signed_by(signer, text)}, text.encode()

        settings.GATEWAYS = {"*": "wechat"}
        options = {
            "mchid": "1900",
            "appid": "wx1",
            "serial": "AB12",
            "api_key": API_KEY,
            "public_key_id": "PUB_KEY_ID_1",
        }
        keys = {"private_key": ours.private, "public_key": theirs.public, "api_base": serve(reply)}
        settings.GATEWAY_OPTIONS = {"wechat": {**options, **keys}}
        return gateway("wechat"), calls

    return start


def signed_by(signer, text, at=None):
    at = str(int(at or time.time()))
    return {
        "Wechatpay-Timestamp": at,
        "Wechatpay-Nonce": "n",
        "Wechatpay-Serial": "PUB_KEY_ID_1",
        "Wechatpay-Signature": signer.sign(f"{at}\nn\n{text}\n"),
        "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
    }


def refunded(status="SUCCESS", refund=3000, currency="CNY"):
    amount = {"refund": refund, "total": 10000, "currency": currency}
    return {"refund_id": "50000", "out_refund_no": NUMBER, "status": status, "amount": amount}


def test_wechat_pays(wechat):
    served_by, calls = wechat(lambda *asked: (200, refunded()))
    answer = served_by.refund(ASKED, now=NOW)
    assert (answer.verdict, answer.reference) == (Verdict.SUCCEEDED, "50000")
    [(method, path, content)] = calls
    assert (method, path) == ("POST", "/v3/refund/domestic/refunds")
    assert content["out_refund_no"] == NUMBER
    assert content["amount"] == {"refund": 3000, "total": 10000, "currency": "CNY"}
    assert content["transaction_id"] == "2" * 28


@pytest.mark.parametrize(
    ("status", "told", "expected"),
    [
        (200, refunded("PROCESSING"), (Verdict.PENDING, True)),
        (200, refunded("CLOSED"), (Verdict.FAILED, True)),
        (200, refunded("ABNORMAL"), (Verdict.FAILED, True)),
        (400, {"code": "INVALID_REQUEST", "message": "订单已全额退款"}, (Verdict.FAILED, True)),
        (403, {"code": "NOT_ENOUGH", "message": "余额不足"}, (Verdict.FAILED, False)),
        (429, {"code": "FREQUENCY_LIMITED", "message": "频率超限"}, (Verdict.FAILED, False)),
        (500, {"code": "SYSTEM_ERROR", "message": "系统错误"}, None),
        (200, refunded(refund=3001), None),
        (200, refunded(currency="USD"), None),
        (200, refunded("PERHAPS"), None),
    ],
)
def test_wechats_answers(wechat, status, told, expected):
    served_by = wechat(lambda *asked: (status, told))[0]
    if expected is None:
        with pytest.raises(NoAnswer):
            served_by.refund(ASKED, now=NOW)
    else:
        answer = served_by.refund(ASKED, now=NOW)
        assert (answer.verdict, answer.permanent) == expected


def test_wechats_answer_signed_by_another_is_not_believed(wechat):
    with pytest.raises(NoAnswer, match="signature"):
        wechat(lambda *asked: (200, refunded()), signer=Keys())[0].refund(ASKED, now=NOW)


def test_wechat_is_asked_what_became_of_it(wechat):
    served_by, calls = wechat(lambda *asked: (404, {"code": "RESOURCE_NOT_EXISTS", "message": "退款单不存在"}))
    assert served_by.look_up(ASKED, now=NOW) is None
    assert calls == [("GET", f"/v3/refund/domestic/refunds/{NUMBER}", None)]
    assert wechat(lambda *asked: (200, refunded()))[0].look_up(ASKED, now=NOW).verdict == Verdict.SUCCEEDED
    with pytest.raises(NoAnswer):
        wechat(lambda *asked: None)[0].look_up(ASKED, now=NOW)


def wechat_event(**more):
    told = {
        "out_refund_no": NUMBER,
        "refund_id": "50000",
        "refund_status": "SUCCESS",
        "transaction_id": "2" * 28,
        "amount": {"refund": 3000, "total": 10000},
        **more,
    }
    cipher = AESGCM(API_KEY.encode()).encrypt(b"nonce1234567", json.dumps(told).encode(), b"refund")
    resource = {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(cipher).decode(),
        "nonce": "nonce1234567",
        "associated_data": "refund",
    }
    body = {"id": "EV-1", "event_type": "REFUND.SUCCESS", "resource_type": "encrypt-resource", "resource": resource}
    return json.dumps(body)


def test_wechats_notification_is_read(wechat, theirs):
    served_by, body = wechat(lambda *asked: None)[0], wechat_event()
    call = served_by.listen(signed_by(theirs, body), body.encode(), now=timezone.now())
    assert (call.event_id, call.seen.key, call.seen.amount) == ("EV-1", ASKED.key, Decimal(30))


def test_wechats_forged_and_old_notifications_are_refused(wechat, theirs):
    served_by, body = wechat(lambda *asked: None)[0], wechat_event()
    for headers in (
        {},
        signed_by(Keys(), body),
        signed_by(theirs, body + " "),
        signed_by(theirs, body, at=time.time() - 3600),
    ):
        with pytest.raises(Forged):
            served_by.listen(headers, body.encode(), now=timezone.now())


@pytest.mark.parametrize("key", [ASKED.key, "CASE:1:2:1"])
def test_numbers_lead_back_to_keys(key):
    assert key_of(number_of(key)) == key


def test_a_key_too_long_for_a_number_is_hashed():
    number = number_of("x" * 100)
    assert len(number) == 41
    assert number == number_of("x" * 100) != number_of("y" * 100)
    assert key_of(number) is None
