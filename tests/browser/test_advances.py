"""A seller objects to what was paid in advance, finance answers; both languages, two sizes, axe finds nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from aftersales.advances.models import Advance
from tests.advances.makers import advanced
from tests.browser.test_finance import look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("language", "width", "scheme", "send", "answer"),
    [
        ("en", 1440, "light", "Send the objection", "Answer the objection"),
        ("zh-hans", 390, "dark", "提交异议", "答复异议"),
    ],
)
def test_an_objection_and_its_answer(file_case, cast, sign_in, language, width, scheme, send, answer):
    _case, advance, _at = advanced(file_case, cast, timezone.now() - timedelta(days=1))
    how = {"language": language, "width": width, "scheme": scheme}
    owner, faults = sign_in(cast.owner, **how), []
    owner.goto("/merchant/advances/")
    faults += look(owner, f"advances-{width}")
    owner.click(f"text={advance.case}")
    owner.fill("textarea[name=text]", "I sent the money on Monday.")
    faults += look(owner, f"objection-{width}")
    owner.click(f"text={send}")
    assert "I sent the money on Monday." in owner.inner_text("main")

    finance = sign_in(cast.platform, **how)
    finance.goto("/admin/desk/finance/advances/")
    faults += look(finance, f"objections-{width}")
    finance.click(f"text={advance.case}")
    finance.check("[name=right][value=yes]")
    finance.fill("textarea[name=answer]", "The transfer is there.")
    faults += look(finance, f"answer-{width}")
    finance.click(f"text={answer}")
    finance.wait_for_url("**/advances/")
    assert Advance.objects.get().state == "borne"
    owner.reload()
    assert "The transfer is there." in owner.inner_text("main")
    assert faults == []


@pytest.mark.parametrize(("language", "width", "scheme"), [("en", 1440, "light"), ("zh-hans", 390, "dark")])
def test_the_books_lead_from_each_number_to_its_entries(file_case, cast, sign_in, language, width, scheme):
    case, _advance, _at = advanced(file_case, cast, timezone.now() - timedelta(days=1))
    page, faults = sign_in(cast.platform, language=language, width=width, scheme=scheme), []
    page.goto("/admin/desk/finance/books/")
    faults += look(page, f"books-{width}")
    page.locator("a[href*='/books/platform_fund/']").click()
    assert case.number in page.inner_text("body")
    faults += look(page, f"entries-{width}")
    assert faults == []
