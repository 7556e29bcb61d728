"""Three people get through their work in a real browser, from sign-in to the last page."""

from decimal import Decimal

import pytest

from aftersales.disputes.models import Dispute
from aftersales.disputes.services import intervention, negotiation
from aftersales.orders.models import OrderLine
from aftersales.remedies.models import RefundInstruction
from tests.disputes.states import reach

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_buyer_without_javascript_gets_a_refund(sign_in, cast, buy, now):
    order = buy("100.00")
    OrderLine.objects.filter(order=order).update(title="Linen shirt")
    page = sign_in(cast.buyer, javascript=False)
    assert page.url.endswith("/orders/")

    page.get_by_role("link", name="Get help").click()
    page.get_by_label("The quality is poor").check()
    page.get_by_role("button", name="Continue").click()
    page.locator("[name=wants][value=partial_refund_keep]").check()
    page.locator("[name=amount]").fill("30.00")
    page.get_by_role("button", name="Continue").click()
    page.locator("[name=statement]").fill("The seam is open.")
    page.get_by_role("button", name="Continue").click()
    assert "The seam is open." in page.inner_text("main")
    page.get_by_role("button", name="Send to the seller").click()

    page.wait_for_url("**/disputes/*/")
    case = Dispute.objects.get()
    assert (case.status, case.wants_amount) == ("awaiting_merchant", Decimal("30.00"))
    assert "The seller has been told." in page.inner_text("main")

    kind = "partial_refund_keep"
    negotiation.propose(dispute=case, actor=cast.agent, now=now, kind=kind, amount=Decimal("25.00"))
    page.reload()
    page.get_by_role("link", name="Accept").first.click()
    assert "25.00" in page.inner_text(".money-table")
    page.get_by_role("button", name="Accept").click()
    page.wait_for_url(f"**{case.get_absolute_url()}")
    assert RefundInstruction.objects.get().amount == Decimal("25.00")
    assert "What is being done" in page.inner_text("main")
    assert "25.00" in page.inner_text("section:has(h2:text('What is being done'))")


def test_an_agent_refuses_and_the_buyer_asks_the_platform(sign_in, cast, file_case):
    case = file_case()
    agent = sign_in(cast.agent)
    assert agent.url.endswith("/merchant/")
    agent.locator("tr[data-row] a.main").click()
    agent.wait_for_url(f"**{case.get_absolute_url()}")
    agent.get_by_role("link", name="Refuse").click()
    agent.locator("[name=reason][value=no_evidence]").check()
    agent.locator("[name=message]").fill("Please show the seam.")
    agent.locator("main form button.primary").click()
    agent.wait_for_url(f"**{case.get_absolute_url()}")
    assert Dispute.objects.get().status == "refused"

    buyer = sign_in(cast.buyer)
    buyer.goto(case.get_absolute_url())
    assert "Please show the seam." in buyer.inner_text("main")
    buyer.locator("a[href$='/escalate/']").first.click()
    buyer.locator("[name=statement]").fill("I did show it.")
    buyer.locator("main form button.primary").click()
    buyer.wait_for_url(f"**{case.get_absolute_url()}")
    assert Dispute.objects.get().status == "escalated"


def test_an_arbitrator_takes_the_next_case_and_decides(sign_in, cast, file_case, now):
    case = reach("escalated", file_case, cast, now)
    page = sign_in(cast.arbitrator)
    page.goto("/admin/desk/")
    page.get_by_role("button", name="Take the next case").click()
    page.wait_for_url(f"**/admin/desk/{case.number}/")
    case.refresh_from_db()
    assert case.arbitrator == cast.arbitrator

    close_evidence(case, cast, now)
    page.reload()
    page.get_by_role("link", name="Decide the case").click()
    page.locator("[name=kind][value=partial_refund_keep]").check()
    page.locator("[name^=line_]").fill("20.00")
    for part in ("facts", "evidence", "rule"):
        page.locator(f"[name={part}]").fill(f"The {part}.")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Decide: refund").wait_for()
    assert "20.00" in page.inner_text("form .money-table")
    assert not case.rulings.exists(), "a preview decides nothing"
    page.get_by_role("button", name="Decide: refund").click()
    page.wait_for_url(f"**/admin/desk/{case.number}/")
    case.refresh_from_db()
    assert case.status == "ruled"
    assert case.rulings.get().cash == Decimal("20.00")


def close_evidence(case, cast, now):
    case = intervention.finish_evidence(dispute=case, actor=cast.buyer, now=now)
    intervention.finish_evidence(dispute=case, actor=cast.owner, now=now)
