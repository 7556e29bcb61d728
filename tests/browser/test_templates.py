"""From a trade's template to a live plan, click by click: at most eight; in both languages, without JavaScript too."""

import pytest

from merchants.plans.models import Plan
from tests.browser.test_finance import look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MOST_CLICKS = 8


@pytest.mark.parametrize(
    ("language", "width", "scheme", "trade", "javascript"),
    [
        ("en", 1440, "light", "fresh-food", True),
        ("zh-hans", 390, "dark", "custom-made", True),
        ("zh-hans", 390, "dark", "apparel", False),
    ],
)
def test_a_trades_plan_is_live_in_few_clicks(cast, sign_in, language, width, scheme, trade, javascript):
    page = sign_in(cast.owner, language=language, width=width, scheme=scheme, javascript=javascript)
    clicks, faults = [], []

    def click(where, then):
        page.locator(where).first.click()
        page.wait_for_url(then)
        clicks.append(where)

    page.goto("/merchant/")
    click("nav a[href='/merchant/plans/']", "**/merchant/plans/")
    click("main a[href='/merchant/plans/new/']", "**/plans/new/")
    if javascript:
        faults += look(page, f"plan-new-{width}")
    click(f"form:has(input[value='{trade}']) button", "**/edit/")
    click("main button.primary[name=do][value=publish]", "**/publish/**")
    click("main form:has([name=seen]) button.primary", "**/merchant/plans/*/")
    plan = Plan.objects.get()
    assert (plan.state, len(plan.live.types) > 0) == ("live", True)
    assert len(clicks) <= MOST_CLICKS
    assert faults == []
