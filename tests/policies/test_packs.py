"""What each pack says, worked by hand from the law and the platforms' rules; and when a window closes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from aftersales.policies.book import book_at, pack_rules

pytestmark = pytest.mark.django_db
DAY = datetime(2026, 6, 1, tzinfo=UTC)


def rules(currency, category):
    book = book_at(DAY)
    market = book.market("", currency)
    return pack_rules(book.base(market), book.category(market, category))


# market's currency, category, window -> span. J: JD dispute rules 2025; CPL: Consumer Protection Law;
# CRD: Directive 2011/83/EU; SGD: Directive (EU) 2019/771.
WINDOWS = [
    ("CNY", "home", "no_reason", "7d", "CPL 25"),
    ("CNY", "home", "quality", "15d", "J"),
    ("CNY", "home", "visible", "15d", "J"),
    ("CNY", "home", "warranty", "180d", "CPL 23"),
    ("CNY", "home", "not_received", "30d", "default"),
    ("CNY", "home", "price_protection", "0d", "by promise only"),
    ("CNY", "fresh", "visible", "48h", "J"),
    ("CNY", "fresh", "quality", "15d", "J, not overridden"),
    ("CNY", "seafood", "visible", "48h", "J, by another name of the category"),
    ("CNY", "live_animals", "visible", "24h", "J"),
    ("CNY", "live_animals", "quality", "24h", "J"),
    ("CNY", "live_animals", "warranty", "180d", "CPL 23"),
    ("CNY", "electronics", "visible", "48h", "J"),
    ("CNY", "electronics", "quality", "15d", "J"),
    ("CNY", "electronics", "no_reason", "7d", "CPL 25"),
    ("CNY", "ceramics", "visible", "7d", "J"),
    ("CNY", "ceramics", "quality", "7d", "J"),
    ("CNY", "apparel", "visible", "15d", "J"),
    ("CNY", "shoes", "no_reason", "7d", "CPL 25"),
    ("CNY", "food", "quality", "15d", "J"),
    ("CNY", "furniture", "quality", "15d", "J"),
    ("CNY", "jewellery", "quality", "15d", "J"),
    ("EUR", "home", "no_reason", "14d", "CRD 9(1)"),
    ("EUR", "home", "quality", "730d", "SGD 10(1)"),
    ("EUR", "home", "visible", "730d", "SGD 10(1)"),
    ("EUR", "electronics", "visible", "730d", "SGD 10(1): no shorter category window"),
    ("EUR", "ceramics", "visible", "730d", "SGD 10(1): no shorter category window"),
    ("EUR", "fresh", "visible", "730d", "SGD 10(1): no shorter category window"),
    ("BRL", "home", "no_reason", "7d", "home pack"),
    ("USD", "fresh", "visible", "48h", "home pack"),
]
# ... -> whether a return without reason is possible. O31: SAMR order 31.
NO_REASON = [
    ("CNY", "home", "allowed", "CPL 25"),
    ("CNY", "apparel", "allowed", "CPL 25"),
    ("CNY", "ceramics", "allowed", "CPL 25"),
    ("CNY", "furniture", "allowed", "CPL 25"),
    ("CNY", "jewellery", "allowed", "CPL 25"),
    ("CNY", "custom_made", "excluded", "O31 6(1)"),
    ("CNY", "engraved", "excluded", "O31 6(1)"),
    ("CNY", "fresh", "excluded", "O31 6(2)"),
    ("CNY", "flowers", "excluded", "O31 6(2)"),
    ("CNY", "live_animals", "excluded", "O31 6(2)"),
    ("CNY", "digital", "excluded", "O31 6(3)"),
    ("CNY", "software", "excluded", "O31 6(3)"),
    ("CNY", "newspapers", "excluded", "O31 6(4)"),
    ("CNY", "food", "confirmed", "O31 7(1), 7(3)"),
    ("CNY", "electronics", "confirmed", "O31 7(2)"),
    ("EUR", "home", "allowed", "CRD 9(1)"),
    ("EUR", "electronics", "allowed", "CRD 9(1)"),
    ("EUR", "live_animals", "allowed", "CRD 9(1)"),
    ("EUR", "food", "allowed", "CRD 9(1)"),
    ("EUR", "custom_made", "excluded", "CRD 16(c)"),
    ("EUR", "fresh", "excluded", "CRD 16(d)"),
    ("EUR", "newspapers", "excluded", "CRD 16(j)"),
    ("EUR", "digital", "confirmed", "CRD 16(m)"),
]
# ... rule -> value
OTHERS = [
    ("CNY", "home", "choices.intact", "complete", "O31 8"),
    ("CNY", "food", "choices.intact", "sealed", "O31 9(1)"),
    ("CNY", "electronics", "choices.intact", "not_activated", "O31 9(2)"),
    ("CNY", "shoes", "choices.intact", "labels_on", "O31 9(3)"),
    ("CNY", "home", "choices.return_freight_remorse", "buyer", "O31 18"),
    ("CNY", "home", "choices.return_freight_fault", "merchant", "CPL 24"),
    ("CNY", "home", "choices.return_freight_logistics", "merchant", "CPL 24"),
    ("CNY", "home", "choices.outbound_freight_remorse", "kept", "O31 18"),
    ("EUR", "home", "choices.return_freight_remorse", "buyer", "CRD 14(1)"),
    ("EUR", "home", "choices.outbound_freight_remorse", "refunded", "CRD 13(1)"),
    ("CNY", "home", "timers.statutory_refund", 168, "CPL 25: seven days"),
    ("EUR", "home", "timers.statutory_refund", 336, "CRD 13(1): fourteen days"),
    ("CNY", "furniture", "timers.buyer_ships", 336, "default"),
    ("CNY", "home", "counts.fraud_times", 3, "CPL 55"),
    ("CNY", "home", "counts.food_times", 10, "FSL 148"),
    ("CNY", "home", "counts.food_loss_times", 3, "FSL 148"),
    ("EUR", "home", "counts.fraud_times", 0, "no such law"),
    ("EUR", "food", "counts.food_times", 0, "no such law"),
]


@pytest.mark.parametrize(("currency", "category", "window", "span", "law"), WINDOWS, ids=lambda v: str(v))
def test_windows(currency, category, window, span, law):
    assert str(rules(currency, category).windows[window]) == span


@pytest.mark.parametrize(("currency", "category", "answer", "law"), NO_REASON, ids=lambda v: str(v))
def test_returns_without_reason(currency, category, answer, law):
    assert rules(currency, category).choices["no_reason"] == answer


@pytest.mark.parametrize(("currency", "category", "rule", "value", "law"), OTHERS, ids=lambda v: str(v))
def test_other_rules(currency, category, rule, value, law):
    assert rules(currency, category).value(rule) == value


@pytest.mark.parametrize(
    ("threshold", "currency", "amount"),
    [("fraud_minimum", "CNY", 500), ("food_minimum", "CNY", 1000), ("fraud_minimum", "EUR", None)],
)
def test_least_compensation(threshold, currency, amount):
    """CPL 55: at least 500; FSL 148: at least 1,000; in yuan, in no other market."""
    assert rules(currency, "food").threshold(threshold, currency) == amount


SHANGHAI, BRUSSELS = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Brussels")


def test_seven_days_count_from_the_day_after_signing():
    """O31 art. 10: signed on the 1st, the seventh day is the 8th; it closes when that day ends in China."""
    signed = datetime(2026, 6, 1, 9, 30, tzinfo=SHANGHAI)
    assert rules("CNY", "home").until("no_reason", signed) == datetime(2026, 6, 9, tzinfo=SHANGHAI)


def test_the_day_is_the_law_s_not_the_server_s():
    """Signed at 00:30 in China, still the day before in UTC: China's day counts."""
    signed = datetime(2026, 5, 31, 16, 30, tzinfo=UTC)
    assert rules("CNY", "home").until("no_reason", signed) == datetime(2026, 6, 9, tzinfo=SHANGHAI)


def test_fourteen_days_from_possession():
    """CRD art. 9(2)(b); Regulation 1182/71 art. 3: the day of the event does not count."""
    had = datetime(2026, 6, 1, 23, 0, tzinfo=BRUSSELS)
    assert rules("EUR", "home").until("no_reason", had) == datetime(2026, 6, 16, tzinfo=BRUSSELS)


def test_hours_count_from_the_event_itself():
    signed = datetime(2026, 6, 1, 9, 30, tzinfo=SHANGHAI)
    assert rules("CNY", "fresh").until("visible", signed) == signed + timedelta(hours=48)


def test_each_value_knows_where_it_comes_from():
    fresh = rules("CNY", "fresh")
    assert str(fresh.source("windows.visible")) == "cn.fresh v1"
    assert str(fresh.source("windows.quality")) == "cn v2"
    assert fresh.basis["choices.no_reason"]["en"].endswith("art. 6(2)")
    assert fresh.basis["windows.no_reason"]["en"] == "Consumer Protection Law, art. 25"


def test_the_instant_chooses_the_version():
    old = book_at(datetime(2026, 1, 31, tzinfo=UTC))
    assert str(pack_rules(old.base("cn")).source("windows.quality")) == "cn v1"
    assert str(rules("CNY", "home").source("windows.quality")) == "cn v2"
