"""Telling an order again: what changes, what does not, what must not."""

from decimal import Decimal

import pytest

from aftersales.orders.models import Order, OrderLine, OrderPayment
from merchants.models import Merchant
from portal.accounts.models import User


def everything():
    return [list(model.objects.order_by("pk").values()) for model in (Order, OrderLine, OrderPayment, User, Merchant)]


def test_the_same_file_again_changes_nothing(load):
    rows = [
        {"payment_method": "voucher+card", "unit_price": "10.01"},
        {"line_ref": "2", "merchant_ref": "other"},
        {"order_ref": "B", "paid_at": ""},
        {"order_ref": "C", "payment_method": ""},
    ]
    load(*rows, {"order_ref": "bad", "quantity": "0"})
    before = everything()
    again = load(*rows, {"order_ref": "bad", "quantity": "0"})
    assert (again.taken, again.unchanged, again.updated, again.refused) == (0, 4, 0, 1)
    assert everything() == before


def test_rows_of_an_order_in_any_order_and_batch_amount_to_the_same(load, monkeypatch):
    rows = [{"line_ref": str(n), "status": "shipped" if n == 1 else "delivered"} for n in range(3)]
    rows += [{"order_ref": f"X{n}"} for n in range(30)]
    load(*rows)
    monkeypatch.setattr("aftersales.orders.imports.spool.PIECE", 500)
    assert load(*reversed(rows)).unchanged == 33


def test_the_last_row_about_a_line_counts_and_earlier_ones_are_refused(load):
    rows = [{"sku": "old"}, {"order_ref": "B"}, {"sku": "new"}, {"sku": "new"}]
    done = load(*rows)
    assert (done.taken, done.unchanged, done.refused) == (2, 1, 1)
    assert "Line 2: Line 5 says otherwise" in done.err
    assert OrderLine.objects.get(order__ref="A1").sku == "new"
    before = everything()
    again = load(*rows)
    assert (again.taken, again.unchanged, again.updated, again.refused) == (0, 3, 0, 1)
    assert everything() == before


@pytest.mark.parametrize("column", ["buyer_ref", "currency"])
def test_rows_that_disagree_on_whose_order_it_is(load, column):
    rows = [{column: "USD"}, {"line_ref": "2"}]
    done = load(*rows)
    assert (done.taken, done.refused) == (1, 1)
    assert f"Line 2: {column}: line 3 names another" in done.err
    again = load(*rows)
    assert (again.unchanged, again.refused) == (1, 1)


def test_an_update_is_an_update(load):
    load({"status": "shipped", "delivered_at": ""}, {"line_ref": "2"})
    before = Order.objects.get().updated_at
    done = load({"unit_price": "20.00"}, {"line_ref": "2"})
    assert (done.taken, done.updated, done.unchanged) == (0, 2, 0)  # the second line's order changed
    order = Order.objects.get()
    assert order.updated_at > before
    assert order.status == "delivered"
    assert order.payments.get().amount == Decimal("35")


def test_a_line_that_comes_later_raises_the_payments(load):
    load({"payment_method": "voucher+card"})
    load({"payment_method": "voucher+card", "line_ref": "2"})
    assert [p.amount for p in OrderPayment.objects.order_by("id")] == [Decimal("12.5"), Decimal("12.5")]


def test_other_channels_replace_the_first(load):
    load({})
    assert load({"payment_method": "voucher"}).updated == 1
    assert OrderPayment.objects.get().channel == "voucher"


def test_what_is_left_empty_erases_nothing(load):
    load({}, title="Teddy", review_score="4", review_text="fine", received_at="2018-08-14 10:00:00")
    before = everything()
    row = {"category": "", "freight": "", "delivered_at": "", "shipped_at": "", "paid_at": "", "payment_method": ""}
    assert load(row).unchanged == 1
    assert everything() == before


def test_an_order_stays_its_buyers_and_in_its_currency(load):
    load({})
    before = everything()[:3]
    done = load({"buyer_ref": "thief"}, {"order_ref": "B"})
    assert (done.taken, done.refused) == (1, 1)
    assert "another buyer" in done.err
    assert load({"currency": "USD"}).refused == 1
    assert [rows[:1] for rows in everything()[:3]] == before


@pytest.mark.parametrize(
    "told", [{"unit_price": "9.00"}, {"quantity": "1"}, {"freight": "0"}, {"discount": "1"}, {"unit_price": "90.00"}]
)
def test_money_of_an_order_with_a_case_cannot_change(load, told):
    load({"quantity": "2"}, discount="0")
    OrderLine.objects.update(disputed_quantity=2, dispute_count=1, refunded_amount="22.50")
    OrderPayment.objects.update(refunded_amount="22.50")
    before = everything()[:3]
    done = load({"quantity": "2", **told}, {"order_ref": "B"}, discount="0")
    assert (done.taken, done.refused) == (1, 1)
    assert "after-sales case" in done.err
    assert [rows[:1] for rows in everything()[:3]] == before


def test_facts_of_an_order_with_a_case_still_change(load):
    load({"delivered_at": "", "status": "shipped"})
    OrderLine.objects.update(dispute_count=1)
    assert load({"payment_method": "voucher"}).updated == 1
    assert OrderLine.objects.get().delivered_at
    assert OrderPayment.objects.get().channel == "credit_card"  # what may have to go back stays


def test_a_discount_known_before_may_not_outweigh_the_price(load):
    load({}, discount="9.00")
    done = load({"unit_price": "1.00", "freight": "0"})
    assert done.refused == 1
    assert "less than nothing" in done.err
