"""Every row and file that cannot be taken is told in words, and hurts nobody else's."""

import csv

import pytest
from django.core.management import CommandError
from django.utils import translation

from aftersales.orders.models import Order, OrderLine
from tests.orders.makers import csv_text, run

BAD = [
    ({"order_ref": ""}, "order_ref is missing"),
    ({"line_ref": " "}, "line_ref is missing"),
    ({"merchant_ref": ""}, "merchant_ref is missing"),
    ({"buyer_ref": ""}, "buyer_ref is missing"),
    ({"sku": ""}, "sku is missing"),
    ({"quantity": "0"}, "whole number"),
    ({"quantity": "-1"}, "whole number"),
    ({"quantity": "1.5"}, "whole number"),
    ({"quantity": ""}, "whole number"),
    ({"quantity": "1000001"}, "whole number"),
    ({"quantity": "٣"}, "whole number"),
    ({"unit_price": ""}, "unit_price is missing"),
    ({"unit_price": "-1.00"}, "negative"),
    ({"unit_price": "1,50"}, "not an amount"),
    ({"unit_price": "NaN"}, "not an amount"),
    ({"unit_price": "1e3"}, "not an amount"),
    ({"unit_price": "1.005"}, "more decimals"),
    ({"unit_price": "999999999999"}, "more than this portal can hold"),
    ({"currency": "JPY", "unit_price": "10.50", "freight": "0"}, "more decimals"),
    ({"freight": "x"}, "freight: “x” is not an amount"),
    ({"currency": "EURO"}, "ISO 4217"),
    ({"currency": "ZZZ"}, "ISO 4217"),
    ({"paid_at": "29/07/2018"}, "paid_at: “29/07/2018” is not a date"),
    ({"shipped_at": "2018-02-30 00:00:00"}, "shipped_at"),
    ({"delivered_at": "0001-01-01 00:00:00"}, "year"),
    ({"status": "lost"}, "status: “lost” is not known"),
    ({"status": ""}, "status"),
    ({"order_ref": "x" * 101}, "order_ref has 101 characters; at most 100 fit"),
    ({"category": "x" * 101}, "category"),
    ({"payment_method": "x" * 41}, "payment_method"),
    ({"sku": "a\0b"}, "NUL"),
]
COLUMNS = [
    ({"discount": "13.00"}, "more than the goods"),
    ({"review_score": "6"}, "1 to 5"),
    ({"review_text": "x" * 10_001}, "review_text"),
    ({"buyer_email": "nobody"}, "e-mail"),
]


@pytest.mark.parametrize(("row", "reason"), BAD)
def test_a_bad_row_is_refused_with_line_and_reason(load, row, reason):
    done = load({"order_ref": "good"}, row, {"order_ref": "good too"})
    assert (done.taken, done.refused) == (2, 1)
    assert done.err.startswith("Line 3: ")
    assert reason in done.err
    assert set(Order.objects.values_list("ref", flat=True)) == {"good", "good too"}


@pytest.mark.parametrize(("column", "reason"), COLUMNS)
def test_a_bad_optional_column(load, column, reason):
    done = load({}, **column)
    assert (done.taken, done.refused) == (0, 1)
    assert reason in done.err


def test_torn_rows_take_nothing_with_them(write, db):
    header, good, *_ = csv_text({"order_ref": "G"}).splitlines()
    torn = good.replace("G,1", "T,1")[:60]
    quote = 'Q,1,"never closed,' + good
    lines = [
        header,
        torn,
        good,
        quote,
        good.replace("G", "H"),
        good.replace("G", "I") + ",extra",
        "",
        good.replace("G", "J"),
    ]
    done = run(write("\n".join(lines)))
    assert set(Order.objects.values_list("ref", flat=True)) == {"G", "H", "J"}
    assert (done.taken, done.refused) == (3, 3)
    assert [text.split(":")[0] for text in done.err.splitlines()] == ["Line 2", "Line 4", "Line 6"]
    assert "16 columns" in done.err


def test_line_numbers_count_lines_of_the_file(write, db):
    path = write({"order_ref": "A"}, {"order_ref": "B", "quantity": "x"}, review_text="one\ntwo\nthree")
    assert run(path).err.startswith("Line 5: quantity")


def test_refused_rows_go_to_a_file_in_order(load, tmp_path, monkeypatch):
    monkeypatch.setattr("aftersales.orders.imports.spool.PIECE", 200)
    rejects = tmp_path / "rejects.csv"
    load(*({"order_ref": f"O{n}", "quantity": "no"} for n in range(40)), args=["--rejects", str(rejects)])
    with rejects.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["line"] for row in rows] == [str(n) for n in range(2, 42)]
    assert rows[0]["reason"].startswith("quantity")
    assert rows[0]["order_ref"] == "O0"


def test_a_refused_row_has_its_reason_in_the_readers_language(load):
    with translation.override("zh-hans"):
        assert "order_ref" in load({"order_ref": ""}).err


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings(write, db, encoding):
    text = csv_text({"order_ref": "订单一", "category": "玩具"}, title="毛绒小熊，棕色")
    done = run(write(text.encode(encoding)))
    assert done.taken == 1
    assert OrderLine.objects.get(order__number="订单一").title == "毛绒小熊，棕色"


def test_a_few_broken_bytes_cost_only_their_row(write, db):
    text = csv_text(*({"order_ref": f"订单{n}", "category": "玩具" * 5} for n in range(5)))
    done = run(write(text.encode().replace("订单3".encode(), b"\xb6\xa93")))
    assert (done.taken, done.refused) == (4, 1)
    assert "Line 5: The row holds bytes that are not UTF-8" in done.err


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n", "empty"),
        (b"PK\x03\x04" + b"\0" * 50, "ZIP"),
        ("a,b".encode("utf-16"), "UTF-16"),
        (b"\x89PNG\r\n\x1a\n\0\0\xff\xff", "not text"),
        (b"order_ref,line_ref,price\n1,2,3\n", "lacks these columns: merchant_ref.*unknown ones: price"),
        (b"a;b\n", "lacks these columns"),
        (csv_text({}).replace("sku", "order_ref").encode(), "twice: order_ref"),
        (b'"' + b"x" * 200_000, "header cannot be read"),
        (b"x" * 10_000_000, "8 MB"),
    ],
)
def test_a_file_that_is_none(write, db, content, reason):
    with pytest.raises(CommandError, match=f"(?s){reason}"):
        run(write(content))


def test_no_file_and_no_such_zone(write, tmp_path, db):
    for args, reason in [
        ([tmp_path / "none.csv"], "no such file"),
        ([tmp_path], "a folder"),
        ([write({}), "--timezone", "Mars/Base"], "Unknown time zone"),
        ([write({}), "--currency", "XXX"], "ISO 4217"),
        ([write({}), "--as-if-newest", "soon"], "write an instant"),
        ([write({"delivered_at": ""}), "--as-if-newest", "2026-11-20"], "No row has a date"),
    ]:
        with pytest.raises(CommandError, match=reason):
            run(*args)
    assert not Order.objects.exists()


def test_unknown_columns_are_told_and_ignored(load):
    done = load({}, colour="red")
    assert done.taken == 1
    assert "not used: colour" in done.err
