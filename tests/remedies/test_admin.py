import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from aftersales.remedies import execution
from aftersales.remedies.models import SimulatedBehaviour
from tests.makers import make_user
from tests.remedies.conftest import NOW, grant

PAGES = [
    "refundinstruction",
    "simulatedrefund",
    "simulatedbehaviour",
    "gatewayhealth",
    "gatewayevent",
    "outsiderefund",
    "bankfile",
    "banktransfer",
    "statementline",
    "approval",
    "refundhandling",
]


@pytest.fixture
def sign_in(client, db):
    def as_duty(duty):
        user = make_user(duty=duty)
        user.is_staff = True
        user.save()
        client.force_login(user)
        return client

    return as_duty


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(("duty", "status"), [("platform", 200), ("arbitrator", 403), ("", 403)])
def test_only_platform_staff_see_the_money_room(sign_in, page, duty, status):
    assert sign_in(duty).get(f"/admin/remedies/{page}/").status_code == status


def test_a_refund_is_shown_with_its_attempts_and_cannot_be_changed(sign_in, order):
    refund = grant(order, "50.00")
    execution.execute(refund.pk, now=NOW)
    client = sign_in("platform")
    page = client.get(f"/admin/remedies/refundinstruction/{refund.pk}/change/").content.decode()
    assert "card 35.00: Paid" in page
    assert client.post(f"/admin/remedies/refundinstruction/{refund.pk}/change/", {"state": "failed"}).status_code == 403
    assert client.get("/admin/remedies/refundinstruction/add/").status_code == 403


@pytest.mark.parametrize(("target", "taken"), [("all", True), ("channel:card", True), ("payment:", False), ("x", 0)])
def test_platform_staff_give_orders_to_the_gateway(sign_in, target, taken):
    sign_in("platform").post(
        "/admin/remedies/simulatedbehaviour/add/", {"target": target, "mode": "fail", "times": "", "seconds": "0"}
    )
    assert SimulatedBehaviour.objects.filter(target=target).exists() == taken


@pytest.mark.parametrize(("action", "gateway"), [("try_again", "simulated"), ("pay_as_balance", "balance")])
def test_a_person_sends_a_refused_refund_on_its_way_again(sign_in, order, action, gateway):
    refund = grant(order, "50.00")
    told = SimulatedBehaviour.objects.create(target="all", mode="fail")
    execution.execute(refund.pk, now=NOW)
    told.delete()
    client = sign_in("platform")
    page = "/admin/remedies/refundinstruction/"
    client.post(page, {"action": action, "_selected_action": [refund.pk]})
    execution.execute(refund.pk, now=timezone.now())
    refund.refresh_from_db()
    assert refund.state == "succeeded"
    assert set(refund.parts.values_list("attempts__gateway", "attempts__state")) == {
        ("simulated", "failed"),
        (gateway, "succeeded"),
    }
    assert LogEntry.objects.filter(object_id=str(refund.pk)).count() == 1
    client.post(page, {"action": action, "_selected_action": [refund.pk]})  # paid: nothing to retry
    assert LogEntry.objects.filter(object_id=str(refund.pk)).count() == 1


def test_only_platform_staff_retry(sign_in, order):
    refund = grant(order, "50.00")
    type(refund).objects.update(state="failed", next_at=None)
    page = "/admin/remedies/refundinstruction/"
    assert sign_in("arbitrator").post(page, {"action": "try_again", "_selected_action": [refund.pk]}).status_code == 403
    refund.refresh_from_db()
    assert refund.state == "failed"
