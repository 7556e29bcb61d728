"""What people do about refunds that failed or came back: each on record, none paid twice."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from aftersales.ledger.models import Entry
from aftersales.remedies import audit, by_hand, execution
from aftersales.remedies.models import AttemptState, RefundAttempt, RefundHandling, SimulatedBehaviour
from aftersales.remedies.services import NotFailed
from portal.outbox.models import Message
from tests.makers import make_user
from tests.remedies.conftest import NOW, grant

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def failed(order):
    """A refund of 100 over card and wallet; the card's part was refused for good, the wallet's was paid."""
    told = SimulatedBehaviour.objects.create(target="channel:card", mode="fail")
    refund = grant(order, "100.00")
    execution.execute(refund.pk, now=NOW)
    told.delete()
    refund.refresh_from_db()
    assert refund.state == "failed"
    return refund


def given(**more):
    return {"by": make_user("platform", "platform"), "why": "Card closed.", "now": NOW, **more}


def test_what_the_bank_paid_is_entered_once_with_its_reference(failed):
    assert by_hand.unpaid_of(failed) == Decimal("70.00")
    how = given(reference=" BANK-77 ")
    by_hand.mark_paid(instruction=failed, **how)
    failed.refresh_from_db()
    assert failed.state == "succeeded"
    assert by_hand.unpaid_of(failed) == 0
    attempt = RefundAttempt.objects.get(gateway="hand")
    assert (attempt.state, attempt.reference, attempt.part.amount) == ("succeeded", "BANK-77", Decimal("70.00"))
    note = RefundHandling.objects.get()
    assert (note.what, note.by, note.why, note.reference) == ("hand", how["by"], "Card closed.", "BANK-77")
    assert Entry.objects.get(transaction__key=f"paid:{attempt.key}", account__kind="gateway").amount == Decimal("70.00")
    assert Message.objects.filter(topic="remedy.done").count() == 1
    assert audit.findings() == []
    with pytest.raises(NotFailed):
        by_hand.mark_paid(instruction=failed, **given(reference="BANK-78"))
    assert RefundHandling.objects.count() == 1


def test_no_reference_no_payment(failed):
    with pytest.raises(ValueError, match="reference"):
        by_hand.mark_paid(instruction=failed, **given(reference="  "))
    assert not RefundHandling.objects.exists()


def test_a_reference_pays_one_refund(failed):
    by_hand.mark_paid(instruction=failed, **given(reference="BANK-77"))
    SimulatedBehaviour.objects.create(target="all", mode="fail")
    from tests.makers import make_order

    other = grant(make_order(["10.00"]), "10.00", key="OTHER:1", case="OTHER")
    execution.execute(other.pk, now=NOW)
    with pytest.raises(by_hand.ReferenceUsed):
        by_hand.mark_paid(instruction=other, **given(reference="BANK-77"))
    other.refresh_from_db()
    assert other.state == "failed"


def test_nobody_pays_by_hand_what_a_gateway_may_have_paid(failed):
    RefundAttempt.objects.filter(gateway="simulated", state="failed").update(state=AttemptState.UNKNOWN)
    with pytest.raises(by_hand.OutcomeOpen):
        by_hand.mark_paid(instruction=failed, **given(reference="BANK-77"))
    assert not RefundHandling.objects.exists()


@pytest.mark.parametrize(("channel", "what"), [("", "retry"), ("balance", "balance")])
def test_trying_again_is_on_record_and_pays_once(failed, channel, what):
    by_hand.try_again(instruction=failed, channel=channel, **given())
    with pytest.raises(NotFailed):
        by_hand.try_again(instruction=failed, channel=channel, **given())
    assert RefundHandling.objects.get().what == what
    execution.execute(failed.pk, now=NOW)
    failed.refresh_from_db()
    assert failed.state == "succeeded"
    assert audit.findings() == []


def test_the_record_stays(failed):
    by_hand.try_again(instruction=failed, **given())
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        RefundHandling.objects.update(why="Another story.")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        RefundHandling.objects.first().delete()
