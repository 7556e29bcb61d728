import pytest

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
