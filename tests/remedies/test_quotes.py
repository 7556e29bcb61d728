from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aftersales.ledger import audit as ledger_audit
from aftersales.ledger.models import AccountKind, Entry
from aftersales.ledger.services import AccountKey, balance
from aftersales.orders.models import OrderLine, OrderPayment
from aftersales.remedies import audit
from aftersales.remedies.models import CouponGrant, Payer, RefundInstruction, RefundPart, Replacement
from aftersales.remedies.services import AmountExceeds, LineClaim, grant_many, quote_many
from portal.outbox.models import Message
from tests.makers import make_order, make_shop, make_user
from tests.remedies.conftest import NOW, grant, grant_of

CLEARING = AccountKey(AccountKind.REFUNDS_CLEARING, "CNY")


def amounts(pairs):
    return [pair[-1] for pair in pairs]


def test_a_quote_shares_by_line_and_by_channel(order):
    (quote,) = quote_many([grant_of(order, "10.00")], lock=False)
    assert amounts(quote.lines) == [Decimal("6.00"), Decimal("4.00")]
    assert [(channel, amount) for _pk, channel, amount in quote.parts] == [
        ("card", Decimal("7.00")),
        ("wallet", Decimal("3.00")),
    ]
    payable = AccountKey(AccountKind.MERCHANT_PAYABLE, "CNY", merchant_id=order.merchant_id)
    assert quote.entries == ((payable, Decimal("-10.00")), (CLEARING, Decimal("10.00")))


def test_what_the_page_shows_is_what_is_posted(order):
    asked = grant_of(order, "33.33", coupon_amount=Decimal(5), coupon_days=30)
    (quote,) = quote_many([asked], lock=False)
    grant_many([asked], now=NOW)
    entries = Entry.objects.filter(transaction__key="grant:CASE:1").order_by("id")
    assert [(e.account.key, e.amount) for e in entries] == [(str(k), a) for k, a in quote.entries]
    refund = RefundInstruction.objects.get()
    assert [(p.payment_id, p.amount) for p in refund.parts.order_by("id")] == [(pk, a) for pk, _c, a in quote.parts]
    assert [(row["line"], Decimal(row["amount"])) for row in refund.lines] == list(quote.lines)


def test_a_claim_limits_what_a_line_gives(order):
    first, second = order.lines.order_by("id")
    claims = (LineClaim(first.pk, Decimal(5)), LineClaim(second.pk, Decimal(40)))
    (quote,) = quote_many([replace(grant_of(order, "45.00"), lines=claims)], lock=False)
    assert amounts(quote.lines) == [Decimal("5.00"), Decimal("40.00")]


def test_a_ruling_may_say_how_much_for_which_line(order):
    first, second = order.lines.order_by("id")
    exact = ((first.pk, Decimal("1.00")), (second.pk, Decimal("39.00")))
    grant_many([grant_of(order, "40.00", by_line=exact)], now=NOW)
    assert list(order.lines.order_by("id").values_list("refunded_amount", flat=True)) == [1, 39]


def test_amounts_by_line_must_sum_to_the_cash(order):
    first = order.lines.first()
    with pytest.raises(ValueError, match="do not sum"):
        quote_many([grant_of(order, "40.00", by_line=((first.pk, Decimal(39)),))], lock=False)


@pytest.mark.parametrize("by_line", [False, True])
def test_more_than_is_left_is_refused_with_what_is_left(order, by_line):
    grant(order, "90.00")
    first = order.lines.order_by("id").first()
    exact = ((first.pk, Decimal("11.00")),) if by_line else ()
    with pytest.raises(AmountExceeds) as refused:
        grant(order, "11.00", key="CASE:2", by_line=exact)
    assert refused.value.case == "CASE"
    assert refused.value.available == (Decimal("6.00") if by_line else Decimal("10.00"))
    assert RefundInstruction.objects.count() == 1
    assert balance(CLEARING) == Decimal("90.00")


@pytest.mark.django_db
def test_payments_limit_the_refund_when_less_was_paid_than_lines_say():
    order = make_order(["100.00"], [("card", "80.00")])
    with pytest.raises(AmountExceeds) as refused:
        quote_many([grant_of(order, "80.01")], lock=False)
    assert refused.value.available == Decimal("80.00")


def test_two_grants_of_one_batch_never_take_the_same_cent(order):
    both = [grant_of(order, "60.00", key="A:1", case="A"), grant_of(order, "50.00", key="B:1", case="B")]
    with pytest.raises(AmountExceeds) as refused, transaction.atomic():
        grant_many(both, now=NOW)
    assert refused.value.case == "B"
    assert not RefundInstruction.objects.exists()


def test_a_key_is_granted_once(order):
    grant(order, "1.00")
    with pytest.raises(DatabaseError):
        grant(order, "1.00")
    assert balance(CLEARING) == Decimal("1.00")


@pytest.mark.django_db
def test_the_platform_pays_from_its_fund():
    order = make_order()
    grant(order, "8.00", payer=Payer.PLATFORM)
    assert balance(AccountKey(AccountKind.PLATFORM_FUND, "CNY")) == Decimal("-8.00")
    assert balance(AccountKey(AccountKind.MERCHANT_PAYABLE, "CNY", merchant_id=order.merchant_id)) == 0


@pytest.mark.django_db
def test_currencies_without_decimals():
    order = make_order(["1000", "500"], [("card", "1000"), ("points", "500")], currency="JPY")
    (quote,) = quote_many([grant_of(order, "100")], lock=False)
    assert amounts(quote.lines) == [Decimal(67), Decimal(33)]
    assert amounts(quote.parts) == [Decimal(67), Decimal(33)]


@pytest.mark.django_db
def test_coupon_and_goods_are_promised_without_touching_the_order(django_assert_num_queries):
    order = make_order()
    line = order.lines.get()
    asked = grant_of(
        order,
        coupon_amount=Decimal("20.00"),
        coupon_minimum=Decimal("99.00"),
        coupon_days=60,
        goods="resend_missing",
        goods_lines=((line.pk, 1),),
    )
    grant_many([grant_of(order, coupon_amount=Decimal(1), coupon_days=1, key="warm:1")], now=NOW)
    with django_assert_num_queries(4):  # coupon grant, replacement, ledger, outbox
        grant_many([asked], now=NOW)
    promised = CouponGrant.objects.get(key="CASE:1")
    assert (promised.amount, promised.minimum_spend, promised.valid_days) == (20, 99, 60)
    assert Replacement.objects.get().lines == [{"line": line.pk, "quantity": 1}]
    liability = AccountKey(AccountKind.COUPON_LIABILITY, "CNY", merchant_id=order.merchant_id)
    assert balance(liability) == Decimal("21.00")
    assert not RefundInstruction.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 20])
def test_four_statements_for_any_number_of_refunds(count, django_assert_num_queries):
    shop, customer = make_shop(), make_user()
    orders = [make_order(shop=shop, customer=customer) for _ in range(count)]
    grant(make_order(shop=shop), "1.00", key="warm:1")
    asked = [grant_of(o, "10.00", key=f"C{n}:1", case=f"C{n}") for n, o in enumerate(orders)]
    with django_assert_num_queries(4):  # lock, write, ledger, outbox
        grant_many(asked, now=NOW)
    assert Message.objects.filter(topic="refund.granted").count() == count + 1
    assert RefundPart.objects.count() == count + 1
    assert all(o.lines.get().refunded_amount == 10 for o in orders)
    assert audit.findings() == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.django_db
def test_partial_refunds_in_any_order_end_at_what_was_paid(data):
    """However a refund is cut up, each line and each channel ends at exactly what was paid, never above on the way."""
    with transaction.atomic():
        cents = st.integers(1, 9_999)
        lines = data.draw(st.lists(cents, min_size=1, max_size=4))
        total = sum(lines)
        cut = data.draw(st.integers(0, total - 1))
        channels = [("card", Decimal(total - cut) / 100), ("wallet", Decimal(cut) / 100)]
        order = make_order([Decimal(c) / 100 for c in lines], [c for c in channels if c[1]])
        left, number = total, 0
        while left:
            number += 1
            piece = data.draw(st.integers(1, left)) if number < 6 else left
            grant_many([grant_of(order, Decimal(piece) / 100, key=f"{order.number}:{number}")], now=NOW)
            left -= piece
        assert all(line.refundable_amount == 0 for line in OrderLine.objects.filter(order=order))
        assert all(p.refunded_amount == p.amount for p in OrderPayment.objects.filter(order=order))
        with pytest.raises(AmountExceeds):
            grant_many([grant_of(order, "0.01", key="more:1")], now=NOW)
        assert audit.findings() == []
        assert ledger_audit.findings() == []
        transaction.set_rollback(True)


def test_now_is_what_the_caller_says(order):
    later = datetime(2030, 1, 1, tzinfo=UTC)
    refund = grant(order, "1.00", now=later)
    assert (refund.granted_at, refund.next_at) == (later, later)
