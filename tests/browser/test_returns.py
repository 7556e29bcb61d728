"""The return leg's pages: axe finds nothing, nothing overflows; the parcel's slip and address are at hand."""

import pytest

from merchants.addresses.services import Place, add_address
from tests.browser.test_pages import overflow, violations
from tests.disputes.states import reach

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("language", "width", "scheme"), [("en", 390, "dark"), ("zh-hans", 1440, "light")], ids=["en-390", "zh-1440"]
)
def test_pages_are_accessible_and_fit(language, width, scheme, cast, file_case, now, sign_in):
    place = Place("Main warehouse", "主仓", "陈女士", "+86 571 8888 0000", "浙江省杭州市余杭区运河路 1 号")
    for _time in range(2):
        add_address(merchant=cast.shop, actor=cast.owner, now=now, place=place)
    back, less, arrived = (
        reach(status, file_case, cast, now).get_absolute_url()
        for status in ("awaiting_return_shipment", "deduction_proposed", "awaiting_inspection")
    )
    faults = []
    seen = {
        cast.buyer: [back, f"{back}ship-return/", less, f"{less}accept-deduction/", f"{less}contest-deduction/"],
        cast.owner: ["/merchant/returns/", "/merchant/returns/new/", arrived, f"{arrived}propose-deduction/"],
    }
    sent, stopping = (
        reach(status, file_case, cast, now).get_absolute_url() for status in ("goods_sent", "intercepting")
    )
    seen[cast.buyer] += [sent, f"{sent}confirm-goods/", f"{sent}report-goods/"]
    seen[cast.owner] += [stopping, f"{stopping}ask-carrier/"]
    seen[cast.platform] = ["/admin/returns/carrierevent/", "/admin/returns/carrierevent/upload/"]
    for user, addresses in seen.items():
        page = sign_in(user, width=width, language=language, scheme=scheme)
        for address in addresses:
            assert page.goto(address).ok, address
            faults += [f"{address}: {fault}" for fault in [*violations(page), *overflow(page)]]
    assert faults == []
