"""A return that the seller says is empty: sent back, opened, contested with photographs, heard, decided, paid."""

import pytest

from aftersales.disputes.models import Dispute
from aftersales.remedies.models import RefundInstruction
from aftersales.returns.models import ReturnShipment
from tests.browser.test_claims import choose, photograph, submit
from tests.disputes.states import reach

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.parametrize("language", ["en", "zh-hans"]),
]


def show(page, case, colour):
    """Add a photograph to the case."""
    page.goto(case.get_absolute_url())
    page.locator("#evidence [name=files]").set_input_files([photograph(colour)])
    page.locator("#evidence form button").last.click()
    page.locator("#evidence figure img").last.wait_for()


def nothing_to_add(page, case):
    page.goto(case.get_absolute_url())
    page.locator("a[href$='/finish-evidence/']").first.click()
    submit(page, case)


def test_an_empty_return_is_contested_heard_and_decided(language, sign_in, cast, file_case, now):
    case = reach("awaiting_return_shipment", file_case, cast, now)
    buyer = sign_in(cast.buyer, language=language, width=390)
    buyer.goto(case.get_absolute_url())
    assert buyer.locator(f"a[href='/disputes/{case.number}/slip.pdf']").is_visible()
    buyer.locator("a[href$='/ship-return/']").first.click()
    buyer.locator("[name=carrier]").fill("顺丰速运")
    buyer.locator("[name=tracking]").fill("sf 1234 5678 90123")
    submit(buyer, case)
    assert ReturnShipment.objects.get().tracking == "SF1234567890123"

    seller = sign_in(cast.agent, language=language)
    seller.goto(case.get_absolute_url())
    seller.locator("#decide a[href$='/receive-return/']").click()
    submit(seller, case)
    show(seller, case, "gray")
    seller.locator("#decide a[href$='/dispute-return/']").click()
    choose(seller, "condition", "empty")
    seller.locator("[name=note]").fill("The box was empty. 箱子是空的。")
    submit(seller, case)
    assert case.status == "escalated"

    buyer.goto(case.get_absolute_url())
    assert "The box was empty. 箱子是空的。" in buyer.inner_text("main")
    show(buyer, case, "olive")
    nothing_to_add(buyer, case)
    nothing_to_add(seller, case)
    assert case.status == "awaiting_ruling"

    desk = sign_in(cast.arbitrator, language=language)
    desk.goto("/admin/desk/")
    desk.locator("form[action$='/take/'] button").click()
    desk.wait_for_url(f"**/admin/desk/{case.number}/")
    assert desk.locator("main img").count() >= 2, "both sides' photographs"
    desk.goto(f"/admin/desk/{case.number}/decide/")
    choose(desk, "kind", "full_refund_with_return")
    desk.locator("[name^=line_]").fill("100.00")
    for name in ("facts", "evidence", "rule"):
        desk.locator(f"[name={name}]").fill("The carrier weighed it full. 承运商称重与商品相符。")
    desk.locator("form.card button.primary").click()
    desk.locator("[name=confirm]").click()
    desk.wait_for_url(f"**/admin/desk/{case.number}/")

    seller.goto(case.get_absolute_url())
    seller.locator("#decide a[href$='/execute/']").click()
    submit(seller, case)
    assert case.status == "fulfilling", "the goods count as back: nothing is to be sent again"
    assert str(RefundInstruction.objects.get().amount) == "100.000"
    buyer.goto(case.get_absolute_url())
    assert "承运商称重与商品相符。" in buyer.inner_text("main")
    assert Dispute.objects.get().outcome == "ruling"
