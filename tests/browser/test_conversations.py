"""A buyer writes to the seller, the plan answers, one tap opens the case; both languages, axe finds nothing."""

import pytest

from aftersales.buyers.models import Draft
from tests.browser.test_finance import look
from tests.plans.makers import make_plan

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("language", "width", "scheme", "write", "send", "choose", "back"),
    [
        ("en", 1440, "light", "Write to the seller", "Send", "Open a case and choose", "This is not what I meant"),
        ("zh-hans", 390, "dark", "联系商家", "发送", "申请售后并选择", "这不是我的意思"),
    ],
)
def test_from_a_message_to_a_case(buy, cast, sign_in, language, width, scheme, write, send, choose, back):
    make_plan(cast.shop, actor=cast.owner, name="Breakage", types=("arrived_damaged",))
    order, other = buy("100.00"), buy("60.00")
    page, faults = sign_in(cast.buyer, language=language, width=width, scheme=scheme), []
    for bought, press in ((other, back), (order, choose)):
        page.goto("/orders/")
        page.locator(f"a[href='/orders/{bought.number}/talk/']").click()
        page.fill("textarea[name=body]", "The cup arrived broken. 杯子碎了，外包装也压扁了")
        page.locator("form.card button.primary").click()
        faults += look(page, f"talk-{width}")
        page.locator(f"text={press}").first.click()
    page.wait_for_url("**/dispute/wish/")
    faults += look(page, f"prefilled-{width}")
    assert Draft.objects.get(order=order).answers["what"] == "damaged"
    agent = sign_in(cast.agent, language=language, width=width, scheme=scheme)
    agent.goto("/merchant/messages/")
    faults += look(agent, f"messages-{width}")
    agent.locator(f"text={other.number}").first.click()
    faults += look(agent, f"thread-{width}")
    agent.fill("textarea[name=body]", "Sorry, tell me more.")
    agent.locator("form.card button.primary").last.click()
    assert "Sorry, tell me more." in agent.inner_text("main")
    assert faults == []
