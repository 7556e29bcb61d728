"""A buyer reads the tier and objects; the platform answers; a seller reads the band."""

import pytest

from aftersales.credit.models import BuyerCredit, Objection
from portal.outbox.services import drain


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_tier_is_explained(language, buy, cast, client):
    buy(), buy()
    cast.buyer.language = language
    cast.buyer.save()
    client.force_login(cast.buyer)
    page = client.get("/standing/").content.decode()
    assert BuyerCredit.objects.get().tier == "regular"
    assert "%(" not in page.partition("<main")[2].partition("</main>")[0]
    if language == "en":
        assert "Your tier: Regular buyer" in page
        assert "you are a trusted buyer" in page


def test_an_objection_is_answered(buy, cast, client, now):
    buy()
    client.force_login(cast.buyer)
    assert client.post("/standing/", {"text": " "}).status_code == 422
    assert client.post("/standing/", {"text": "I bought more."}).status_code == 302
    page = client.get("/standing/").content.decode()
    assert "The platform will answer." in page
    assert client.post("/standing/", {"text": "Again."}).status_code == 422
    objection = Objection.objects.get()
    cast.platform.is_superuser = False
    client.force_login(cast.platform)
    address = f"/admin/credit/objection/{objection.pk}/change/"
    assert client.get(address).status_code == 200
    assert client.post(address, {"result": "dismissed", "answer": "One order is on record."}).status_code == 302
    drain(now=now)
    client.force_login(cast.buyer)
    assert "One order is on record." in client.get("/standing/").content.decode()
    client.force_login(cast.arbitrator)
    assert client.get(address).status_code == 403


def test_the_band_is_explained(file_case, cast, client):
    file_case()
    client.force_login(cast.finance)
    page = client.get("/merchant/band/").content.decode()
    assert "Your band: Standard seller" in page
    assert "You had 1 orders." in page


pytestmark = pytest.mark.django_db
