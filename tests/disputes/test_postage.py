"""A buyer who paid for a way back that is not the buyer's to bear gets that back along with the refund, once."""

from datetime import timedelta
from decimal import Decimal

import pytest

from aftersales.advances.audit import findings as advances_off
from aftersales.advances.models import Advance
from aftersales.disputes.models import Dispute
from aftersales.disputes.services import negotiation, return_leg
from aftersales.disputes.services.sweep import sweep
from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, balance
from aftersales.remedies.audit import findings
from aftersales.remedies.models import RefundInstruction
from aftersales.remedies.services import run_due
from aftersales.returns.models import CarrierEvent, ReturnShipment
from portal.outbox.services import drain

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture(autouse=True)
def books_are_in_order(db):
    yield
    assert [*findings(), *advances_off()] == []


@pytest.fixture
def sent(file_case, cast, now):
    """A faulty product on its way back, with a receipt for the postage."""

    def make(receipt="12.00", wants="full_refund_with_return"):
        case = file_case(wants=wants)
        case = negotiation.agree(dispute=case, actor=cast.owner, now=now)
        return return_leg.ship_return(
            dispute=case,
            actor=cast.buyer,
            now=now,
            carrier="SF",
            tracking="SF1234567890123",
            freight_paid=D(receipt) if receipt else None,
        )

    return make


def paid(case, now):
    while run_due(now=now) + drain(now=now):
        pass
    return {r.key.split(":")[-1]: r.amount for r in RefundInstruction.objects.filter(case=case.number)}


def test_the_receipt_is_paid_into_the_store_balance_beside_the_refund(sent, cast, now):
    case = return_leg.confirm_return(dispute=sent(), actor=cast.owner, now=now)
    amounts = paid(case, now)
    assert amounts.pop("postage") == D(12)
    assert list(amounts.values()) == [D(100)]
    assert balance(AccountKey(AccountKind.BUYER_BALANCE, "CNY", buyer_id=case.buyer_id)) == D(12)
    assert balance(AccountKey(AccountKind.MERCHANT_PAYABLE, "CNY", merchant_id=case.merchant_id)) == D(-112)
    assert Dispute.objects.get(pk=case.pk).status == "resolved"


def test_no_more_than_the_cap_counts(sent, cast, now):
    """The pack lets 25.00 count (d)."""
    case = return_leg.confirm_return(dispute=sent("40.00"), actor=cast.owner, now=now)
    assert paid(case, now)["postage"] == D(25)


def test_the_sellers_silence_confirms_it_as_well(sent, now):
    """The refund is then paid in advance; the postage is the seller's from the start."""
    case = sent()
    when = case.due_at
    sweep(now=when)
    assert paid(case, when)["postage"] == D(12)
    assert Advance.objects.get().amount == D(100)


def test_a_platform_that_bears_the_way_back_pays_it(sent, cast, now):
    case = sent()
    ReturnShipment.objects.update(freight_payer="platform")
    case = return_leg.confirm_return(dispute=case, actor=cast.owner, now=now)
    assert paid(case, now)["postage"] == D(12)
    assert balance(AccountKey(AccountKind.PLATFORM_FUND, "CNY")) == D(-12)


@pytest.mark.parametrize("why", ["no receipt", "the buyer bears it", "the carrier billed the label"])
def test_nothing_is_paid_where_nothing_is_owed(sent, cast, now, why):
    case = sent("" if why == "no receipt" else "12.00")
    if why == "the buyer bears it":
        ReturnShipment.objects.update(freight_payer="buyer")
    if why == "the carrier billed the label":
        CarrierEvent.objects.create(
            case=case.number,
            carrier="SF",
            tracking="SF1234567890123",
            event="b1",
            kind="billed",
            at=now,
            amount=D(10),
            currency="CNY",
            booked_to="merchant",
            recorded_at=now,
        )
    case = return_leg.confirm_return(dispute=case, actor=cast.owner, now=now)
    assert "postage" not in paid(case, now)


def test_the_pages_and_the_answer_show_it_as_a_row_of_its_own(sent, cast, client, now):
    case = sent()
    client.force_login(cast.owner)
    assert "¥12.00" in client.get(f"/disputes/{case.number}/confirm-return/").content.decode(), "said before"
    return_leg.confirm_return(dispute=case, actor=cast.owner, now=now + timedelta(seconds=1))
    assert "Postage paid back" in client.get(f"/disputes/{case.number}/").content.decode()
