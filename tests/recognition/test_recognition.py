"""What messages to customer service are about: our own sentences, hostile ones, and the measuring of a file."""

import csv
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from aftersales.policies.types import TYPES
from aftersales.recognition.groups import AFTER_SALES, LEADS_TO, Group
from aftersales.recognition.recogniser import SURE, recognise

# Written for this test; none of them was looked at while the cues were written.
OURS = [
    ("衣服收到后洗了一次就掉色，我要退货退款", Group.RETURN_OR_EXCHANGE),
    ("钱到底什么时候退给我？", Group.REFUND),
    ("我的退款为什么还没到银行卡", Group.REFUND),
    ("想换个大一码的，怎么换货", Group.RETURN_OR_EXCHANGE),
    ("上门取件改到周六可以吗，服务单已经提交了", Group.TICKET),
    ("电饭煲用了半年，还在质保期吗，维修点在哪", Group.REPAIR),
    ("昨天买的今天就降价五十，能补差价吗", Group.PRICE_PROTECTION),
    ("箱子里少了一个充电头，麻烦补发", Group.MISSING_ITEM),
    ("杯子碎了，外包装也压扁了", Group.DAMAGED),
    ("我拍的黑色，你们发错颜色了", Group.WRONG_ITEM),
    ("显示已签收，可我根本没收到", Group.NOT_RECEIVED),
    ("再不解决我就投诉，请平台介入", Group.DISPUTE),
    ("能开增值税专票吗，抬头写公司", Group.INVOICE),
    ("这两款有什么区别，哪个好用", Group.OTHER),
    ("订单今天能发货吗", Group.DELIVERY_TIME),
    ("有优惠券吗，现在有什么活动", Group.OTHER),
    ("请转人工客服", Group.CONTACT),
    ("是不是正品，不会是假货吧", Group.AUTHENTICITY),
    ("I would like to return these shoes, they do not fit", Group.RETURN_OR_EXCHANGE),
    ("The vase arrived broken", Group.DAMAGED),
    ("You sent the wrong colour", Group.WRONG_ITEM),
    ("Two screws are missing from the box", Group.MISSING_ITEM),
    ("It says delivered but I never got it", Group.NOT_RECEIVED),
    ("Where is my parcel, it is delayed", Group.DELIVERY_TIME),
    ("Please cancel the order", Group.CANCEL_ORDER),
    ("Do you have a discount code?", Group.OTHER),
    ("Can I speak to a human agent", Group.CONTACT),
    ("Is it under warranty? It needs a repair", Group.REPAIR),
    ("My card was charged twice", Group.PAYMENT),
]


@pytest.mark.parametrize(("text", "group"), OURS)
def test_our_own_sentences(text, group):
    found = recognise(text)
    assert found.group == group
    assert found.is_after_sales == (group in AFTER_SALES)
    assert found.cues, "it says which words decided"


@pytest.mark.parametrize(
    "text", ["", " ", "？", "。。。", "👍", "ok", "在", "a" * 100_000, "退" * 100_000, "\x00\x01", "🙂" * 5000]
)
def test_what_says_nothing_is_nothing_to_be_sure_of(text):
    found = recognise(text)
    assert not (found.is_after_sales and found.confidence >= SURE) or "退" in text


@given(st.text(max_size=300))
def test_any_text_gets_an_answer_that_adds_up(text):
    found = recognise(text)
    assert 0 < found.confidence <= 1
    assert 0 <= found.after_sales <= 1.000001
    assert recognise(text) == found


def test_wide_letters_capitals_and_blanks_do_not_matter():
    assert recognise("ＲＥＦＵＮＤ   please").group == recognise("refund please").group


def test_more_of_the_same_makes_surer():
    assert recognise("退货退款，寄回地址在哪").after_sales > recognise("退").after_sales


def test_each_likely_case_can_be_opened():
    for likely in LEADS_TO.values():
        assert likely.reason in TYPES[likely.type].reasons


def written(tmp_path, rows, encoding="utf-8", head=("language", "text", "group", "after_sales")):
    file = tmp_path / "messages.csv"
    with file.open("w", encoding=encoding, newline="") as out:
        csv.writer(out).writerows([head, *rows])
    return file


def test_a_file_is_measured_by_language(tmp_path):
    rows = [
        ("zh", "我要退货", "return_or_exchange", "yes"),
        ("zh", "在吗", "return_or_exchange", "yes"),
        ("zh", "有优惠券吗", "presale_or_other", "no"),
        ("en", "wrong item", "damaged", "yes"),
        ("", "cancel my order", "cancel_order", "adjacent"),
    ]
    out = StringIO()
    call_command("measure_messages", str(written(tmp_path, rows)), "--json", stdout=out)
    found = json.loads(out.getvalue())
    assert (found["zh"]["precision"], found["zh"]["recall"]) == (1.0, 0.5)
    assert found["en"]["macro_f1"] == 0
    assert found["unknown"]["macro_f1"] == 1
    assert found["all"]["messages"] == 5
    plain = StringIO()
    call_command("measure_messages", str(written(tmp_path, rows)), stdout=plain)
    assert "macro F1" in plain.getvalue()


def test_bad_files_say_what_is_wrong(tmp_path):
    with pytest.raises(CommandError, match="no column group"):
        call_command("measure_messages", str(written(tmp_path, [], head=("text", "after_sales"))))
    with pytest.raises(CommandError, match="line 2: 'x' is no group"):
        call_command("measure_messages", str(written(tmp_path, [("zh", "退", "x", "yes")])))
    with pytest.raises(CommandError, match="not UTF-8"):
        call_command("measure_messages", str(written(tmp_path, [("zh", "退款", "refund", "yes")], encoding="gb18030")))
    with pytest.raises(CommandError, match="No such file"):
        call_command("measure_messages", str(tmp_path / "none.csv"))
    with pytest.raises(CommandError, match="Is a directory"):
        call_command("measure_messages", str(tmp_path))


SAMPLE = Path(__file__).resolve().parents[3] / "shared/data/messages/service_messages.csv"


def test_how_well_messages_are_recognised(tmp_path):
    """The sample of real messages; where it is not beside the checkout, our own sentences."""
    own = [("", text, str(group), "yes" if group in AFTER_SALES else "no") for text, group in OURS]
    out = StringIO()
    call_command("measure_messages", str(SAMPLE if SAMPLE.exists() else written(tmp_path, own)), "--json", stdout=out)
    found = json.loads(out.getvalue())["all"]
    assert found["precision"] > 0.95
    assert found["recall"] > 0.88
    assert found["macro_f1"] > 0.75
