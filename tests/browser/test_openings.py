"""What no buyer opens, in a real browser and both languages: an empty parcel contested, a recall, tier and band."""

import pytest

from aftersales.disputes.models import Dispute
from aftersales.orders.models import OrderLine
from portal.outbox.services import drain
from tests.browser.test_pages import overflow, violations
from tests.disputes.claims import claim, returned
from tests.disputes.states import show
from tests.recalls.makers import opened

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOKS = [("en", 390, "light"), ("en", 1440, "dark"), ("zh-hans", 390, "dark"), ("zh-hans", 1440, "light")]


@pytest.mark.parametrize(("language", "width", "scheme"), LOOKS)
def test_pages_are_accessible_and_fit(language, width, scheme, cast, file_case, buy, now, sign_in):
    back = returned(file_case, cast, now)
    contested = show(claim(returned(file_case, cast, now), cast, now), cast.owner, now)
    recall = opened(buy(), cast, now)
    OrderLine.objects.update(title="Kettle, 1.7 l", title_zh="电热水壶 1.7 升")
    drain(now=now)
    recalled = Dispute.objects.filter(type="safety_recall").first()
    new, case, choice = "/merchant/claims/new/", contested.get_absolute_url(), recalled.get_absolute_url()
    seen = {
        cast.owner: [
            new,
            f"{new}?about={back.number}",
            f"{new}?about={back.number}&type=returned_goods_dispute",
            case,
            "/merchant/band/",
        ],
        cast.buyer: [
            case,
            f"{case}accept-claim/",
            f"{case}contest-claim/",
            choice,
            f"{choice}choose-remedy/",
            "/standing/",
        ],
        cast.platform: [
            "/admin/desk/recalls/",
            "/admin/desk/recalls/new/",
            f"/admin/desk/recalls/{recall.pk}/",
            f"/admin/desk/{contested.number}/",
        ],
    }
    faults = []
    for user, addresses in seen.items():
        page = sign_in(user, width=width, language=language, scheme=scheme)
        for address in addresses:
            assert page.goto(address).ok, address
            faults += [f"{address}: {fault}" for fault in [*violations(page), *overflow(page)]]
    assert faults == []


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_an_empty_parcel_is_contested_answered_and_decided(language, cast, file_case, now, sign_in):
    back = returned(file_case, cast, now)
    seller = sign_in(cast.owner, language=language)
    seller.goto(back.get_absolute_url())
    seller.locator("a[href*='/merchant/claims/new/']").click()
    seller.locator("a[href*='type=returned_goods_dispute']").click()
    seller.locator("[name=reason][value=empty_return]").check()
    seller.locator("[name=amount]").fill("80.00")
    seller.locator("[name=statement]").fill("Only two stones were inside. 里面只有两块石头。")
    seller.locator("main form button.primary").click()
    seller.wait_for_url("**/disputes/*/#evidence")
    case = Dispute.objects.get(type="returned_goods_dispute")
    assert "80.00" in seller.inner_text("main")

    buyer = sign_in(cast.buyer, language=language)
    buyer.goto(case.get_absolute_url())
    buyer.locator("a[href$='/contest-claim/']").click()
    buyer.locator("[name=note]").fill("The watch was inside. 手表在里面。")
    buyer.locator("main form button.primary").click()
    buyer.wait_for_url(f"**{case.get_absolute_url()}")
    for page in (buyer, seller):
        page.goto(f"{case.get_absolute_url()}finish-evidence/")
        page.locator("main form button.primary").click()
        page.wait_for_url(f"**{case.get_absolute_url()}")

    desk = sign_in(cast.arbitrator, language=language)
    desk.goto(f"/disputes/{case.number}/take/")
    desk.locator("main form button.primary").click()
    desk.goto(f"/admin/desk/{case.number}/decide/")
    desk.locator("[name=kind][value=recovery_from_buyer]").check()
    desk.locator("[name^=line_]").fill("50.00")
    for name in ("facts", "evidence", "rule"):
        desk.locator(f"[name={name}]").fill("The weight fits neither side's words. 重量与双方说法均不符。")
    desk.locator("form.card button.primary").click()
    assert "50.00" in desk.inner_text("form.card .money-table >> nth=0")
    desk.locator("[name=confirm]").click()
    desk.wait_for_url(f"**/admin/desk/{case.number}/")
    buyer.goto(case.get_absolute_url())
    assert "50.00" in buyer.inner_text("#decision-1-1")
    case.refresh_from_db()
    assert case.status == "closed"
