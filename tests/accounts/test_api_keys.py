import pytest
from django.contrib.admin.sites import site
from django.core.management import CommandError, call_command
from django.urls import reverse

from merchants.models import Merchant, MerchantMember
from portal.accounts.models import ApiKey, Duty, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def wen():
    return User.objects.create(username="wen", buyer_ref="B-77")


def make_key(capsys, *args):
    call_command("create_api_key", *args)
    out, err = capsys.readouterr()
    assert err == ""
    return out


def test_the_key_stands_alone_on_standard_output(wen, capsys):
    out = make_key(capsys, "wen")
    assert out.endswith("\n")
    secret = out.strip()
    assert len(out.split()) == 1
    key = ApiKey.objects.get()
    assert key.digest == ApiKey.digest_of(secret)
    assert secret not in str(ApiKey.objects.values().get())
    assert key.scopes == ["orders:read", "disputes:read", "disputes:write", "coupons:read"]


def test_a_buyer_is_found_by_the_marketplaces_reference(wen, capsys):
    make_key(capsys, "B-77")
    assert ApiKey.objects.get().user == wen


def test_a_user_name_comes_before_a_reference(wen, capsys):
    other = User.objects.create(username="B-77")
    make_key(capsys, "B-77")
    assert ApiKey.objects.get().user == other


@pytest.mark.parametrize("duty", [Duty.PLATFORM, Duty.MARKETPLACE])
def test_the_platform_and_the_marketplace_also_write_orders(capsys, duty):
    User.objects.create(username="system", duty=duty)
    make_key(capsys, "system")
    assert {"orders:write", "coupons:write", "plans:read"} < set(ApiKey.objects.get().scopes)
    assert "plans:write" not in ApiKey.objects.get().scopes


def test_merchants_people_also_manage_plans(wen, capsys):
    MerchantMember.objects.create(merchant=Merchant.objects.create(ref="S", name="Shop"), user=wen, role="owner")
    make_key(capsys, "wen")
    scopes = set(ApiKey.objects.get().scopes)
    assert {"plans:read", "plans:write", "coupons:write"} < scopes
    assert "orders:write" not in scopes


@pytest.mark.parametrize("words", [["disputes:read", "orders:read"], ["disputes:read,orders:read"]])
def test_scopes_can_be_chosen(wen, capsys, words):
    make_key(capsys, "wen", "--scopes", *words)
    assert ApiKey.objects.get().scopes == ["disputes:read", "orders:read"]


@pytest.mark.parametrize(
    ("args", "word"), [(["nobody"], "nobody"), (["wen", "--scopes", "disputes:read", "all:things"], "all:things")]
)
def test_unknown_names_are_refused_in_words(wen, args, word):
    with pytest.raises(CommandError, match=word) as refused:
        call_command("create_api_key", *args)
    assert refused.value.returncode == 1
    assert not ApiKey.objects.exists()


def test_keys_are_revoked_but_never_changed_in_the_admin(wen, capsys, admin_client, rf):
    make_key(capsys, "wen")
    key = ApiKey.objects.get()
    page = admin_client.get(reverse("admin:accounts_apikey_change", args=[key.pk]))
    assert key.digest not in page.content.decode()
    assert admin_client.get(reverse("admin:accounts_apikey_add")).status_code == 403
    changelist = reverse("admin:accounts_apikey_changelist")
    admin_client.post(changelist, {"action": "revoke", "_selected_action": [key.pk]})
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert not site._registry[ApiKey].has_delete_permission(rf.get("/"))


def test_people_are_edited_in_the_admin(wen, admin_client):
    assert admin_client.get(reverse("admin:accounts_user_changelist")).status_code == 200
    assert admin_client.get(reverse("admin:accounts_user_change", args=[wen.pk])).status_code == 200
    assert admin_client.get(reverse("admin:accounts_user_add")).status_code == 200
