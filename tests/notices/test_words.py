import pytest
from django.utils import timezone, translation

from portal.notices.kinds import KINDS
from portal.notices.models import Notice
from portal.notices.words import in_every_language, word
from tests.notices.conftest import DUE

FULL = {
    "case": "D-1042",
    "merchant": "Silk Road",
    "product": {"en": "Linen shirt", "zh-hans": "亚麻衬衫"},
    "amount": "128.00",
    "currency": "CNY",
    "due_at": DUE,
    "actor_role": "merchant",
    "reason": {"en": "Worn", "zh-hans": "已穿过"},
    "outcome": {"en": "Half back", "zh-hans": "退一半"},
    "address": "1 Road, Hangzhou",
    "code": "SECRET-CODE",
    "minimum": "¥200.00",
    "tracking": "SF123",
    "carrier": "SF",
    "question": "Which size?",
    "text": "100% cotton, %(case)s {x} <b>",
    "next": {"en": "If you do nothing, it closes.", "zh-hans": "如不处理，将关闭。"},
}
# About no case, but about the platform's money or a shop's plans or deposit.
OF_NO_CASE = {"fund_low", "fund_empty", "arm_stopped", "buyer_wrote", "shop_wrote", "limit_near", "limit_reached"} | {
    k for k in KINDS if k.startswith("deposit_")
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("data", [FULL, {"case": "D-1042"}], ids=["full", "bare"])
def test_every_kind_has_words_with_much_and_with_little_data(kind, language, data):
    with translation.override(language), timezone.override("Asia/Shanghai"):
        words = word(Notice(kind=kind, data=data))
    said = [words.subject, words.line, words.button, *words.details]
    assert all(said)
    assert "D-1042" in words.subject or kind in OF_NO_CASE
    assert not any("%(" in text for text in said if text != FULL["text"])
    assert "SECRET-CODE" not in words.subject + words.line


@pytest.mark.parametrize("kind", [k for k in KINDS if k in {"case_opened", "offers_made", "refused", "escalated"}])
def test_subjects_of_what_must_be_done_name_the_deadline(kind):
    with translation.override("en"), timezone.override("Asia/Shanghai"):
        assert " by Wed" in word(Notice(kind=kind, data=FULL)).subject


def test_amounts_and_names():
    with translation.override("en"), timezone.override("Asia/Shanghai"):
        assert word(Notice(kind="counter_offer", data=FULL)).line == "Silk Road proposes ¥128.00 for “Linen shirt”."
        by_buyer = word(Notice(kind="counter_offer", data={**FULL, "actor_role": "buyer"}))
        assert by_buyer.line == "The buyer proposes ¥128.00 for “Linen shirt”."
        assert FULL["text"] in by_buyer.details  # what people wrote is never read as a format


def test_translatable_text_is_kept_in_every_language():
    from django.utils.translation import gettext_lazy

    said = in_every_language(gettext_lazy("Yes"))
    assert said["en"] == "Yes"
    assert said["zh-hans"] == "是"
