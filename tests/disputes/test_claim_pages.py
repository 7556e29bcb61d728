"""Opening a case against a buyer on the seller's pages, and answering it on the buyer's."""

import pytest

from aftersales.disputes.models import Dispute
from tests.disputes.claims import returned

NEW = "/merchant/claims/new/"


@pytest.mark.parametrize(
    ("name", "status"),
    [("owner", 200), ("agent", 200), ("finance", 403), ("rival", 200), ("buyer", 404), ("platform", 404)],
)
def test_who_may_look(name, status, cast, client):
    client.force_login(getattr(cast, name))
    assert client.get(NEW).status_code == status


def test_a_return_is_contested_and_the_buyer_answers(file_case, cast, now, client):
    case = returned(file_case, cast, now)
    client.force_login(cast.owner)
    assert NEW in client.get(case.get_absolute_url()).content.decode()
    choice = client.get(NEW, {"about": case.number}).content.decode()
    assert "returned_goods_dispute" in choice
    assert "buyer_abuse_report" in choice
    address = f"{NEW}?about={case.number}&type=returned_goods_dispute"
    assert client.post(address, {"reason": "empty_return", "statement": "", "amount": "10.00"}).status_code == 422
    sent = {"reason": "empty_return", "statement": "Only stones.", "amount": "10.00"}
    assert client.post(address, sent).status_code == 302
    claim = Dispute.objects.get(type="returned_goods_dispute")
    again = client.get(NEW, {"about": case.number}).content.decode()
    assert claim.number in again
    client.force_login(cast.buyer)
    page = client.get(claim.get_absolute_url()).content.decode()
    assert "Agree or contest" in page
    assert "contest-claim" in page
    assert client.get(f"{claim.get_absolute_url()}accept-claim/").status_code == 200
    assert client.post(
        f"{claim.get_absolute_url()}contest-claim/", {"version": claim.version, "note": "The watch was inside."}
    ).status_code in {302, 303}
    claim.refresh_from_db()
    assert claim.status == "escalated"


def test_a_rivals_order_is_not_found(file_case, cast, now, client):
    case = returned(file_case, cast, now)
    client.force_login(cast.rival)
    assert client.get(NEW, {"about": case.number}).status_code == 404
    assert client.get(NEW, {"about": case.order.number}).status_code == 404


def test_an_order_is_reported(file_case, cast, now, client):
    case = file_case()
    client.force_login(cast.agent)
    page = client.get(NEW, {"about": case.order.number}).content.decode()
    assert "Name the case of this order" in page
    address = f"{NEW}?about={case.order.number}&type=buyer_abuse_report"
    assert client.get(address).status_code == 200
    assert client.post(address, {"reason": "abuse_suspected", "statement": "Again."}).status_code == 302
    assert Dispute.objects.get(type="buyer_abuse_report").status == "claimed"


pytestmark = pytest.mark.django_db
