"""A seller's finance person reads the month's statement, follows a movement to its case, and takes the file home."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, Posting, post_many
from tests.browser.test_pages import overflow, violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NOVEMBER = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
def case(cast, file_case):
    case = file_case()
    for currency, amount in [("CNY", "30.50"), ("JPY", "700"), ("KWD", "1.125")]:
        payable = AccountKey(AccountKind.MERCHANT_PAYABLE, currency, merchant_id=cast.shop.pk)
        entries = ((payable, -Decimal(amount)), (AccountKey(AccountKind.REFUNDS_CLEARING, currency), Decimal(amount)))
        post_many([Posting(f"grant {currency}", "remedy_granted", case.number, entries)], now=NOVEMBER)
    return case


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("en", 390, "light"), ("en", 1440, "dark"), ("zh-hans", 390, "dark"), ("zh-hans", 1440, "light")],
)
def test_a_statement_is_read_followed_and_taken_home(language, width, scheme, case, cast, sign_in):
    page = sign_in(cast.finance, width=width, language=language, scheme=scheme)
    assert page.goto("/merchant/statements/?month=2026-11").ok
    assert violations(page) + overflow(page) == []
    with page.expect_download() as download:
        page.locator("a[href*='statements.csv']").click()
    assert download.value.suggested_filename == f"statement-{cast.shop.ref}-2026-11.csv"
    page.locator("main table a.main").first.click()
    assert case.number in page.url
