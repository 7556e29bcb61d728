import pytest
from django.core.cache import cache

from merchants.models import Merchant, MerchantMember
from portal.accounts import services
from portal.accounts.models import Duty, User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_counts_of_earlier_tests():
    cache.clear()


@pytest.fixture
def wen():
    return User.objects.create_user("wen", "wen@example.com", "right-horse-7")


def sign_in(client, username="wen", password="right-horse-7", **more):
    return client.post("/signin/", {"username": username, "password": password, **more})


def test_signing_in_leads_through_the_front_door(client, wen):
    response = sign_in(client)
    assert (response.status_code, response.url) == (302, "/")
    assert client.get("/").url == "/orders/"


@pytest.mark.parametrize(
    ("duty", "place"),
    [
        (Duty.ARBITRATOR, "/admin/"),
        (Duty.SENIOR, "/admin/"),
        (Duty.PLATFORM, "/admin/"),
        (Duty.MARKETPLACE, "/api/v1/docs/"),
    ],
)
def test_the_front_door_by_duty(client, duty, place):
    client.force_login(User.objects.create(username="desk", duty=duty))
    assert client.get("/").url == place


def test_the_front_door_of_a_merchants_member(client, wen):
    MerchantMember.objects.create(merchant=Merchant.objects.create(ref="S", name="Shop"), user=wen, role="agent")
    client.force_login(wen)
    assert client.get("/").url == "/merchant/"


def test_the_front_door_asks_strangers_to_sign_in(client):
    assert client.get("/").url == "/signin/?next=/"


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(client, wen):
    wrong = sign_in(client, password="wrong")
    unknown = sign_in(client, username="nobody", password="wrong")
    assert wrong.status_code == unknown.status_code == 422
    assert wrong.context["form"].errors == unknown.context["form"].errors
    assert "_auth_user_id" not in client.session


def test_an_inactive_user_gets_that_answer_too(client, wen):
    User.objects.filter(pk=wen.pk).update(is_active=False)
    assert sign_in(client).context["form"].errors == sign_in(client, username="nobody").context["form"].errors


@pytest.mark.parametrize(
    "evil", ["https://evil.example/", "//evil.example/x", "javascript:alert(1)", "/\\evil.example"]
)
def test_next_leads_nowhere_but_here(client, wen, evil):
    assert sign_in(client, next=evil).url == "/"
    assert client.post("/settings/language/", {"language": "en", "next": evil}).url == "/"


def test_next_is_followed_here(client, wen):
    assert sign_in(client, next="/disputes/D-1/").url == "/disputes/D-1/"


def test_guessing_is_slowed_down_for_this_name_from_this_address(client, wen):
    for _ in range(10):
        assert sign_in(client, password="wrong").status_code == 422
    blocked = sign_in(client)  # even with the right password
    assert blocked.status_code == 429
    assert "15 minutes" in blocked.content.decode()
    assert "_auth_user_id" not in client.session
    assert (
        client.post(
            "/signin/", {"username": "wen", "password": "right-horse-7"}, REMOTE_ADDR="198.51.100.7"
        ).status_code
        == 302
    )


def test_names_typed_differently_are_one_name(client, wen):
    for n in range(10):
        sign_in(client, username=" WEN " if n % 2 else "wen", password="wrong")
    assert sign_in(client).status_code == 429


def test_an_unknown_name_is_slowed_down_alike(client):
    for _ in range(10):
        assert sign_in(client, username="nobody").status_code == 422
    assert sign_in(client, username="nobody").status_code == 429


def test_signing_in_clears_the_count(client, wen):
    for _ in range(3):
        for _ in range(9):
            sign_in(client, password="wrong")
        assert sign_in(client).status_code == 302
        client.logout()


def test_a_claimed_address_counts_only_behind_our_own_proxy(client, wen, settings):
    def guess(forwarded):
        return client.post(
            "/signin/", {"username": "wen", "password": "wrong"}, headers={"x-forwarded-for": forwarded}
        ).status_code

    assert [guess(f"198.51.100.{n}") for n in range(11)][-1] == 429
    cache.clear()
    settings.TRUSTED_PROXIES = 1
    assert [guess(f"10.0.0.1, 198.51.100.{n}") for n in range(11)][-1] == 422
    cache.clear()
    assert [guess(f"10.0.0.{n}, 198.51.100.9") for n in range(11)][-1] == 429


def test_signing_in_works_without_redis(client, wen, settings):
    settings.CACHES = {
        **settings.CACHES,
        "default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"},
    }
    assert sign_in(client, password="wrong").status_code == 422
    assert sign_in(client).status_code == 302


def test_signing_out_needs_a_post(client, wen):
    client.force_login(wen)
    assert client.get("/signout/").status_code == 405
    assert client.post("/signout/").url == "/signin/"
    assert "_auth_user_id" not in client.session


def test_demo_sign_ins_are_buttons_where_the_site_is_a_demo(client, settings):
    settings.DEMO = True
    buyer = services.ensure_demo_user(username="buyer", name="Chen Wen")
    page = client.get("/signin/").content.decode()
    assert "Chen Wen" in page
    assert 'value="buyer"' in page
    assert sign_in(client, "buyer", "demo").status_code == 302
    assert client.session["_auth_user_id"] == str(buyer.pk)


def test_demo_users_cannot_sign_in_elsewhere(client, settings):
    settings.DEMO = True
    services.ensure_demo_user(username="buyer", name="Chen Wen")
    sign_in(client, "buyer", "demo")
    settings.DEMO = False
    assert client.get("/").url == "/signin/?next=/"  # the session of the demo is worth nothing either
    assert sign_in(client, "buyer", "demo").status_code == 422
    assert "Chen Wen" not in client.get("/signin/").content.decode()


def test_demo_users_are_not_made_elsewhere(settings):
    settings.DEMO = False
    with pytest.raises(services.DemoOff):
        services.ensure_demo_user(username="buyer", name="Chen Wen")
    assert not User.objects.exists()


def test_a_second_start_keeps_what_a_demo_user_chose(settings):
    settings.DEMO = True
    first = services.ensure_demo_user(username="senior", name="Li", duty=Duty.SENIOR, language="en")
    User.objects.filter(pk=first.pk).update(language="zh-hans")
    again = services.ensure_demo_user(username="senior", name="Li Na", duty=Duty.SENIOR, language="en")
    assert (again.pk, again.language, again.display_name, again.is_staff) == (first.pk, "zh-hans", "Li Na", True)
    assert again.check_password("demo")
