"""Type by category: until when a case can be filed, worked by hand; the last minute that counts and the first that not.

Everything arrived on 1 June 2026 at 10:00 China time. Days count from the day after (Order 31 art. 10) and end at
midnight, hours from the arrival itself.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from aftersales.disputes.eligibility import Claim, barrier, check_claim, type_rule, window_of
from aftersales.disputes.errors import RuleBroken
from aftersales.orders.models import OrderLine
from aftersales.policies.book import book_at, pack_rules

pytestmark = pytest.mark.django_db
CHINA, BRUSSELS = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Brussels")
ARRIVED = datetime(2026, 6, 1, 10, tzinfo=CHINA)
MINUTE = timedelta(minutes=1)

# currency, category, type -> end of the window, and where it stands. J: JD dispute rules 2025; O31: SAMR order 31;
# CPL: Consumer Protection Law; CRD: Directive 2011/83/EU; SGD: Directive (EU) 2019/771.
OPEN = [
    ("CNY", "home", "no_reason_return", datetime(2026, 6, 9, tzinfo=CHINA), "CPL 25: 7 days"),
    ("CNY", "home", "size_or_fit", datetime(2026, 6, 9, tzinfo=CHINA), "CPL 25: 7 days"),
    ("CNY", "home", "quality_visible", datetime(2026, 6, 17, tzinfo=CHINA), "J: 15 days"),
    ("CNY", "home", "arrived_damaged", datetime(2026, 6, 17, tzinfo=CHINA), "J: 15 days"),
    ("CNY", "home", "wrong_item", datetime(2026, 6, 17, tzinfo=CHINA), "J: 15 days"),
    ("CNY", "home", "not_as_described", datetime(2026, 6, 17, tzinfo=CHINA), "J: 15 days"),
    ("CNY", "home", "quality_hidden", datetime(2026, 11, 29, tzinfo=CHINA), "CPL 23: six months"),
    ("CNY", "home", "warranty_repair", datetime(2026, 11, 29, tzinfo=CHINA), "CPL 23: six months"),
    ("CNY", "apparel", "no_reason_return", datetime(2026, 6, 9, tzinfo=CHINA), "CPL 25: 7 days"),
    ("CNY", "shoes", "size_or_fit", datetime(2026, 6, 9, tzinfo=CHINA), "CPL 25: 7 days"),
    ("CNY", "fresh", "perished", datetime(2026, 6, 3, 10, tzinfo=CHINA), "J: 48 hours"),
    ("CNY", "fresh", "quality_visible", datetime(2026, 6, 3, 10, tzinfo=CHINA), "J: 48 hours"),
    ("CNY", "fresh", "arrived_damaged", datetime(2026, 6, 3, 10, tzinfo=CHINA), "J: 48 hours"),
    ("CNY", "fresh", "wrong_item", datetime(2026, 6, 17, tzinfo=CHINA), "J: 15 days"),
    ("CNY", "live_animals", "perished", datetime(2026, 6, 2, 10, tzinfo=CHINA), "J: 24 hours"),
    ("CNY", "live_animals", "not_as_described", datetime(2026, 6, 2, 10, tzinfo=CHINA), "J: 24 hours"),
    ("CNY", "electronics", "quality_visible", datetime(2026, 6, 3, 10, tzinfo=CHINA), "J: 48 hours"),
    ("CNY", "electronics", "arrived_damaged", datetime(2026, 6, 3, 10, tzinfo=CHINA), "J: 48 hours"),
    ("CNY", "electronics", "quality_hidden", datetime(2026, 11, 29, tzinfo=CHINA), "CPL 23: six months"),
    ("CNY", "electronics", "no_reason_return", datetime(2026, 6, 9, tzinfo=CHINA), "O31 7: not confirmed"),
    ("CNY", "ceramics", "arrived_damaged", datetime(2026, 6, 9, tzinfo=CHINA), "J: 7 days"),
    ("CNY", "ceramics", "quality_visible", datetime(2026, 6, 9, tzinfo=CHINA), "J: 7 days"),
    ("CNY", "ceramics", "wrong_item", datetime(2026, 6, 9, tzinfo=CHINA), "J: 7 days"),
    ("CNY", "food", "no_reason_return", datetime(2026, 6, 9, tzinfo=CHINA), "O31 7: not confirmed"),
    ("CNY", "food", "quality_visible", datetime(2026, 6, 17, tzinfo=CHINA), "J: 15 days"),
    ("CNY", "custom_made", "quality_visible", datetime(2026, 6, 17, tzinfo=CHINA), "J: 15 days"),
    ("CNY", "furniture", "no_reason_return", datetime(2026, 6, 9, tzinfo=CHINA), "CPL 25: 7 days"),
    ("CNY", "jewellery", "no_reason_return", datetime(2026, 6, 9, tzinfo=CHINA), "CPL 25: 7 days"),
    ("EUR", "home", "no_reason_return", datetime(2026, 6, 16, tzinfo=BRUSSELS), "CRD 9(1): 14 days"),
    ("EUR", "electronics", "quality_visible", datetime(2028, 6, 1, tzinfo=BRUSSELS), "SGD 10(1): two years"),
    ("EUR", "ceramics", "arrived_damaged", datetime(2028, 6, 1, tzinfo=BRUSSELS), "SGD 10(1): two years"),
]
# ... -> what speaks against it, at any time
CLOSED = [
    ("CNY", "custom_made", "no_reason_return", "excluded", "O31 6(1)"),
    ("CNY", "custom_made", "size_or_fit", "excluded", "O31 6(1)"),
    ("CNY", "fresh", "no_reason_return", "excluded", "O31 6(2)"),
    ("CNY", "live_animals", "no_reason_return", "excluded", "O31 6(2)"),
    ("CNY", "digital", "no_reason_return", "excluded", "O31 6(3)"),
    ("CNY", "newspapers", "no_reason_return", "excluded", "O31 6(4)"),
    ("EUR", "custom_made", "no_reason_return", "excluded", "CRD 16(c)"),
    ("EUR", "fresh", "no_reason_return", "excluded", "CRD 16(d)"),
    ("CNY", "home", "price_drop", "not_promised", "by promise only"),
]
# ... of goods whose exclusion the buyer confirmed when buying
CONFIRMED = [
    ("CNY", "food", "excluded_by_confirmation", "O31 7(1), 7(3)"),
    ("CNY", "electronics", "excluded_by_confirmation", "O31 7(2)"),
    ("EUR", "digital", "excluded_by_confirmation", "CRD 16(m)"),
    ("CNY", "home", "", "O31 7: a confirmation alone excludes nothing"),
    ("CNY", "apparel", "", "O31 7: a confirmation alone excludes nothing"),
    ("CNY", "furniture", "", "O31 7: a confirmation alone excludes nothing"),
]


def rules_for(currency, category):
    book = book_at(ARRIVED)
    market = book.market("", currency)
    return pack_rules(book.base(market), book.category(market, category))


def line(**more):
    return OrderLine(quantity=1, disputed_quantity=0, shipped_at=ARRIVED - timedelta(2), delivered_at=ARRIVED, **more)


@pytest.mark.parametrize(("currency", "category", "code", "until", "law"), OPEN, ids=lambda v: str(v))
def test_until_when(currency, category, code, until, law):
    rules, goods = rules_for(currency, category), line()
    assert window_of(goods, type_rule(code), rules).until == until
    check_claim(Claim(goods, 1), code, rules=rules, now=until - MINUTE)
    with pytest.raises(RuleBroken) as refused:
        check_claim(Claim(goods, 1), code, rules=rules, now=until)
    assert refused.value.code == "window_closed"


@pytest.mark.parametrize(("currency", "category", "code", "against", "law"), CLOSED, ids=lambda v: str(v))
def test_never(currency, category, code, against, law):
    with pytest.raises(RuleBroken) as refused:
        check_claim(Claim(line(), 1), code, rules=rules_for(currency, category), now=ARRIVED + MINUTE)
    assert refused.value.code == against
    assert "choose what" in refused.value.message  # what can be done instead


@pytest.mark.parametrize(("currency", "category", "against", "law"), CONFIRMED, ids=lambda v: str(v))
def test_what_the_buyer_confirmed(currency, category, against, law):
    goods = line(no_reason_waived=True)
    rule = type_rule("no_reason_return")
    assert barrier(goods, rule, rules_for(currency, category), ARRIVED + MINUTE) == against
