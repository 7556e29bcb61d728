"""The address book: always one default; a case keeps the address of the day of the agreement."""

import pytest
from django.core.exceptions import PermissionDenied

from aftersales.returns.models import ReturnShipment
from merchants.addresses.models import ReturnAddress
from merchants.addresses.services import (
    DefaultNeeded,
    Place,
    add_address,
    change_address,
    make_default,
    remove_address,
)
from tests.disputes.states import reach


def place(name="Main warehouse", **given):
    words = {"label_zh": "主仓", "recipient": "Ms Chen", "phone": "+86 571 8888 0000", "address": "1 Canal Road"}
    return Place(label_en=name, **{**words, **given})


@pytest.fixture
def add(cast, now):
    return lambda *names, who="owner", **given: add_address(
        merchant=cast.shop, actor=getattr(cast, who), now=now, place=place(*names, **given)
    )


def test_the_first_address_is_the_default_and_there_is_only_one(add, cast):
    first, second = add(), add("Second")
    assert (first.is_default, second.is_default) == (True, False)
    make_default(address=second, actor=cast.owner)
    assert ReturnAddress.objects.get(is_default=True) == second
    with pytest.raises(DefaultNeeded):
        remove_address(address=second, actor=cast.owner)
    remove_address(address=first, actor=cast.owner)
    remove_address(address=second, actor=cast.owner)
    assert not ReturnAddress.objects.exists()


def test_a_return_goes_to_the_default_of_the_day_and_stays_there(add, file_case, cast, now):
    add("Second", address="2 Hill Street")
    default = add()
    make_default(address=default, actor=cast.owner)
    reach("awaiting_return_shipment", file_case, cast, now)
    change_address(address=default, actor=cast.owner, place=place(address="9 New Street"))
    shipment = ReturnShipment.objects.get()
    assert shipment.to_line == "Ms Chen +86 571 8888 0000 1 Canal Road"


def test_without_a_book_it_goes_where_the_marketplace_said(file_case, cast, now):
    cast.shop.return_address = "3 Market Square"
    cast.shop.save()
    reach("awaiting_return_shipment", file_case, cast, now)
    assert ReturnShipment.objects.get().to_line == f"{cast.shop.name} 3 Market Square"


def test_the_buyer_reads_and_copies_it(add, file_case, cast, now, client):
    add()
    case = reach("awaiting_return_shipment", file_case, cast, now)
    client.force_login(cast.buyer)
    page = client.get(f"/disputes/{case.number}/").content.decode()
    assert 'data-copy="Ms Chen +86 571 8888 0000 1 Canal Road"' in page


@pytest.mark.parametrize("who", ["finance", "rival", "buyer"])
def test_only_people_who_act_for_the_shop_change_it(who, add, cast):
    with pytest.raises(PermissionDenied):
        add(who=who)
    address = add()
    with pytest.raises(PermissionDenied):
        remove_address(address=address, actor=getattr(cast, who))


def test_the_pages(add, cast, client, now):
    client.force_login(cast.owner)
    sent = {
        "label_en": "Main",
        "label_zh": "主仓",
        "recipient": "Ms Chen",
        "phone": "0571 1",
        "address": "1 Canal Road",
    }
    assert client.post("/merchant/returns/new/", sent | {"phone": "call me"}).status_code == 422
    assert client.post("/merchant/returns/new/", sent).status_code == 302
    second = add("Second")
    assert client.post(f"/merchant/returns/{second.pk}/", sent | {"label_en": "South"}).status_code == 302
    assert client.post(f"/merchant/returns/{second.pk}/default/").status_code == 302
    assert client.post(f"/merchant/returns/{second.pk}/remove/").status_code == 302
    page = client.get("/merchant/returns/").content.decode()
    assert "South" in page
    assert ReturnAddress.objects.get(is_default=True).label_en == "South"


ACCESS = {"owner": 200, "agent": 200, "finance": 403, "rival": 404, "buyer": 404, "outsider": 404, "platform": 403}


@pytest.mark.parametrize("who", ACCESS)
def test_who_gets_in(who, add, cast, client):
    address = add()
    client.force_login(getattr(cast, who))
    assert client.get(f"/merchant/returns/{address.pk}/").status_code == ACCESS[who]
    shop_page = 404 if who in {"buyer", "outsider", "platform"} else 200
    assert client.get("/merchant/returns/").status_code == shop_page
