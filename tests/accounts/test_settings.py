from datetime import UTC, datetime
from zoneinfo import available_timezones

import pytest
from django.test import RequestFactory
from django.utils import timezone, translation

from portal.accounts import zones
from portal.accounts.middleware import PreferencesMiddleware
from portal.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def wen():
    return User.objects.create_user("wen", "wen@example.com", "right-horse-7", first_name="Wen", last_name="Chen")


def form(**changes):
    return {"name": "Chen Wen", "language": "en", "time_zone": "Asia/Shanghai", "email": "wen@example.com", **changes}


def test_settings_are_saved(client, wen):
    client.force_login(wen)
    response = client.post("/settings/", form(language="zh-hans", time_zone="Europe/Paris"))
    assert (response.status_code, response.url) == (302, "/settings/")
    wen.refresh_from_db()
    assert (wen.display_name, wen.language, wen.time_zone) == ("Chen Wen", "zh-hans", "Europe/Paris")
    page = client.get("/settings/")
    assert 'lang="zh-Hans"' in page.content.decode()
    assert page.headers["Content-Language"] == "zh-hans"


@pytest.mark.parametrize(
    "changes", [{"time_zone": "Mars/Base"}, {"language": "xx"}, {"name": ""}, {"email": "no"}, {"name": "x" * 151}]
)
def test_nonsense_is_refused(client, wen, changes):
    client.force_login(wen)
    assert client.post("/settings/", form(**changes)).status_code == 422
    assert User.objects.filter(pk=wen.pk, language="en", time_zone="Asia/Shanghai", first_name="Wen").exists()


def test_another_address_needs_the_password(client, wen):
    client.force_login(wen)
    assert client.post("/settings/", form(email="thief@example.com")).status_code == 422
    assert client.post("/settings/", form(email="thief@example.com", current_password="wrong")).status_code == 422
    assert client.post("/settings/", form(email="new@example.com", current_password="right-horse-7")).status_code == 302
    wen.refresh_from_db()
    assert wen.email == "new@example.com"
    assert wen.check_password("right-horse-7")


def test_settings_are_ones_own(client):
    assert client.get("/settings/").url == "/signin/?next=/settings/"


def test_the_password_is_changed_by_who_knows_it(client, wen):
    client.force_login(wen)
    new = {"new_password1": "left-mule-8", "new_password2": "left-mule-8"}
    assert client.post("/settings/password/", {"old_password": "wrong", **new}).status_code == 422
    assert client.post("/settings/password/", {"old_password": "right-horse-7", **new}).status_code == 302
    assert client.get("/settings/").status_code == 200  # still signed in here
    wen.refresh_from_db()
    assert wen.check_password("left-mule-8")


def test_the_language_switch_stays_on_the_page_and_is_remembered(client, wen):
    response = client.post("/settings/language/", {"language": "zh-hans", "next": "/signin/?next=/orders/"})
    assert response.url == "/signin/?next=/orders/"
    assert 'lang="zh-Hans"' in client.get("/signin/").content.decode()
    client.force_login(wen)
    client.post("/settings/language/", {"language": "zh-hans", "next": "/"})
    wen.refresh_from_db()
    assert wen.language == "zh-hans"
    client.post("/settings/language/", {"language": "tlh", "next": "/"})
    wen.refresh_from_db()
    assert wen.language == "zh-hans"
    assert client.get("/settings/language/").status_code == 405


def test_strangers_get_their_browsers_language(client):
    assert 'lang="zh-Hans"' in client.get("/signin/", headers={"accept-language": "zh-CN,zh"}).content.decode()
    assert 'lang="en"' in client.get("/signin/", headers={"accept-language": "fr"}).content.decode()


def test_each_request_gets_its_own_time_zone(wen):
    wen.time_zone = "America/New_York"
    seen = []
    request = RequestFactory().get("/")
    request.user = wen
    with translation.override("en"):
        PreferencesMiddleware(lambda r: seen.append(timezone.get_current_timezone_name()))(request)
    assert seen == ["America/New_York"]
    assert timezone.get_current_timezone_name() == "Asia/Shanghai"


def test_a_time_zone_gone_from_this_machine_does_not_lock_out(client, wen):
    User.objects.filter(pk=wen.pk).update(time_zone="Nowhere/Gone")
    client.force_login(User.objects.get(pk=wen.pk))
    assert client.get("/settings/").status_code == 200
    assert User(time_zone="Nowhere/Gone").zone.key == "Asia/Shanghai"


def test_zones_are_named_in_the_readers_language():
    def name_of(zone):
        return {z: city for _region, cities in zones.choices() for z, city in cities}[zone]

    with translation.override("en"):
        assert name_of("Asia/Shanghai") == "Shanghai"
    with translation.override("zh-hans"):
        assert name_of("Asia/Shanghai") == "上海"
    every = [zone for _region, cities in zones.choices() for zone, _city in cities]
    assert len(every) == len(set(every)) > 300
    assert set(every) <= available_timezones()
    now = datetime(2026, 11, 23, tzinfo=UTC)
    assert now.astimezone(User(time_zone="Asia/Shanghai").zone).hour == 8
