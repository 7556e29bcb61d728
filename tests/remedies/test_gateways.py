"""Which gateway serves which channel, and what becomes of a refund that none serves."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, balance
from aftersales.remedies import audit, execution
from aftersales.remedies.models import RefundAttempt, SimulatedRefund
from aftersales.remedies.services import retry, run_due
from portal import gateway_settings
from tests.makers import make_order
from tests.remedies.conftest import NOW, grant


@pytest.fixture(autouse=True)
def books_agree(db):
    yield
    assert audit.findings() == []


def states(refund):
    refund.refresh_from_db()
    return refund.state, list(RefundAttempt.objects.order_by("id").values_list("gateway", "state"))


def test_a_channel_without_gateway_waits_for_a_person_with_a_clear_sentence(order, settings):
    settings.GATEWAYS = {"card": "simulated"}
    refund = grant(order, "50.00")
    run_due(now=NOW)
    assert states(refund) == ("failed", [("simulated", "succeeded"), ("nobody", "failed")])
    assert "No gateway pays refunds through “wallet”" in RefundAttempt.objects.get(gateway="nobody").error

    settings.GATEWAYS = {"card": "simulated", "wallet": "balance"}
    retry(instruction=refund, now=NOW)
    run_due(now=NOW)
    assert states(refund)[0] == "succeeded"
    assert SimulatedRefund.objects.get().amount == 35
    assert balance(AccountKey(AccountKind.BUYER_BALANCE, "CNY", buyer_id=order.buyer_id)) == 15


def test_a_gateway_taken_out_of_service_leaves_the_outcome_open(order, settings):
    refund = grant(order, "50.00")
    execution._claim(refund.pk, NOW)
    RefundAttempt.objects.update(gateway="gone")
    run_due(now=NOW + execution.LEASE)
    assert states(refund) == ("granted", [("gone", "unknown")] * 2)
    assert RefundAttempt.objects.first().error == "The gateway 'gone' is not set up."
    RefundAttempt.objects.update(gateway="simulated")
    refund.refresh_from_db()
    run_due(now=refund.next_at)
    assert states(refund)[0] == "succeeded"


def test_missing_settings_are_named(order, settings):
    settings.GATEWAYS = {"*": "stripe"}
    settings.GATEWAY_OPTIONS = {"stripe": {"api_key": None, "webhook_secret": "", "api_base": "http://127.0.0.1:1"}}
    refund = grant(order, "50.00")
    execution.execute(refund.pk, now=NOW)
    assert (
        RefundAttempt.objects.first().error == "The gateway 'stripe' is not set up. Missing in its settings: api_key."
    )


def test_store_balance_is_paid_once_per_key(settings):
    settings.GATEWAYS = {"*": "balance"}
    order = make_order()
    refund = grant(order, "80.00")
    attempts = execution._claim(refund.pk, NOW)
    for _time in range(3):  # a worker killed after paying, and others that take over
        execution._ask(attempts[0], NOW)
    run_due(now=NOW + execution.LEASE)
    assert states(refund) == ("succeeded", [("balance", "succeeded")])
    assert balance(AccountKey(AccountKind.BUYER_BALANCE, "CNY", buyer_id=order.buyer_id)) == 80
    assert balance(AccountKey(AccountKind.GATEWAY, "CNY")) == 0


@pytest.mark.parametrize("given", ["card", "card=", "=stripe", "card=stripe,card=bank", "card=stripe,"])
def test_settings_that_cannot_be_read_are_refused(monkeypatch, given):
    monkeypatch.setenv("GATEWAYS", given)
    with pytest.raises(ImproperlyConfigured):
        gateway_settings.routes(production=False)


def test_the_simulated_gateway_never_serves_in_production(monkeypatch):
    assert "simulated" not in gateway_settings.routes(production=True).values()
    monkeypatch.setenv("GATEWAYS", "*=simulated")
    with pytest.raises(ImproperlyConfigured, match="pays nobody"):
        gateway_settings.routes(production=True)
