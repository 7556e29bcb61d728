"""The main pages in both languages, narrow and wide, light and dark: axe finds nothing, nothing overflows."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from aftersales.orders.models import OrderLine
from tests.disputes.states import reach

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
}


@pytest.fixture
def places(cast, buy, file_case, now):
    """Pages with something on them: who looks, at which address."""
    fresh = buy("80.00")
    OrderLine.objects.filter(order=fresh).update(title="Linen shirt", title_zh="亚麻衬衫")
    offered = reach("awaiting_buyer", file_case, cast, now)
    file_case()
    decided = reach("awaiting_ruling", file_case, cast, now)
    return {
        "orders": (cast.buyer, "/orders/"),
        "wizard": (cast.buyer, f"/orders/{fresh.number}/dispute/what/"),
        "case": (cast.buyer, offered.get_absolute_url()),
        "queue": (cast.agent, "/merchant/"),
        "desk": (cast.arbitrator, f"/admin/desk/{decided.number}/"),
        "decide": (cast.arbitrator, f"/admin/desk/{decided.number}/decide/"),
    }


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("en", 390, "light"), ("en", 1440, "dark"), ("zh-hans", 390, "dark"), ("zh-hans", 1440, "light")],
)
def test_pages_are_accessible_and_fit(language, width, scheme, places, sign_in):
    pages, faults = {}, []
    for name, (user, address) in places.items():
        page = pages.get(user) or sign_in(user, width=width, language=language, scheme=scheme)
        pages[user] = page
        assert page.goto(address).ok, name
        assert page.locator("html").get_attribute("lang").lower().startswith(language[:2]), name
        faults += [f"{name}: {fault}" for fault in [*violations(page), *overflow(page)]]
    assert faults == []


def violations(page):
    found = Axe().run(page, options=AXE).response["violations"]
    return [f"{v['id']}: {node['html'][:160]} ({v['help']})" for v in found for node in v["nodes"]]


def overflow(page):
    wide, seen = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    return [f"scrolls sideways: {wide} > {seen}"] if wide > seen else []


def test_the_checks_themselves_see_faults(cast, sign_in):
    page = sign_in(cast.buyer, width=390)
    assert violations(page) == overflow(page) == []
    page.evaluate("""() => {
        const main = document.querySelector("main");
        main.innerHTML = "<input><img>";
        main.style.width = "900px";
    }""")
    assert {fault.partition(":")[0] for fault in violations(page)} == {"label", "image-alt"}
    assert overflow(page)
