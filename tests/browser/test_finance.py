"""Finance in a real browser: two people approve, a refund that failed is paid; both languages, axe finds nothing."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone

from aftersales.disputes.models import Dispute
from aftersales.disputes.services import fulfilment, negotiation
from aftersales.remedies import execution
from aftersales.remedies.models import Approval, RefundHandling, RefundInstruction, SimulatedBehaviour
from tests.browser.test_pages import overflow, violations
from tests.makers import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def platform2(cast):
    user = make_user("platform", "platform")
    user.is_staff = True
    user.save()
    return user


@pytest.fixture
def held(file_case, cast):
    now = timezone.now()
    case = file_case(wants="full_refund_no_return", price="150000.00")
    return negotiation.agree(dispute=case, actor=cast.owner, now=now - timedelta(hours=3))


@pytest.fixture
def failed(file_case, cast):
    now = timezone.now()
    told = SimulatedBehaviour.objects.create(target="all", mode="fail")
    case = negotiation.agree(dispute=file_case(), actor=cast.owner, now=now)
    execution.execute(RefundInstruction.objects.get(case=case.number).pk, now=now)
    told.delete()
    fulfilment.note_remedies(number=case.number, now=now)
    return case


def look(page, name):
    if folder := os.environ.get("PICTURES"):  # to look at them: PICTURES=folder script/test tests/browser
        page.screenshot(path=f"{folder}/finance-{name}.png", full_page=True)
    return [f"{name}: {fault}" for fault in [*violations(page), *overflow(page)]]


def test_two_people_approve_a_large_amount(held, cast, platform2, sign_in):
    buyer = sign_in(cast.buyer, width=390)
    buyer.goto(f"/disputes/{held.number}/")
    assert "Being checked, at the latest by" in buyer.inner_text("main")
    for person, left in [(cast.platform, True), (platform2, False)]:
        page = sign_in(person)
        page.goto("/admin/desk/")
        page.click("text=Finance queue")
        page.check("[name=item]")
        page.click("button[value=approve]")
        assert "150,000.00" in page.inner_text("#content")
        page.fill("[name=why]", "Papers seen.")
        page.click("button[name=confirm]")
        page.wait_for_url("**/finance/done/")
        assert "Done: 1. Not done: 0." in page.inner_text("#content")
        page.click("text=Back to the finance queue")
        assert page.locator("[name=item]").count() == left
        if left:  # chosen all the same, it is named with the reason
            page.check("[name=item]")
            page.click("button[value=approve]")
            assert "somebody else approves it next" in page.inner_text("#content")
            assert not page.locator("[name=confirm]").count()
    assert Approval.objects.count() == 2
    assert Dispute.objects.get().status == "fulfilling"


def test_a_failed_refund_is_entered_as_paid(failed, cast, sign_in):
    page = sign_in(cast.platform, width=390)
    page.goto("/admin/desk/finance/?kind=failed")
    page.check("[name=item]")
    page.click("button[value=hand]")
    page.fill("[name=reference]", "BANK-2026-77")
    page.fill("[name=why]", "The card was closed, paid by transfer.")
    page.click("button[name=confirm]")
    page.wait_for_url("**/finance/done/")
    assert RefundHandling.objects.get().reference == "BANK-2026-77"
    assert RefundInstruction.objects.get().state == "succeeded"


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("en", 390, "light"), ("en", 1440, "dark"), ("zh-hans", 390, "dark"), ("zh-hans", 1440, "light")],
)
def test_the_finance_pages_are_accessible_and_fit(language, width, scheme, held, failed, cast, platform2, sign_in):
    page = sign_in(cast.platform, width=width, language=language, scheme=scheme)
    name, faults = f"{language}-{width}-{scheme}", []
    page.goto("/admin/desk/finance/?all=1")
    faults += look(page, f"queue-{name}")
    page.click("button[value=approve]")
    faults += look(page, f"confirm-{name}")
    page.click("button[name=confirm]")
    page.wait_for_url("**/finance/done/")
    faults += look(page, f"done-{name}")
    page.goto("/admin/desk/finance/?kind=returned")
    faults += look(page, f"none-{name}")
    page.goto(f"/disputes/{held.number}/release-hold/")
    faults += look(page, f"act-{name}")
    buyer = sign_in(cast.buyer, width=width, language=language, scheme=scheme)
    buyer.goto(f"/disputes/{held.number}/")
    faults += look(buyer, f"buyer-{name}")
    assert faults == []
