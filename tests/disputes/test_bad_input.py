"""Whatever is typed or clicked on pages: a clear message in the reader's language, nothing half-done, never a fault."""

import html
import io
import re
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone, translation

from aftersales.buyers.models import Draft
from aftersales.disputes.models import Dispute, Event, Message, Offer
from aftersales.disputes.services import leaving, negotiation
from aftersales.orders.models import OrderLine
from aftersales.remedies.models import RefundInstruction
from portal.accounts.models import User

LANGUAGES = ["en", "zh-hans"]
NUL, RTL, EMOJI = "a\x00b", "\u202eلا أريده\u202c", "破了 👩‍👩‍👧 😡"
LONG = "长" * 350_000  # a megabyte as UTF-8


@pytest.fixture
def browser(cast):
    """Somebody's browser, in a language: `browser("buyer", "zh-hans")`."""

    def make(name, language="en"):
        user = getattr(cast, name)
        User.objects.filter(pk=user.pk).update(language=language)
        client = Client()
        client.force_login(User.objects.get(pk=user.pk))
        return client

    return make


def everything():
    """What no refused request may change."""
    return {
        "cases": list(Dispute.objects.order_by("pk").values_list("number", "status", "version")),
        "timeline": Event.objects.count(),
        "offers": list(Offer.objects.order_by("pk").values_list("pk", "state")),
        "messages": Message.objects.count(),
        "refunds": RefundInstruction.objects.count(),
        "held": list(OrderLine.objects.order_by("pk").values_list("pk", "disputed_quantity")),
    }


@pytest.fixture
def unchanged(db):
    """Everything stands as before: `with unchanged(): ...`."""

    class Unchanged:
        def __enter__(self):
            self.before = everything()

        def __exit__(self, *raised):
            if raised[0] is None:
                assert everything() == self.before

    return Unchanged


def text_of(answer):
    return html.unescape(answer.content.decode())


def says(answer, words, language):
    """Whether a page says something of ours in a language."""
    with translation.override(language):
        return translation.gettext(words) in text_of(answer)


def at(order, step=""):
    return f"/orders/{order.number}/dispute/{step}"


def answered(client, order, **answers):
    """Answer the wizard up to its last page."""
    given = {
        "what": {"what": "quality"},
        "items": {f"line_{line.pk}": line.quantity for line in order.lines.all()},
        "wish": {"wants": "partial_refund_keep", "amount": "30.00"},
        "tell": {"statement": "The seam is open."},
    }
    for step, sent in given.items():
        answer = client.post(at(order, f"{step}/"), {**sent, **answers.get(step, {})})
        assert answer.status_code == 302, text_of(answer)


class TestOpening:
    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("whose", ["unknown", "another buyer's"])
    def test_an_order_that_is_not_ones_own(self, whose, language, browser, buy, unchanged):
        number = "NO-SUCH-ORDER" if whose == "unknown" else buy().number
        with unchanged():
            for step in ("", "what/", "check/"):
                answer = browser("outsider", language).get(f"/orders/{number}/dispute/{step}")
                assert answer.status_code == 404
                assert says(answer, "There is nothing here", language)
        assert not Draft.objects.exists()

    def test_a_line_already_under_dispute_leads_to_its_case(self, browser, buy, file_case, unchanged):
        order = buy()
        case = file_case(order=order)
        with unchanged():
            for step in ("", "what/", "check/"):
                answer = browser("buyer").get(at(order, step), follow=True)
                assert answer.redirect_chain[-1][0] == case.get_absolute_url()
                assert "There is already an open case about every item of this order." in text_of(answer)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_more_pieces_than_were_bought(self, language, browser, buy, unchanged):
        client, order = browser("buyer", language), buy(quantity=3)
        line = order.lines.get()
        client.post(at(order, "what/"), {"what": "quality"})
        for quantity in ("4", "-1", "1.5", "many", "9" * 30, NUL):
            with unchanged():
                answer = client.post(at(order, "items/"), {f"line_{line.pk}": quantity})
                assert answer.status_code == 422, quantity
                assert 'aria-invalid="true"' in text_of(answer)
        assert "items" not in Draft.objects.get().answers

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_a_closed_window_is_told_with_its_date(self, language, browser, buy, unchanged):
        client, order = browser("buyer", language), buy(days=40, paid_days=50)
        with unchanged():
            answer = client.post(at(order, "what/"), {"what": "quality"})
        assert answer.status_code == 422
        date = {"en": r"could be filed until \w{3} \d+ \w{3} \d\d:\d\d \(", "zh-hans": r"\d+月\d+日 周. \d\d:\d\d（"}
        assert re.search(date[language], text_of(answer))

    @pytest.mark.parametrize(
        "amount", ["100.01", "0", "-5", "1.001", "NaN", "1e9", "Infinity", "free", NUL, "9" * 40, ""]
    )
    def test_amounts_that_cannot_be(self, amount, browser, buy, unchanged):
        client, order = browser("buyer", "zh-hans"), buy()
        client.post(at(order, "what/"), {"what": "quality"})
        with unchanged():
            answer = client.post(at(order, "wish/"), {"wants": "partial_refund_keep", "amount": amount})
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in text_of(answer)
        assert "wants" not in Draft.objects.get().answers

    @pytest.mark.parametrize("step", ["items/", "wish/", "tell/", "check/"])
    def test_pages_out_of_turn_lead_to_the_one_whose_turn_it_is(self, step, browser, buy, unchanged):
        client, order = browser("buyer"), buy(quantity=2)
        with unchanged():
            for answer in (client.get(at(order, step)), client.post(at(order, step), {})):
                assert answer.headers["Location"] == at(order, "what/")

    @pytest.mark.parametrize("statement", [LONG, NUL])
    def test_words_that_cannot_be_kept(self, statement, browser, buy, unchanged):
        client, order = browser("buyer", "zh-hans"), buy()
        client.post(at(order, "what/"), {"what": "quality"})
        client.post(at(order, "wish/"), {"wants": "partial_refund_keep", "amount": "30.00"})
        with unchanged():
            assert client.post(at(order, "tell/"), {"statement": statement}).status_code == 422
        assert "statement" not in Draft.objects.get().answers

    def test_any_script_is_kept_and_shown_as_it_came(self, browser, buy):
        client, order = browser("buyer"), buy()
        answered(client, order, tell={"statement": RTL + EMOJI})
        answer = client.post(at(order, "check/"), {}, follow=True)
        assert Dispute.objects.get().statement == RTL + EMOJI
        assert RTL + EMOJI in text_of(answer)
        assert 'dir="auto"' in text_of(answer)

    def test_a_window_that_closed_while_it_was_filled_in(self, browser, buy, unchanged):
        client, order = browser("buyer"), buy()
        answered(client, order)
        past = timezone.now() - timedelta(days=60)
        OrderLine.objects.filter(order=order).update(shipped_at=past, delivered_at=past)
        with unchanged():
            answer = client.post(at(order, "check/"), {})
        assert answer.status_code == 422
        assert "could be filed until" in text_of(answer)

    def test_a_second_click_shows_the_case_of_the_first(self, browser, buy, unchanged):
        client, order = browser("buyer"), buy()
        answered(client, order)
        first = client.post(at(order, "check/"), {})
        with unchanged():
            second = client.post(at(order, "check/"), {}, follow=True)
        assert second.redirect_chain[-1][0] == first.headers["Location"] == Dispute.objects.get().get_absolute_url()

    def test_two_tabs_share_the_draft_and_open_one_case(self, browser, buy, unchanged):
        one, other, order = browser("buyer"), browser("buyer"), buy()
        answered(one, order)
        answered(other, order, wish={"wants": "partial_refund_keep", "amount": "20.00"})
        assert one.post(at(order, "check/"), {}).status_code == 302
        with unchanged():
            shown = other.post(at(order, "wish/"), {"wants": "partial_refund_keep", "amount": "10.00"}, follow=True)
        case = Dispute.objects.get()
        assert shown.redirect_chain[-1][0] == case.get_absolute_url()
        assert case.wants_amount == 20  # the last answer given before it was sent
        assert not Draft.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_two_clicks_at_the_same_instant_open_one_case(self, browser, buy):
        clients, order = [browser("buyer") for _click in range(4)], buy()
        answered(clients[0], order)
        gate, answers = threading.Barrier(len(clients)), []

        def click(client):
            try:
                gate.wait(30)
                answers.append(client.post(at(order, "check/"), {}))
            finally:
                connection.close()

        threads = [threading.Thread(target=click, args=[client]) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        case = Dispute.objects.get()
        assert {a.status_code for a in answers} == {302}
        for answer in answers:
            shown = clients[0].get(answer.headers["Location"], follow=True)
            assert shown.request["PATH_INFO"] == case.get_absolute_url()


class TestActing:
    @pytest.fixture
    def case(self, file_case):
        return file_case()

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_a_stale_page_gets_the_case_as_it_is_and_keeps_the_words(
        self, language, browser, case, cast, now, unchanged
    ):
        client, stale = browser("owner", language), case.version
        leaving.withdraw(dispute=case, actor=cast.buyer, now=now)
        with unchanged():
            sent = {"version": stale, "reason": "no_evidence", "message": f"Please show it {EMOJI}"}
            answer = client.post(f"{case.get_absolute_url()}refuse/", sent)
        assert answer.status_code == 409
        assert says(answer, "This case has moved on. Here is where it stands now.", language)
        assert EMOJI in text_of(answer)

    def test_a_late_accept_is_a_conflict_that_shows_the_case(self, browser, case, cast, now, unchanged):
        kind = "partial_refund_keep"
        negotiation.propose(dispute=case, actor=cast.owner, now=now, kind=kind, amount=case.wants_amount / 2)
        case.refresh_from_db()
        offer = case.offers.get(by_role="merchant")
        Offer.objects.filter(pk=offer.pk).update(expires_at=now - timedelta(seconds=1))
        with unchanged():
            sent = {"version": case.version, "offer": offer.pk}
            answer = browser("buyer", "zh-hans").post(f"{case.get_absolute_url()}accept-offer/", sent)
        assert answer.status_code == 409
        assert case.number in text_of(answer)

    def test_accepting_twice_pays_once(self, browser, case, cast, now, unchanged):
        kind = "partial_refund_keep"
        negotiation.propose(dispute=case, actor=cast.owner, now=now, kind=kind, amount=case.wants_amount / 2)
        case.refresh_from_db()
        sent = {"version": case.version, "offer": case.offers.get(by_role="merchant").pk}
        client = browser("buyer")
        assert client.post(f"{case.get_absolute_url()}accept-offer/", sent).status_code == 302
        with unchanged():
            assert client.post(f"{case.get_absolute_url()}accept-offer/", sent).status_code == 409
        assert RefundInstruction.objects.count() == 1

    def test_an_offer_that_is_none_of_this_case(self, browser, case, cast, now, unchanged):
        kind = "partial_refund_keep"
        negotiation.propose(dispute=case, actor=cast.owner, now=now, kind=kind, amount=case.wants_amount / 2)
        case.refresh_from_db()
        for offer in ("0", "-1", "9" * 30, "x", NUL, ""):
            with unchanged():
                sent = {"version": case.version, "offer": offer}
                answer = browser("buyer").post(f"{case.get_absolute_url()}accept-offer/", sent)
            assert answer.status_code == 422, offer

    @pytest.mark.parametrize("version", ["", "x", "9" * 30, NUL])
    def test_a_version_that_is_none(self, version, browser, case, unchanged):
        with unchanged():
            answer = browser("buyer").post(f"{case.get_absolute_url()}withdraw/", {"version": version})
        assert answer.status_code in {409, 422}

    @pytest.mark.parametrize("message", [LONG, NUL, "", "   "])
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_words_that_cannot_be_kept(self, language, message, browser, case, unchanged):
        with unchanged():
            sent = {"version": case.version, "reason": "no_evidence", "message": message}
            answer = browser("owner", language).post(f"{case.get_absolute_url()}refuse/", sent)
        assert answer.status_code == 422

    @pytest.mark.parametrize(
        ("sent", "status"),
        [
            ({"body": LONG}, 422),
            ({"body": ""}, 422),
            ({"body": "\x00"}, 422),
            ({"body": "Hello", "audience": "everybody"}, 422),
            ({"body": "Hello", "audience": NUL}, 422),
            ({"body": "Hello", "audience": "x" * 5000}, 422),
            ({"body": "Hello", "audience": "internal"}, 422),
        ],
    )
    def test_messages_that_cannot_be_sent(self, sent, status, browser, case, unchanged):
        with unchanged():
            answer = browser("buyer", "zh-hans").post(f"{case.get_absolute_url()}say/", sent)
        assert answer.status_code == status

    def test_messages_in_any_script(self, browser, case):
        browser("buyer").post(f"{case.get_absolute_url()}say/", {"body": f"{RTL}{NUL}{EMOJI}"})
        assert Message.objects.get(automatic=False).body == f"{RTL}ab{EMOJI}"


# Every page with what it reads of its address; {case} and {order} are real ones.
ADDRESSES = {
    "/orders/": ("buyer", ["q", "stage", "page"]),
    "/disputes/": ("buyer", ["show", "page"]),
    "/disputes/{case}/": ("buyer", ["page"]),
    "/disputes/{case}/accept-offer/": ("buyer", ["offer"]),
    "/disputes/{case}/propose/": ("buyer", ["kind", "amount"]),
    "/orders/{order}/dispute/": ("buyer", ["line"]),
    "/merchant/": ("owner", ["tab", "q", "reason", "page", "shop"]),
    "/merchant/cases.csv": ("owner", ["tab", "q", "reason", "shop"]),
    "/merchant/plans/": ("owner", ["page", "shop"]),
    "/merchant/coupons/": ("owner", ["state", "page", "shop"]),
    "/merchant/coupons/statement/": ("owner", ["format", "shop"]),
    "/merchant/coupons/moves/": ("owner", ["kind", "month", "since", "template", "currency", "page", "shop"]),
    "/merchant/coupons/budget/": ("owner", ["currency", "shop"]),
    "/coupons/": ("buyer", ["past", "page"]),
    "/admin/desk/": ("arbitrator", ["tab"]),
    "/notices/": ("buyer", ["page"]),
    "/signin/": ("buyer", ["next"]),
}
NONSENSE = [
    "",
    "%00",
    "%ff%fe",
    "%F0%9F%98%A1",
    "%E2%80%AE",
    "-1",
    "9" * 40,
    "x" * 3000,
    "%27%22%3Cscript%3E",
    "%25",
    "%5C",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_nonsense_in_the_address(address, browser, file_case, buy, unchanged):
    who, names = ADDRESSES[address]
    client, places = browser(who, "zh-hans"), {"case": file_case().number, "order": buy().number}
    with unchanged():
        for name in names:
            for value in NONSENSE:
                answer = client.get(f"{address.format(**places)}?{name}={value}")
                assert answer.status_code in {200, 302, 400, 404, 409}, (name, value)
                if answer.streaming:
                    b"".join(answer.streaming_content)


NOWHERE = {
    "/%00": 400,
    "/orders/%00/dispute/": 400,
    "/static/a%00b.css": 400,
    "/orders/?q=%00": 400,
    "/disputes/%ff/": 404,
    "/disputes/{case}/evidence/" + "9" * 40 + "/": 404,
    "/merchant/plans/" + "9" * 40 + "/": 404,
    "/notices/" + "9" * 40 + "/": 404,
    "/orders/%F0%9F%98%A1/dispute/what/": 404,
}


@pytest.mark.parametrize("address", NOWHERE)
@pytest.mark.parametrize("language", LANGUAGES)
def test_addresses_that_lead_nowhere(language, address, browser, file_case):
    answer = browser("owner", language).get(address.format(case=file_case().number))
    assert answer.status_code == NOWHERE[address]
    title = {400: "The request could not be read", 404: "There is nothing here"}[NOWHERE[address]]
    assert says(answer, title, language)


HEADERS = {
    "accept-language": "xx-\u00ff;q=\x01" + ",zz" * 2000,
    "cookie": "sessionid=\x01; django_language=%00; scheme=\x7f; csrftoken=\ud7ff".encode("utf-8", "replace").decode(
        "latin-1"
    ),
    "x-request-id": "a\x00b",
    "host": "evil\x00.example",
    "referer": "\x00",
    "x-forwarded-for": "\x00, 1.2.3.4",
    "if-modified-since": "\x00",
    "content-type": "text/html; charset=nonsense",
    "hx-request": "\x00",
    "hx-current-url": "http://[broken",
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers_that_make_no_sense(name, browser, api):
    for client, address in [
        (browser("buyer"), "/orders/"),
        (Client(), "/signin/"),
        (api("buyer").client, "/api/v1/orders/"),
    ]:
        answer = client.get(address, headers={name: HEADERS[name]})
        assert answer.status_code in {200, 302, 400, 401}, address


@pytest.mark.parametrize("charset", ["hex", "utf-16", "utf-7", "nonsense", "idna", "gb18030"])
@pytest.mark.parametrize("address", ["{case}say/", "/api/v1/disputes/"])
def test_text_that_is_not_utf_8(address, charset, browser, file_case, unchanged):
    client, address = browser("buyer"), address.format(case=file_case().get_absolute_url())
    form = b'--x\r\nContent-Disposition: form-data; name="body"\r\n\r\n+2AA-\xd6\xd0\r\n--x--\r\n'
    with unchanged():
        for body, kind in (
            (b"body=%D6", "application/x-www-form-urlencoded"),
            (form, "multipart/form-data; boundary=x"),
        ):
            assert client.generic("POST", address, body, f"{kind}; charset={charset}").status_code == 400


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["text", "fields", "upload"])
def test_more_than_can_be_taken_at_once(kind, language, browser, file_case, unchanged):
    address, client = file_case().get_absolute_url(), browser("buyer", language)
    with unchanged():
        if kind == "upload":  # what it says of itself is enough; the rest is read away
            said = {"CONTENT_LENGTH": str(200 * 1024 * 1024), "wsgi.input": io.BytesIO(b"x" * 1_000_000)}
            answer = client.generic("POST", f"{address}evidence/", b"", "multipart/form-data; boundary=x", **said)
            assert said["wsgi.input"].read() == b""
        else:
            sent = {"body": "x" * 6_000_000} if kind == "text" else {f"f{n}": "x" for n in range(3000)}
            answer = client.post(f"{address}say/", sent)
    assert answer.status_code == 413
    assert says(answer, "This is too large", language)
