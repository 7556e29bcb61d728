"""The style guide renders whole, in both languages, from nothing; every word and drawing it can need exists."""

import gzip
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from aftersales.disputes.codes import Role, Status
from aftersales.disputes.workflow import ACTIONS
from portal.ui import icons, words
from portal.ui.assets import sheet
from portal.ui.charts import Bar, lay_out


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_whole_without_a_query(client, language):
    # No database mark: a query would fail this test.
    page = client.get("/styleguide/", headers={"accept-language": language})
    text = page.content.decode()
    assert page.status_code == 200
    assert f'<html lang="{"en" if language == "en" else "zh-Hans"}"' in text
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids)), "an id stands twice"
    assert "style=" not in text
    assert "onclick" not in text


def test_every_status_looks_like_something():
    assert set(Status.values) <= set(words.STATUS_LOOKS)


def test_every_action_and_role_has_its_words():
    assert set(ACTIONS) <= set(words.DONE)
    assert set(Role.values) <= set(words.ROLES)


def test_every_icon_is_drawn():
    names = {look.icon for look in words.STATUS_LOOKS.values()} | set(words.ICONS.values())
    for name in names | {turn.icon for turn in words.TURNS.values()}:
        assert "<svg" in icons.drawing(name)


def test_the_style_sheet_stays_small_and_answers_by_its_name(client):
    assert len(gzip.compress(sheet().plain)) < 20_000
    answer = client.get(f"/styles/{sheet().digest}.css", headers={"accept-encoding": "gzip"})
    assert "immutable" in answer["Cache-Control"]
    assert gzip.decompress(answer.content) == sheet().plain
    assert "immutable" not in client.get("/styles/old.css")["Cache-Control"]


def test_colours_are_chosen_and_kept(client):
    answer = client.post("/scheme/", {"scheme": "dark", "next": "/styleguide/"})
    assert answer["Location"] == "/styleguide/"
    assert 'data-scheme="dark"' in client.get("/styleguide/").content.decode()
    client.post("/scheme/", {"scheme": ""})
    assert "data-scheme=" not in client.get("/styleguide/").content.decode()


@pytest.mark.parametrize(("scheme", "target"), [("purple", "/"), ("dark", "https://elsewhere.example/")])
def test_nonsense_leads_nowhere(client, scheme, target):
    answer = client.post("/scheme/", {"scheme": scheme, "next": target})
    assert answer["Location"] == "/"
    assert scheme == "dark" or not answer.cookies["scheme"].value


@pytest.mark.parametrize(
    ("left", "tone"),
    [(timedelta(hours=13), "calm"), (timedelta(hours=2), "soon"), (timedelta(0), "past"), (timedelta(-1), "past")],
)
def test_a_deadline_is_urgent_only_in_its_last_tenth(left, tone):
    now = timezone.now()
    context = Context({"due": now + left, "start": now + left - timedelta(days=1), "now": now})
    assert f'class="deadline {tone}"' in Template("{% deadline due start now %}").render(context)


@pytest.mark.parametrize(
    ("amount", "currency", "en", "zh"),
    [
        ("128", "CNY", "¥128.00", "¥128.00"),
        ("41.9", "BRL", "R$41.90", "R$41.90"),
        ("1280", "JPY", "JP¥1,280", "JP¥1,280"),
        ("1.25", "KWD", "KWD1.250", "KWD1.250"),
    ],
)
def test_amounts_by_currency(amount, currency, en, zh):
    template = Template("{{ amount|money:currency }}")
    for language, said in [("en", en), ("zh-hans", zh)]:
        with translation.override(language):
            text = template.render(Context({"amount": Decimal(amount), "currency": currency}))
        assert text.replace("\xa0", "") == said


def test_bars_share_one_scale():
    rows = lay_out([Bar("a", 5, "5", before=10), Bar("b", 0, "0")])
    assert [(row["width"], row["before"]) for row in rows] == [("50.0", "100.0"), ("0.0", "0.0")]
    assert lay_out([]) == []


def test_the_script_gets_its_words_in_the_language_of_the_page():
    with translation.override("en"):
        said = Template("{% script_words %}").render(Context())
    assert 'data-copied="Copied"' in said
    assert 'data-days="%(count)s days"' in said


def test_group_errors_link_to_their_first_choice(client):
    assert 'href="#wrong_reason_0"' in client.get("/styleguide/").content.decode()
