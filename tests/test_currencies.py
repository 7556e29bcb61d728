"""One table over every door through which an amount comes in or goes out: none, two or three decimals, never mixed."""

from dataclasses import replace
from decimal import Decimal

import pytest
from babel.core import get_global
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from aftersales.ledger.models import AccountKind, Entry
from aftersales.ledger.services import AccountKey, Posting, post_many
from aftersales.policies.layers import BadRules, Layer
from aftersales.remedies import execution
from aftersales.remedies.gateways import RefundRequest, Verdict
from aftersales.remedies.gateways.alipay import Alipay
from aftersales.remedies.gateways.bank import Bank
from aftersales.remedies.gateways.stripe import Stripe, _can_say, _minor
from aftersales.remedies.gateways.wechat import WeChatPay
from aftersales.remedies.models import RefundInstruction
from merchants.coupons.errors import OtherCurrency
from merchants.coupons.models import Coupon
from merchants.coupons.worth import Bought, worth
from merchants.plans.content import OptionContent
from merchants.plans.guard import check_draft
from merchants.plans.services import offer_cash
from portal import money
from portal.ui.amounts import say_money
from portal.ui.forms import MoneyFormField
from portal.ui.templatetags.ui import money as shown
from tests.makers import make_order
from tests.orders.makers import csv_text, run
from tests.plans.makers import CONTENT
from tests.remedies.conftest import NOW, grant, grant_of
from tests.rest.calls import Caller, opening, problem

pytestmark = pytest.mark.django_db

# currency: decimals, an amount of it, the same as machines write it, in English, in Chinese, one finer than it allows
TABLE = {
    "CNY": (2, "1234.50", "¥1,234.50", "¥1,234.50", "1.234"),
    "EUR": (2, "1234.50", "€1,234.50", "€1,234.50", "1.234"),
    "JPY": (0, "1234", "JP¥1,234", "JP¥1,234", "1.5"),
    "KRW": (0, "1234", "₩1,234", "₩1,234", "1.5"),
    "KWD": (3, "1234.500", "KWD 1,234.500", "KWD 1,234.500", "1.2345"),
    "BHD": (3, "1234.500", "BHD 1,234.500", "BHD 1,234.500", "1.2345"),
    # Babel counts these as cash is counted, without the decimals that payments have.
    "LBP": (2, "1234.50", "LBP 1,234.50", "LBP 1,234.50", "1.234"),
    "IQD": (3, "1234.500", "IQD 1,234.500", "IQD 1,234.500", "1.2345"),
}
CURRENCIES = sorted(TABLE)
each = pytest.mark.parametrize("currency", CURRENCIES)


@each
def test_machines_and_people_read_all_decimals(currency):
    decimals, plain, english, chinese, fine = TABLE[currency]
    amount = Decimal(plain)
    assert money.exponent(currency) == decimals
    assert money.plain(amount, currency) == plain
    assert money.is_exact(amount, currency)
    assert not money.is_exact(Decimal(fine), currency)
    for language, words in [("en", english), ("zh-hans", chinese)]:
        with translation.override(language):
            assert say_money(amount, currency).replace("\xa0", " ") == words
            assert shown(plain, currency) == say_money(amount, currency)
            assert say_money(Decimal(0), currency)


def test_the_database_counts_as_we_do():
    with connection.cursor() as cursor:
        codes = sorted(get_global("all_currencies"))
        cursor.execute("SELECT code, money_exponent(code) FROM unnest(%s) AS code", [codes])
        assert {code: decimals for code, decimals in cursor.fetchall() if decimals != money.exponent(code)} == {}


# Over REST


def order_in(currency, price, **more):
    line = {"line": "1", "sku": "S1", "quantity": 1, "unit_price": price, "status": "delivered", **more}
    line |= {"shipped_at": "2026-11-20T10:00:00Z", "delivered_at": "2026-11-21T10:00:00Z"}
    sent = {"ref": f"O-{currency}", "merchant": {"ref": "shop-c"}, "buyer": {"ref": "buyer-c"}, "currency": currency}
    return {**sent, "paid_at": "2026-11-19T10:00:00Z", "lines": [line]}


@each
@pytest.mark.parametrize("column", ["unit_price", "freight", "discount"])
def test_an_order_takes_no_amount_finer_than_its_currency(currency, column, cast):
    fine = TABLE[currency][-1]
    sent = order_in(currency, **{"price": "1000", column: fine} if column != "unit_price" else {"price": fine})
    answer = Caller(cast.marketplace).post("/orders/", sent)
    assert answer.status_code in {400, 422}, answer.content
    assert "decimal" in answer.content.decode()
    payment = {**order_in(currency, "1000"), "payments": [{"channel": "card", "amount": fine}]}
    assert Caller(cast.marketplace).post("/orders/", payment).status_code in {400, 422}


@each
def test_a_case_from_order_to_refund_in_its_currency(currency, cast, buy, now, settings):
    settings.GATEWAYS = {"*": "simulated"}
    _decimals, plain, *_words, fine = TABLE[currency]
    order = buy(plain, currency=currency)
    buyer, owner = Caller(cast.buyer), Caller(cast.owner)
    wanted = money.plain(Decimal("7.25"), currency)
    wants = {"remedy": "partial_refund_keep", "amount": fine}
    refused = buyer.post("/disputes/", opening(order, wants=wants))
    assert refused.status_code in {400, 422}
    assert "decimal" in refused.content.decode()
    made = buyer.post("/disputes/", opening(order, wants={**wants, "amount": wanted}))
    assert made.status_code == 201, made.content
    case = made.json()
    assert (case["max_amount"], case["wants"]["amount"], case["currency"]) == (plain, wanted, currency)
    path = f"/disputes/{case['number']}"
    too_fine = owner.post(f"{path}/propose/", {"kind": "partial_refund_keep", "amount": fine})
    assert too_fine.status_code in {400, 422}
    body = owner.post(f"{path}/agree/").json()
    if body["status"] == "amount_on_hold":  # no limit is set for the currency: somebody looks
        body = Caller(cast.platform).post(f"{path}/release-hold/").json()
    assert body["money"]["decided"] == wanted
    refund = RefundInstruction.objects.get(case=case["number"])
    assert (refund.currency, money.plain(refund.amount, currency)) == (currency, wanted)
    entries = Entry.objects.filter(transaction__case=case["number"])
    assert set(entries.values_list("currency", flat=True)) == {currency}


@pytest.mark.parametrize("currency", ["JPY", "CNY", "KWD"])
def test_answers_name_amounts_of_their_currency(currency, cast, buy):
    from django.utils import timezone

    from aftersales.policies.questions import WrongAnswer, read_answers

    how = {"today": timezone.localdate(), "currency": currency}
    with pytest.raises(WrongAnswer, match="decimals"):
        read_answers("price_drop", {"price_seen": TABLE[currency][-1]}, **how)
    assert read_answers("price_drop", {"price_seen": "12"}, **how) == {"price_seen": "12"}


@each
def test_plans_promise_amounts_of_their_currency(currency, cast):
    _decimals, _plain, *_words, fine = TABLE[currency]
    unit = money.unit(currency)
    most = unit * 7
    option = OptionContent("partial_refund_keep", percent=Decimal(50))
    assert offer_cash(option, most, currency) == unit * 3, "rounded down to whole units"
    assert offer_cash(OptionContent("partial_refund_keep", amount=most * 2), most, currency) == most, "never above"
    good = replace(CONTENT, currency=currency, value_from=unit, value_to=unit * 9)
    assert not check_draft(good, merchant_id=cast.shop.pk)
    for bad in (
        replace(good, value_from=Decimal(fine)),
        replace(good, value_to=Decimal(1000) + Decimal(fine)),
        replace(good, options=(OptionContent("partial_refund_keep", amount=Decimal(fine)),)),
    ):
        assert "amount" in {problem.code for problem in check_draft(bad, merchant_id=cast.shop.pk)}


def test_a_sample_case_has_an_amount_of_its_currency(cast):
    from tests.plans.makers import make_plan
    from tests.plans.test_api import CASE

    plan = make_plan(cast.shop, actor=cast.owner, currency="JPY")
    path = f"/plans/plan_{plan.pk}/simulate/"
    answer = Caller(cast.owner).post(path, {**CASE, "currency": "JPY", "value": "1.5"})
    assert answer.status_code in {400, 422}
    assert "value" in answer.json()["errors"]
    assert Caller(cast.owner).post(path, {**CASE, "currency": "JPY", "value": "1500"}).status_code == 200


@each
def test_coupons_take_off_amounts_of_their_currency(currency):
    _decimals, _plain, *_words, fine = TABLE[currency]
    unit = money.unit(currency)
    coupon = Coupon(currency=currency, amount=unit * 100, minimum_spend=Decimal(0), percent=Decimal("33.33"))
    assert worth(coupon, spent=unit * 10, lines=()) == unit * 3, "a percentage is rounded down"
    assert worth(coupon, spent=unit * 100_000, lines=()) == unit * 100, "up to the cap"
    for how in ({"spent": Decimal(fine), "lines": ()}, {"spent": None, "lines": (Bought("S", "C", Decimal(fine)),)}):
        with pytest.raises(OtherCurrency):
            worth(coupon, **how)


def test_a_coupon_is_for_orders_in_its_currency(cast, settings):
    from tests.coupons.makers import give, template_for

    order = make_order(["1000"], shop=cast.shop, customer=cast.buyer, currency="JPY")
    coupon = give(order, template_for(order, amount=Decimal(100)))
    path = f"/coupons/{coupon.code}/redeem/"
    owner = Caller(cast.owner)
    for sent in ({"currency": "CNY", "spent": "1000"}, {"currency": "JPY", "spent": "10.5"}):
        problem(owner.post(path, {"order": "N-1", **sent}), 422, "other_currency")
    coupon.refresh_from_db()
    assert coupon.state == "issued"
    assert owner.post(path, {"order": "N-1", "currency": "JPY", "spent": "1000"}).json()["redeemed_amount"] == "100"


@each
def test_chargebacks_and_draws_are_amounts_of_their_currency(currency, cast):
    fine = TABLE[currency][-1]
    order = make_order(["1000"], shop=cast.shop, customer=cast.buyer, currency=currency)
    keys = Caller(cast.marketplace)
    sent = {"reference": "CB-1", "order": order.number, "amount": fine, "currency": currency}
    assert keys.post("/chargebacks/", sent).status_code in {400, 422}
    other = "USD" if currency != "USD" else "CNY"
    assert keys.post("/chargebacks/", {**sent, "amount": "10", "currency": other}).status_code == 422
    type(cast.buyer).objects.filter(pk=cast.buyer.pk).update(buyer_ref="B-9")
    drawn = {"buyer": "B-9", "amount": fine, "currency": currency, "reference": "D-1"}
    assert keys.post("/balances/draws/", drawn).status_code in {400, 422}
    assert not Entry.objects.exists()


# Files and forms


@pytest.mark.parametrize("currency", ["JPY", "KRW", "CNY", "KWD"])
@pytest.mark.parametrize("column", ["unit_price", "freight"])
def test_files_bring_no_amount_finer_than_their_currency(currency, column, tmp_path):
    fine = TABLE[currency][-1]
    good = {"currency": currency, "unit_price": "10", "freight": "0", "order_ref": "GOOD"}
    file = tmp_path / "orders.csv"
    file.write_text(csv_text(good, {**good, "order_ref": "FINE", column: fine}))
    done = run(file)
    said = str(vars(done))
    assert "more decimals than the currency" in said
    from aftersales.orders.models import Order

    assert list(Order.objects.values_list("ref", flat=True)) == ["GOOD"]


@each
def test_forms_ask_for_amounts_of_their_currency(currency):
    decimals, plain, *_words, fine = TABLE[currency]
    field = MoneyFormField(currency=currency)
    assert field.clean(plain) == Decimal(plain)
    assert field.widget.attrs["inputmode"] == ("decimal" if decimals else "numeric")
    assert field.decimal_places == decimals
    for bad in (fine, "0", "-1", "NaN", "1e400"):
        with pytest.raises(ValidationError):
            field.clean(bad)


@pytest.mark.parametrize(("currency", "amount"), [("JPY", "1.5"), ("CNY", "0.001"), ("KWD", "0.0001")])
def test_rules_hold_amounts_of_their_currency(currency, amount):
    with pytest.raises(BadRules, match=currency):
        Layer.parse({"thresholds": {"hold_above": {currency: amount}}})


# Gateways


@pytest.mark.parametrize(
    ("currency", "amount", "minor"),
    [
        ("CNY", "12.34", 1234),
        ("EUR", "12.34", 1234),
        ("JPY", "1234", 1234),
        ("KRW", "1234", 1234),
        ("MGA", "1234.00", 1234),  # counted without decimals there
        ("ISK", "1234", 123400),  # counted with two there
        ("UGX", "1234", 123400),
        ("KWD", "5.120", 5120),
        ("BHD", "5.120", 5120),
        ("KWD", "5.124", None),  # must end in a nought there: never rounded, a person pays it another way
        ("MGA", "0.50", None),
    ],
)
def test_stripe_counts_in_its_own_units(currency, amount, minor):
    assert _can_say(Decimal(amount), currency) == (minor is not None)
    if minor is not None:
        assert _minor(Decimal(amount), currency) == minor
        return
    asked = RefundRequest("K", "card", "pi_1", Decimal(amount), currency)
    answer = Stripe(api_key="sk", webhook_secret="", api_base="http://127.0.0.1:9").refund(asked, now=NOW)
    assert (answer.verdict, answer.permanent) == (Verdict.FAILED, True)
    assert currency in answer.reason


@pytest.mark.parametrize(("cls", "own"), [(Alipay, "CNY"), (WeChatPay, "CNY"), (Bank, "EUR")])
@each
def test_gateways_of_one_currency_refuse_every_other(cls, own, currency):
    if currency == own:
        return
    asked = RefundRequest("K", "c", "ref", Decimal(TABLE[currency][1]), currency, Decimal(10_000))
    answer = cls.refund(cls.__new__(cls), asked, now=NOW)  # refused before anything is signed or sent
    assert (answer.verdict, answer.permanent) == (Verdict.FAILED, True)
    assert own in answer.reason


@each
def test_the_simulated_gateway_pays_to_the_last_unit(currency, db):
    unit = money.unit(currency)
    order = make_order([str(unit * 100)], [("card", unit * 67), ("wallet", unit * 33)], currency=currency)
    refund = grant(order, str(unit * 51))
    parts = list(refund.parts.order_by("id").values_list("amount", flat=True))
    assert sum(parts) == unit * 51
    assert all(money.is_exact(part, currency) for part in parts)
    assert execution.due(now=NOW) == [refund.pk]


# The database


def entries(*given):
    with transaction.atomic():
        post_many([Posting("T:1", "test", "", tuple(given))], now=NOW)


@each
def test_the_ledger_takes_no_part_of_a_unit(currency):
    fund, gate = AccountKey(AccountKind.PLATFORM_FUND, currency), AccountKey(AccountKind.GATEWAY, currency)
    entries((fund, -money.unit(currency)), (gate, money.unit(currency)))
    if TABLE[currency][0] == 3:
        return  # finer cannot even be stored
    part = money.unit(currency) / 10
    with pytest.raises(IntegrityError, match="does not fit"), transaction.atomic():
        post_many([Posting("T:2", "test", "", ((fund, -part), (gate, part)))], now=NOW)


def test_no_entry_is_in_another_currency_than_its_account():
    entries(
        (AccountKey(AccountKind.PLATFORM_FUND, "CNY"), Decimal(-1)),
        (AccountKey(AccountKind.GATEWAY, "CNY"), Decimal(1)),
    )
    row = Entry.objects.first()
    with pytest.raises(IntegrityError, match="does not fit"), transaction.atomic():
        Entry.objects.create(transaction=row.transaction, account=row.account, amount=1, currency="JPY")


def test_no_refund_is_in_another_currency_than_its_order():
    order = make_order(currency="JPY")
    wrong = replace(grant_of(order, "50"), currency="CNY")
    from aftersales.remedies.services import grant_many

    with pytest.raises(IntegrityError, match="does not fit its order"), transaction.atomic():
        grant_many([wrong], now=NOW)
    assert not RefundInstruction.objects.exists()
