"""An owner tries a plan against a holdout, reads what it shows and takes it over; both languages, axe finds nothing."""

import pytest
from django.utils import timezone

from aftersales.disputes.services import negotiation
from merchants.experiments.models import Experiment
from portal.market.run import finish
from tests.browser.test_finance import look
from tests.plans.makers import make_plan

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("language", "width", "scheme", "begin", "take"),
    [
        ("en", 1440, "light", "Begin the experiment", "Take it over"),
        ("zh-hans", 390, "dark", "开始实验", "采用"),
    ],
)
def test_from_a_plan_to_a_winner_in_two_clicks(file_case, cast, sign_in, language, width, scheme, begin, take):
    plan = make_plan(cast.shop, actor=cast.owner, name="Faults")
    page, faults = sign_in(cast.owner, language=language, width=width, scheme=scheme), []
    page.goto(f"/merchant/plans/{plan.pk}/")
    page.locator("a[href$='/experiment/']").click()
    page.wait_for_url("**/experiment/")
    faults += look(page, f"experiment-new-{width}")
    page.fill("[name=name]", "Holdout")
    page.click(f"button:has-text('{begin}')")
    page.wait_for_url("**/plans/experiments/*/")
    faults += look(page, f"experiment-{width}")
    page.locator("a[href*='/arms/1/']").click()
    page.wait_for_url("**/arms/1/**")
    faults += look(page, f"promote-{width}")
    page.click(f"button:has-text('{take}')")
    page.wait_for_url(f"**/plans/{plan.pk}/")
    assert Experiment.objects.get().state == "promoted"
    assert faults == []


@pytest.mark.parametrize(("language", "width", "scheme"), [("en", 1440, "light"), ("zh-hans", 390, "dark")])
def test_what_was_kept_opens_its_cases(file_case, cast, sign_in, language, width, scheme):
    make_plan(cast.shop, actor=cast.owner, name="Faults")
    now = timezone.now()
    for _n in range(3):
        case = file_case()
        offer = case.offers.get(by_role="merchant", position=1)
        negotiation.accept_offer(dispute=case, actor=cast.buyer, now=now, offer=offer)
    finish(now)
    page, faults = sign_in(cast.owner, language=language, width=width, scheme=scheme), []
    page.goto("/merchant/plans/results/")
    faults += look(page, f"results-{width}")
    page.locator("a[href*='of=kept']").first.click()
    page.wait_for_url("**of=kept**")
    assert case.number in page.inner_text("main")
    faults += look(page, f"result-cases-{width}")
    assert faults == []
