"""The demo marketplace: every state, something to do for everybody, and clean books."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from aftersales.advances.models import Advance
from aftersales.disputes import audit as cases
from aftersales.disputes.codes import Status
from aftersales.disputes.models import Dispute, Evidence, Offer
from aftersales.disputes.services.filing import open_dispute
from aftersales.ledger import audit as ledger
from aftersales.orders.models import Order
from aftersales.remedies import audit as remedies
from portal.accounts.models import User


@pytest.fixture
def demo(db, settings, tmp_path):
    settings.DEMO = True
    settings.MEDIA_ROOT = tmp_path
    call_command("load_demo")


def test_the_demo_has_a_case_in_every_state_and_clean_books(demo, now):
    assert set(Dispute.objects.values_list("status", flat=True)) == set(Status.values)
    assert not Dispute.objects.filter(due_at__lte=now).exists(), "nothing is overdue when it opens"
    assert Evidence.objects.count() > 20
    assert [*cases.findings(), *ledger.findings(), *remedies.findings()] == []

    count = Dispute.objects.count()
    call_command("load_demo")
    assert Dispute.objects.count() == count

    assert Dispute.objects.filter(merchant__members__user__username="agent", awaiting="merchant").count() >= 5
    assert Dispute.objects.filter(arbitrator=None, status="awaiting_ruling").exists()
    assert Dispute.objects.filter(arbitrator__username="senior", status="appealed").exists()
    assert set(Advance.objects.values_list("state", flat=True)) == {"open", "objected"}
    assert not Advance.objects.filter(object_until__lte=now).exists()
    assert User.objects.filter(duty="platform", is_staff=True).count() == 2

    buyer = User.objects.get(username="buyer")
    free = Order.objects.filter(buyer=buyer, disputes=None, lines__delivered_at__gte=now - timedelta(days=6))
    answered = 0
    for order in free.prefetch_related("lines", "payments").distinct():
        case = open_dispute(
            order=order,
            actor=buyer,
            now=now,
            lines=[("1", 1)],
            type="quality_visible",
            reason="poor_material",
            wants="full_refund_with_return",
        )
        answered += Offer.objects.filter(dispute=case, by_role="merchant").exists()
    assert answered >= 10
