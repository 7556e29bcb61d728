"""How gateways are: kept by the reconciler, shown to whoever watches the site."""

import pytest

from aftersales.remedies.services import reconcile
from tests.remedies.conftest import NOW


@pytest.mark.django_db
def test_an_ill_gateway_is_told_but_does_not_make_the_site_ill(client, settings):
    settings.GATEWAYS = {"card": "stripe", "*": "simulated"}
    settings.GATEWAY_OPTIONS = {**settings.GATEWAY_OPTIONS, "stripe": {"api_key": None}}
    assert client.get("/healthz").json()["gateways"] == {"simulated": None, "stripe": None}
    reconcile(now=NOW)
    told = client.get("/healthz").json()
    assert told["gateways"] == {"simulated": True, "stripe": False}
    assert not {"simulated", "stripe"} & set(told["down"])
