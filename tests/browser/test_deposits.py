"""Finance asks a seller for a deposit; the seller's finance person reads what is missing and takes the file home."""

from datetime import timedelta

import pytest

from merchants.deposits import services
from merchants.deposits.models import Deposit
from tests.browser.test_pages import overflow, violations
from tests.deposits.makers import ask, owe, pay

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAY = timedelta(days=1)
LOOKS = [("en", 390, "light"), ("en", 1440, "dark"), ("zh-hans", 390, "dark"), ("zh-hans", 1440, "light")]


@pytest.mark.parametrize(("language", "width", "scheme"), LOOKS)
def test_the_seller_reads_the_deposit(language, width, scheme, cast, file_case, sign_in, now):
    """One currency is short, one limited; something was taken, something is owed, more will be required."""
    case = file_case()
    ask(cast, "5000.00", now=now - 9 * DAY)
    pay(cast, "5200.00", "BANK-1", now=now - 8 * DAY)
    owe(cast.shop, "400.00", "advance:1", at=now - 6 * DAY, case=case.number)
    services.sweep(now=now - 2 * DAY)
    owe(cast.shop, "52.00", "advance:2", at=now - DAY, case=case.number)
    ask(cast, "6000.00", now=now, effective_at=now + 20 * DAY)
    ask(cast, "120000", now=now - 9 * DAY, currency="JPY")
    page = sign_in(cast.finance, width=width, language=language, scheme=scheme)
    assert page.goto("/merchant/deposit/").ok
    assert violations(page) + overflow(page) == []
    with page.expect_download() as download:
        page.locator("a[href*='deposit.csv']").click()
    assert download.value.suggested_filename == f"deposit-{cast.shop.ref}.csv"
    page.locator("main table a.main").first.click()
    assert case.number in page.url


@pytest.mark.parametrize(("language", "width", "scheme"), LOOKS)
def test_finance_requires_a_deposit(language, width, scheme, cast, sign_in):
    page = sign_in(cast.platform, width=width, language=language, scheme=scheme)
    assert page.goto("/admin/desk/finance/deposits/").ok
    page.fill("[name=merchant]", cast.shop.ref)
    page.fill("[name=amount]", "800.00")
    page.fill("[name=why]", "New shop.")
    page.locator("main form button.primary").click()
    assert Deposit.objects.get().required == 800
    assert violations(page) + overflow(page) == []
    page.goto("/admin/desk/finance/deposits/")
    assert violations(page) + overflow(page) == []
