"""Claims from the first question to the end, each in both languages: what a buyer, an agent and a carrier really do."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.urls import reverse
from PIL import Image

from aftersales.disputes.models import Dispute
from aftersales.orders.models import OrderLine
from aftersales.remedies.models import RefundInstruction
from merchants.promises.services import sign

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("language", ["en", "zh-hans"]),
]


def photograph(colour):
    file = BytesIO()
    Image.new("RGB", (640, 480), colour).save(file, "JPEG")
    return {"name": f"{colour}.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def bought(order, **facts):
    OrderLine.objects.filter(order=order).update(**facts)
    return order


def begin(page, order):
    page.goto(reverse("buyers:start", args=[order.number]))


def go_on(page):
    page.locator("main form .row button.primary").click()


def choose(page, name, value):
    page.locator(f"[name={name}][value='{value}']").check()


def submit(page, case):
    """Press the one button of an action's page; the case comes up again."""
    page.locator("main form button.primary").click()
    page.wait_for_url(f"**{case.get_absolute_url()}")
    case.refresh_from_db()


def filed(page):
    go_on(page)
    page.wait_for_url("**/disputes/*/")
    return Dispute.objects.get()


def test_spoiled_fruit_with_photographs(language, sign_in, cast, buy, now):
    """Fresh goods: 48 hours, pictures, the share that is spoiled; the seller agrees, money goes back."""
    order = bought(buy("68.00", days=1), category="fresh", title="Oranges, 5 kg", title_zh="爱媛橙 5公斤")
    page = sign_in(cast.buyer, width=390, language=language)
    begin(page, order)
    choose(page, "what", "other")
    page.locator("[name=other]").select_option("perished:perished")
    go_on(page)
    choose(page, "wants", "partial_refund_keep")
    page.locator("[name=amount]").fill("34.00")
    go_on(page)
    page.locator("[name=share]").fill("50")
    page.locator("[name=statement]").fill("Half of them are mouldy.")
    page.locator("[name=files]").set_input_files([photograph("brown"), photograph("orange")])
    go_on(page)
    assert "50 %" in page.inner_text("main")
    case = filed(page)
    assert case.evidence.count() == 2
    assert str(case.rules.windows["visible"]) == "48h"
    assert {"en": "Spoiled", "zh-hans": "变质"}[language] in page.inner_text("main")

    agent = sign_in(cast.agent, language=language)
    agent.goto(case.get_absolute_url())
    assert agent.locator("main img[src*='evidence']").count() >= 2
    agent.goto(f"{case.get_absolute_url()}agree/")
    assert "34.00" in agent.inner_text("main")
    submit(agent, case)
    assert (case.status, RefundInstruction.objects.get().amount) == ("fulfilling", Decimal("34.00"))


def test_another_size(language, sign_in, cast, buy, now):
    """Wrong size: the shirt goes back at the buyer's cost, the right one comes; both parcels are on the case."""
    order = bought(buy("189.00"), category="apparel", title="Linen shirt", title_zh="亚麻衬衫")
    page = sign_in(cast.buyer, width=390, language=language)
    begin(page, order)
    choose(page, "what", "size")
    go_on(page)
    choose(page, "wants", "replace_with_return")
    go_on(page)
    page.locator("[name=fits]").fill("L")
    go_on(page)
    case = filed(page)

    agent = sign_in(cast.agent, language=language)
    agent.goto(f"{case.get_absolute_url()}agree/")
    submit(agent, case)
    assert case.status == "awaiting_return_shipment"

    page.goto(f"{case.get_absolute_url()}ship-return/")
    page.locator("[name=carrier]").fill("SF")
    page.locator("[name=tracking]").fill("SF1234567890123")
    submit(page, case)
    assert case.status == "return_in_transit"

    agent.goto(f"{case.get_absolute_url()}receive-return/")
    submit(agent, case)
    agent.goto(f"{case.get_absolute_url()}confirm-return/")
    submit(agent, case)
    assert case.status == "fulfilling"
    agent.goto(f"{case.get_absolute_url()}ship-replacement/")
    agent.locator("[name=carrier]").fill("SF")
    agent.locator("[name=tracking]").fill("SF9876543210987")
    submit(agent, case)
    page.goto(case.get_absolute_url())
    assert "SF9876543210987" in page.inner_text("main")
    assert not RefundInstruction.objects.exists(), "an exchange moves no money"


def test_it_became_cheaper(language, sign_in, cast, buy, now):
    """Price protection by the seller's promise: the difference and no cent more, with the price as seen."""
    bought_before = now - timedelta(days=60)
    rules = {"windows": {"price_protection": "15d"}}
    sign(merchant=cast.shop, actor=cast.owner, rules=rules, effective_at=bought_before, now=bought_before)
    order = bought(buy("599.00", days=3), category="electronics", title="Earphones", title_zh="主动降噪耳机")
    page = sign_in(cast.buyer, width=390, language=language)
    begin(page, order)
    choose(page, "what", "other")
    page.locator("[name=other]").select_option("price_drop:better_price")
    go_on(page)
    page.locator("[name=wants]").first.check()
    if page.locator("[name=amount]").count():
        page.locator("[name=amount]").fill("100.00")
    go_on(page)
    page.locator("[name=price_seen]").fill("499.00")
    page.locator("[name=seen_on]").fill(f"{now:%Y-%m-%d}")
    page.locator("[name=files]").set_input_files([photograph("white")])
    go_on(page)
    case = filed(page)
    assert case.max_amount == Decimal("100.00")

    agent = sign_in(cast.agent, language=language)
    agent.goto(f"{case.get_absolute_url()}agree/")
    assert "100.00" in agent.inner_text("main")
    submit(agent, case)
    assert RefundInstruction.objects.get().amount == Decimal("100.00")


def test_a_counterfeit_with_compensation(language, sign_in, cast, buy, now):
    """Refused by the seller, found proven by the arbitrator: the price back, three times of it into the balance."""
    order = bought(buy("1000.00"), category="bags", title="Handbag", title_zh="手提包")
    page = sign_in(cast.buyer, width=390, language=language)
    begin(page, order)
    choose(page, "what", "other")
    page.locator("[name=other]").select_option("counterfeit:counterfeit")
    go_on(page)
    assert "3,000.00" in page.inner_text("main")
    choose(page, "wants", "multiple_compensation")
    go_on(page)
    choose(page, "known_by", "test") if page.locator("[name=known_by]").count() else page.locator(
        "[type=radio][value=test]"
    ).check()
    page.locator("[name=files]").set_input_files([photograph("black")])
    go_on(page)
    case = filed(page)
    assert (case.max_amount, case.max_compensation) == (Decimal(1000), Decimal(3000))

    agent = sign_in(cast.agent, language=language)
    agent.goto(f"{case.get_absolute_url()}refuse/")
    agent.locator("[name=reason][value=no_evidence]").check()
    agent.locator("[name=message]").fill("It is genuine.")
    submit(agent, case)
    page.goto(f"{case.get_absolute_url()}escalate/")
    submit(page, case)
    assert case.status == "escalated"

    desk = sign_in(cast.arbitrator, language=language)
    desk.goto(reverse("desk:queue"))
    desk.locator("form button.primary").first.click()
    desk.wait_for_url(f"**/admin/desk/{case.number}/")
    for party in (page, agent):
        party.goto(f"{case.get_absolute_url()}finish-evidence/")
        submit(party, case)
    desk.goto(f"/admin/desk/{case.number}/decide/")
    choose(desk, "kind", "multiple_compensation")
    desk.locator("[name^=line_]").fill("1000.00")
    desk.locator("[name=compensation]").fill("3000.00")
    for part in ("facts", "evidence", "rule"):
        desk.locator(f"[name={part}]").fill(f"The {part}.")
    desk.locator("form.card > button").click()
    confirm = desk.locator("[name=confirm]")
    assert "4,000.00" in confirm.inner_text()
    confirm.click()
    desk.wait_for_url(f"**/admin/desk/{case.number}/")

    agent.goto(f"{case.get_absolute_url()}execute/")
    assert "4,000.00" in agent.inner_text("main")
    submit(agent, case)
    page.goto(case.get_absolute_url())
    assert {"en": "Store balance", "zh-hans": "平台余额"}[language] in page.inner_text("main")
    refund = RefundInstruction.objects.get()
    assert (refund.amount, refund.compensation) == (Decimal(4000), Decimal(3000))
