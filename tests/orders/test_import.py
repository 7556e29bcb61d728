from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from aftersales.orders.models import Order, OrderLine, OrderPayment, OrderStatus
from merchants.models import MemberRole, Merchant, MerchantMember
from portal.accounts.models import User
from tests.orders.makers import csv_text, run


def test_a_row_becomes_an_order_with_line_payment_buyer_and_merchant(load):
    done = load({}, title="Teddy, brown", discount="1.00", review_score="5", review_text="so\nsoft")
    assert (done.taken, done.unchanged, done.updated, done.refused) == (1, 0, 0, 0)
    order = Order.objects.get(number="A1")
    assert (order.ref, order.currency, order.status) == ("A1", "CNY", OrderStatus.DELIVERED)
    assert order.paid_at == datetime(2018, 7, 29, 6, 24, 20, tzinfo=UTC)
    line = order.lines.get()
    assert (line.line_ref, line.sku, line.category, line.title) == ("1", "SKU-1", "toys", "Teddy, brown")
    assert (line.paid_amount, line.review_score, line.review_text) == (Decimal("11.50"), 5, "so\nsoft")
    assert line.merchant == order.merchant
    assert list(order.payments.values_list("channel", "amount", "estimated")) == [
        ("credit_card", Decimal("11.500"), False)
    ]
    assert order.buyer.buyer_ref == order.buyer.username == "buyer-1"
    assert not order.buyer.has_usable_password()
    owner = MerchantMember.objects.get(merchant__ref="shop-1")
    assert (owner.user.username, owner.role) == ("shop-1", MemberRole.OWNER)
    assert not owner.user.has_usable_password()


def test_a_new_merchant_gets_a_key_by_its_reference(load, capsys):
    load({})
    call_command("create_api_key", "shop-1")
    assert capsys.readouterr().out.startswith("asp_")


def test_an_order_of_two_merchants_becomes_two_parts_in_order_of_arrival(load):
    load({"merchant_ref": "z"}, {"merchant_ref": "a", "line_ref": "2"}, {"merchant_ref": "z", "line_ref": "3"})
    assert list(Order.objects.order_by("number").values_list("number", "merchant__ref")) == [("A1", "z"), ("A1-2", "a")]
    load({"merchant_ref": "b", "line_ref": "4"})
    assert Order.objects.get(merchant__ref="b").number == "A1-3"


@pytest.mark.parametrize("first", ["A1", "A1-2"])
def test_a_number_that_is_anothers_reference_is_passed_over(load, first):
    rows = [{"order_ref": "A1-2", "merchant_ref": "c"}, {}, {"merchant_ref": "b"}]
    load(*(rows if first == "A1-2" else [*rows[1:], rows[0]]))
    numbers = dict(Order.objects.values_list("merchant__ref", "number"))
    assert numbers == {"shop-1": "A1", "c": "A1-2", "b": "A1-3"}
    assert load(*rows).unchanged == 3


def test_voucher_and_card_share_the_total_exactly(load):
    load({"payment_method": "voucher+ credit_card", "unit_price": "10.01", "freight": ""}, payment_ref="v1+c1")
    found = OrderPayment.objects.order_by("id").values_list("channel", "ref", "amount", "estimated")
    assert list(found) == [("voucher", "v1", Decimal("5.010"), True), ("credit_card", "c1", Decimal("5.000"), True)]


def test_an_order_never_paid_has_no_payments(load):
    load({"paid_at": "", "status": "created"})
    assert not OrderPayment.objects.exists()
    assert load({"status": "approved"}).updated == 1
    assert OrderPayment.objects.get().amount == Decimal("12.5")


def test_what_real_data_does_is_taken(load):
    done = load(
        {"order_ref": "never-paid", "paid_at": "", "shipped_at": "", "delivered_at": "", "status": "created"},
        {"order_ref": "shipped-first", "paid_at": "2018-08-01 00:00:00", "shipped_at": "2018-07-01 00:00:00"},
        {"order_ref": "delivered-first", "delivered_at": "2018-07-01 00:00:00"},
        {"order_ref": "cancelled", "status": "canceled"},
        {"order_ref": "several", "quantity": "10"},
        {"order_ref": "vouchers", "payment_method": "credit_card+voucher"},
        {"order_ref": "no-category", "category": "", "freight": "", "promised_by": "", "payment_method": ""},
        {"order_ref": "yen", "currency": "jpy", "unit_price": "1000", "freight": "0.00"},
        {"order_ref": "no-currency", "currency": ""},
        args=["--currency", "BRL"],
    )
    assert (done.taken, done.refused) == (9, 0), done.err
    assert Order.objects.get(number="cancelled").status == OrderStatus.CANCELLED
    assert Order.objects.get(number="no-currency").currency == "BRL"
    assert OrderPayment.objects.get(order__number="no-category").channel == "unspecified"


@pytest.mark.parametrize(
    ("said", "meant"),
    [("created", "placed"), ("Approved", "paid"), ("invoiced", "processing"), ("unavailable", "processing")],
)
def test_other_words_for_a_status(load, said, meant):
    load({"status": said})
    assert Order.objects.get().status == meant


def test_an_order_is_as_far_as_its_last_line(load):
    load({"status": "shipped"}, {"line_ref": "2", "status": "cancelled"}, {"line_ref": "3"})
    assert Order.objects.get().status == OrderStatus.SHIPPED


def test_nobody_is_taken_for_a_buyer_by_name(load):
    staff = User.objects.create(username="platform", duty="platform")
    Merchant.objects.create(ref="known", name="Known")
    load({"buyer_ref": "platform", "merchant_ref": "platform"}, {"order_ref": "B", "merchant_ref": "known"})
    buyer = User.objects.get(buyer_ref="platform")
    assert buyer != staff
    assert not buyer.duty
    assert {buyer.username, MerchantMember.objects.get(merchant__ref="platform").user.username} == {
        "platform-2",
        "platform-3",
    }
    assert Merchant.objects.get(ref="known").name == "Known"
    assert not MerchantMember.objects.filter(merchant__ref="known").exists()


def test_a_known_buyer_keeps_everything(load):
    known = User.objects.create(username="buyer", buyer_ref="buyer-1", first_name="Ana", email="ana@example.org")
    load({}, buyer_name="Somebody", buyer_email="else@example.org")
    known.refresh_from_db()
    assert Order.objects.get().buyer == known
    assert (known.first_name, known.email) == ("Ana", "ana@example.org")


def test_local_times_that_the_clocks_skip_or_repeat(load):
    # In Sao Paulo midnight did not exist on 2018-11-04, and 23:30 came twice on 2018-02-17.
    done = load(
        {"paid_at": "2018-11-04 00:30:00", "shipped_at": "2018-02-17 23:30:00", "delivered_at": "2018-07-01T00:00:00Z"},
        args=["--timezone", "America/Sao_Paulo"],
    )
    assert done.taken == 1, done.err
    line = OrderLine.objects.get()
    assert line.order.paid_at == datetime(2018, 11, 4, 3, 30, tzinfo=UTC)
    assert line.shipped_at == datetime(2018, 2, 18, 1, 30, tzinfo=UTC)
    assert line.delivered_at == datetime(2018, 7, 1, tzinfo=UTC)


def test_as_if_newest_moves_every_instant_by_the_same_days(load):
    args = ["--as-if-newest", "2026-11-20T12:00:00+08:00"]
    done = load({}, {"order_ref": "B", "delivered_at": "2018-08-20 10:00:00"}, args=args)
    assert "moved by" in done.out
    newest, other = Order.objects.get(ref="B"), Order.objects.get(ref="A1")
    assert timezone.localtime(newest.lines.get().delivered_at).isoformat() == "2026-11-20T10:00:00+08:00"
    assert newest.lines.get().delivered_at - other.lines.get().delivered_at == timedelta(days=6, hours=14, seconds=3083)
    assert load({}, {"order_ref": "B", "delivered_at": "2018-08-20 10:00:00"}, args=args).unchanged == 2


def test_as_if_newest_is_not_for_production(write, settings, db):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="demo and test"):
        run(write({}), "--as-if-newest", "2026-11-20")


@pytest.mark.django_db(transaction=True)
def test_pieces_of_a_file_are_imported_side_by_side(write, monkeypatch):
    monkeypatch.setattr("aftersales.orders.imports.spool.PIECE", 2000)
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    rows = [
        {"order_ref": f"O{n % 150}", "line_ref": str(n), "merchant_ref": f"m{n % 7}", "buyer_ref": f"b{n % 150}"}
        for n in range(450)
    ]
    path = write(*rows, {"quantity": "0", "order_ref": "bad"})
    assert run(path).taken == 450
    before = list(Order.objects.order_by("pk").values())
    again = run(path)
    assert (again.unchanged, again.refused) == (450, 1)
    assert list(Order.objects.order_by("pk").values()) == before
    assert OrderLine.objects.count() == 450
    assert all(p.amount == sum(x.paid_amount for x in p.order.lines.all()) for p in OrderPayment.objects.all())


def test_text_is_stored_as_it_came(load):
    text = "tab\there \\ back\\nslash\n\\.\nمرحبا 🧸 ‏end"
    load({}, review_text=text)
    assert OrderLine.objects.get().review_text == text
    assert load({}, review_text=text).unchanged == 1


def test_the_header_may_be_in_any_order(load, write):
    header, row = csv_text({}).splitlines()
    turned = [",".join(reversed(line.split(","))) for line in (header, row)]
    assert run(write("\r\n".join(turned))).taken == 1


def test_market_and_confirmation_come_with_the_file(load):
    """Both are optional columns; a later file that leaves them empty unsays nothing."""
    load({"market": "EU", "no_reason_waived": "yes"}, {"line_ref": "2"}, market="", no_reason_waived="")
    order = Order.objects.get()
    assert (order.market, [line.no_reason_waived for line in order.lines.order_by("line_ref")]) == ("eu", [True, False])
    again = load({}, {"line_ref": "2"}, market="", no_reason_waived="")
    assert (again.unchanged, Order.objects.get().market) == (2, "eu")
    other = load({"market": "cn"}, market="", no_reason_waived="")
    assert other.refused == 1
    assert "another market" in other.err
    wrong = load({"order_ref": "A2", "no_reason_waived": "perhaps"}, market="", no_reason_waived="")
    assert "neither yes nor no" in wrong.err
