"""What each type asks: kept as text, said in the reader's language, refused with a word of what is wanted."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.services.filing import open_dispute
from aftersales.policies.codes import DisputeType
from aftersales.policies.questions import QUESTIONS, WrongAnswer, read_answers, said

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("type", "given", "kept"),
    [
        (
            "price_drop",
            {"price_seen": "79.90", "seen_on": "2026-11-22"},
            {"price_seen": "79.90", "seen_on": "2026-11-22"},
        ),
        ("perished", {"share": " 40 "}, {"share": "40"}),
        ("empty_parcel", {"sealing": "opened"}, {"sealing": "opened"}),
        ("wrong_item", {"got": "a blue one 🧦"}, {"got": "a blue one 🧦"}),
        ("wrong_item", {"got": ""}, {}),
        ("quality_visible", {}, {}),
    ],
)
def test_answers_are_kept(type, given, kept):
    assert read_answers(type, given, today=TODAY) == kept


@pytest.mark.parametrize(
    ("type", "name", "answer"),
    [
        ("price_drop", "seen_on", "2026-11-24"),  # tomorrow
        ("price_drop", "seen_on", "yesterday"),
        ("price_drop", "price_seen", "NaN"),
        ("price_drop", "price_seen", "-1"),
        ("perished", "share", "140"),
        ("empty_parcel", "sealing", "eaten"),
        ("wrong_item", "got", "x" * 201),
        ("wrong_item", "got", "a\x00b"),
        ("quality_visible", "got", "nobody asked"),
    ],
)
def test_what_no_question_can_take_is_refused(type, name, answer):
    with pytest.raises(WrongAnswer) as wrong:
        read_answers(type, {name: answer}, today=TODAY)
    assert wrong.value.name == name
    assert str(wrong.value)


def test_every_question_belongs_to_a_type_and_has_a_name_of_its_own():
    assert set(QUESTIONS) <= set(DisputeType.values)
    for asked in QUESTIONS.values():
        assert len({question.name for question in asked}) == len(asked)


def test_answers_are_said_in_the_readers_language():
    with translation.override("zh-hans"):
        assert said("food_safety", {"harm": "no"})[0][1] == "否"


def open_freight(order, cast, now, **more):
    return open_dispute(
        order=order,
        actor=cast.buyer,
        now=now,
        lines=[("1", 1)],
        type="freight",
        reason="price_fraud",
        wants="freight_reimbursement",
        **more,
    )


def test_a_claim_about_shipping_goes_no_further_than_the_shipping(buy, cast, now):
    order = buy("100.00")
    line = order.lines.get()
    line.freight, line.unit_price = Decimal(8), Decimal(92)
    line.save()
    order = type(order).objects.prefetch_related("lines", "payments").get(pk=order.pk)
    with pytest.raises(RuleBroken) as broken:
        open_freight(order, cast, now, amount=Decimal("8.01"))
    assert broken.value.code == "above_maximum"
    case = open_freight(order, cast, now, amount=Decimal(8), answers={"freight_paid": "8"})
    assert (case.max_amount, case.answers) == (Decimal(8), {"freight_paid": "8"})


def test_over_rest_a_wrong_answer_names_its_question(api, buy):
    order = buy()
    body = {
        "order": order.number,
        "lines": [{"line": "1", "quantity": 1}],
        "type": "perished",
        "reason": "perished",
        "wants": {"remedy": "partial_refund_keep", "amount": "5.00"},
        "answers": {"share": "all of it"},
    }
    refused = api("buyer").post("/disputes/", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "wrong_answer")
    assert "share" in refused.json()["errors"]
    opened = api("buyer").post("/disputes/", {**body, "answers": {"share": "50"}})
    assert opened.json()["answers"] == {"share": "50"}
