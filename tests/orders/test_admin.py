import pytest
from django.test import Client

from tests.makers import make_order


@pytest.mark.parametrize("who", ["platform", "arbitrator", "senior"])
def test_orders_can_be_looked_up_and_not_changed(cast, who):
    order = make_order(["10.00", "5.00"])
    client = Client()
    client.force_login(getattr(cast, who))
    assert order.number in client.get("/admin/orders/order/", {"q": order.number}).content.decode()
    page = client.get(f"/admin/orders/order/{order.pk}/change/")
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert client.post(f"/admin/orders/order/{order.pk}/change/", {"status": "cancelled"}).status_code == 403
    assert client.get("/admin/orders/order/add/").status_code == 403
    assert client.post(f"/admin/orders/order/{order.pk}/delete/").status_code == 403


def test_merchants_do_not_get_in(cast):
    order = make_order()
    client = Client()
    client.force_login(cast.owner)
    assert client.get(f"/admin/orders/order/{order.pk}/change/").status_code in {302, 403, 404}
