import pytest
from django.core import mail

from portal.notices.models import Notice
from portal.notices.services import notify_many, unread_count
from portal.outbox import services as outbox
from tests.notices.conftest import NOW, draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(client, wen):
    client.force_login(wen)
    notify_many([draft(wen, key=str(n)) for n in range(3)], now=NOW)
    return list(Notice.objects.order_by("pk"))


def test_notices_are_listed_and_counted_at_the_bell(client, told):
    page = client.get("/notices/").content.decode()
    assert page.count("Silk Road makes you offers") == 3
    assert '<span class="bell-count">3</span>' in page


def test_opening_marks_as_read_and_leads_to_the_case(client, wen, told):
    response = client.get(f"/notices/{told[0].pk}/")
    assert response.url == "/disputes/D-1042/"
    assert unread_count(wen.pk) == 2


def test_the_link_of_the_mail_survives_signing_in(client, wen, told):
    outbox.drain(now=NOW)
    client.logout()
    link = f"/notices/{told[0].pk}/"
    assert link in mail.outbox[0].body
    assert client.get(link).url == f"/signin/?next={link}"
    assert unread_count(wen.pk) == 3


def test_all_are_marked_as_read_by_a_post(client, wen, told):
    assert client.get("/notices/read/").status_code == 405
    assert client.post("/notices/read/").url == "/notices/"
    assert unread_count(wen.pk) == 0
    assert "Mark all as read" not in client.get("/notices/").content.decode()


def test_other_peoples_notices_do_not_exist(client, wen, ming, told):
    client.force_login(ming)
    assert client.get(f"/notices/{told[0].pk}/").status_code == 404
    client.post("/notices/read/")
    assert unread_count(wen.pk) == 3
    assert "Silk Road" not in client.get("/notices/").content.decode()


def test_an_empty_list_says_what_will_appear(client, wen):
    client.force_login(wen)
    assert "Nothing yet" in client.get("/notices/").content.decode()


def test_a_link_leads_nowhere_but_here(client, told):
    Notice.objects.update(link="https://evil.example/")
    assert client.get(f"/notices/{told[0].pk}/").url == "/"


def test_the_list_costs_the_same_for_one_and_for_thirty(client, wen, django_assert_num_queries):
    client.force_login(wen)
    for count in (1, 29):
        notify_many([draft(wen, key=f"{count}-{n}") for n in range(count)], now=NOW)
        with django_assert_num_queries(5):  # user, count, page, unread, memberships of the menu
            client.get("/notices/")


def test_words_follow_the_language_switch(client, wen, told):
    client.post("/settings/language/", {"language": "zh-hans", "next": "/"})
    assert "亚麻衬衫" in client.get("/notices/").content.decode()
