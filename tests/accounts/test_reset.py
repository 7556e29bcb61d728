import re

import pytest
from django.core import mail
from django.core.cache import cache

from portal.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_counts_of_earlier_tests():
    cache.clear()


@pytest.fixture
def wen():
    return User.objects.create_user("wen", "wen@example.com", "right-horse-7", language="zh-hans")


def ask(client, email="wen@example.com"):
    return client.post("/password-reset/", {"email": email})


def link_in(message):
    return re.search(r"http://testserver(/password-reset/\S+)", message.body)[1]


def test_a_forgotten_password_is_set_anew_by_mail(client, wen):
    assert ask(client).url == "/password-reset/sent/"
    assert client.get("/password-reset/sent/").status_code == 200
    link = link_in(mail.outbox[0])
    form = client.get(link, follow=True)
    address = form.redirect_chain[-1][0]
    weak = client.post(address, {"new_password1": "1234", "new_password2": "1234"})
    assert weak.status_code == 422
    done = client.post(address, {"new_password1": "left-mule-8", "new_password2": "left-mule-8"})
    assert done.url == "/password-reset/done/"
    assert client.get(done.url).status_code == 200
    wen.refresh_from_db()
    assert wen.check_password("left-mule-8")
    again = client.get(link, follow=True)
    assert not again.context["validlink"]
    assert again.status_code == 200


def test_the_answer_is_the_same_for_an_unknown_address(client, wen):
    assert ask(client, "nobody@example.com").url == ask(client).url
    assert [m.to for m in mail.outbox] == [["wen@example.com"]]


def test_the_mail_is_text_and_html_and_names_the_user(client, wen):
    ask(client)
    message = mail.outbox[0]
    assert "wen" in message.body
    html, kind = message.alternatives[0]
    assert kind == "text/html"
    assert '<html lang="zh-Hans">' in html  # the reader's language, though the page was English
    assert link_in(message) in html


def test_nobody_is_flooded_with_mails(client, wen):
    for _ in range(5):
        assert ask(client).url == "/password-reset/sent/"
    assert len(mail.outbox) == 3


def test_a_malformed_address_is_refused(client):
    assert ask(client, "no address").status_code == 422


def test_a_demo_users_new_password_is_worth_nothing_in_production(client, wen, settings):
    settings.DEMO = False
    User.objects.filter(pk=wen.pk).update(is_demo=True)
    assert client.post("/signin/", {"username": "wen", "password": "right-horse-7"}).status_code == 422
