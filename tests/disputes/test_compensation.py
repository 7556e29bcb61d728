"""More than was paid: only by consent or by a reasoned decision, paid into the store balance, to the cent."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from aftersales.arbitration import services as arbitration
from aftersales.arbitration.money import effect_of
from aftersales.arbitration.services import check_decision
from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.models import Dispute, Event
from aftersales.disputes.services import intervention, leaving, negotiation
from aftersales.disputes.services.sweep import sweep
from aftersales.ledger.models import AccountKind
from aftersales.ledger.services import AccountKey, balance
from aftersales.orders.models import OrderLine, OrderPayment
from aftersales.policies.trace import Step, say
from aftersales.remedies import services as remedies
from aftersales.remedies.models import RefundInstruction
from portal.outbox.services import drain
from tests.disputes.states import decision

pytestmark = pytest.mark.django_db
FAKE = {"type": "counterfeit", "reason": "counterfeit", "wants": "multiple_compensation", "amount": None}


@pytest.fixture
def fake(file_case):
    """A counterfeit for 100.00: the refund, and the legal minimum of 500.00 beside it."""
    return lambda **more: file_case(**{**FAKE, **more})


def pay(now):
    while remedies.run_due(now=now) + drain(now=now):
        pass


def verified():
    call_command("verify", stdout=StringIO())
    return True


def escalated(case, cast, now):
    case = negotiation.refuse(dispute=case, actor=cast.owner, now=now, reason="no_evidence", message="It is genuine.")
    case = leaving.escalate(dispute=case, actor=cast.buyer, now=now)
    case = intervention.take(dispute=case, actor=cast.arbitrator, now=now)
    case = intervention.finish_evidence(dispute=case, actor=cast.buyer, now=now)
    return intervention.finish_evidence(dispute=case, actor=cast.owner, now=now)


def test_the_case_says_how_much_and_why(fake):
    case = fake()
    assert (case.max_amount, case.max_compensation, case.wants_amount) == (Decimal(100), Decimal(500), Decimal(600))
    (step,) = [s for s in Event.objects.get(dispute=case).data["why"] if s["code"].startswith("compensation")]
    told = say(Step.parse(step))
    assert "¥500.00" in told.text
    assert "art. 55" in told.basis


def test_agreed_is_paid_back_by_card_and_beyond_it_into_the_balance(fake, cast, now):
    case = negotiation.agree(dispute=fake(), actor=cast.owner, now=now)
    pay(now)
    refund = RefundInstruction.objects.get()
    assert (refund.amount, refund.compensation, refund.state) == (Decimal(600), Decimal(500), "succeeded")
    assert sorted((p.way, p.amount) for p in refund.parts.all()) == [
        ("balance", Decimal(500)),
        ("card", Decimal(100)),
    ]
    owned = AccountKey(AccountKind.BUYER_BALANCE, "CNY", buyer_id=cast.buyer.pk)
    owed = AccountKey(AccountKind.MERCHANT_PAYABLE, "CNY", merchant_id=cast.shop.pk)
    assert (balance(owned), balance(owed)) == (Decimal(500), Decimal(-600))
    assert OrderPayment.objects.get().refunded_amount == OrderLine.objects.get().refunded_amount == Decimal(100)
    assert Dispute.objects.get(pk=case.pk).status == "resolved"
    assert verified()


def test_silence_never_pays_it(fake, now):
    case = fake()
    assert case.on_silence == "escalate_by_silence"
    sweep(now=now + timedelta(days=3))
    assert Dispute.objects.get().status == "escalated"
    assert not RefundInstruction.objects.exists()


def test_ruled_up_to_what_the_rules_give(fake, cast, now):
    case = escalated(fake(), cast, now)
    for wrong in ("500.01", "-1", "0.001"):
        with pytest.raises(RuleBroken):
            check_decision(case, decision(case, "multiple_compensation", "100.00", compensation=Decimal(wrong)))
    with pytest.raises(RuleBroken, match="Say how much"):
        check_decision(case, decision(case, "multiple_compensation", "100.00"))
    with pytest.raises(RuleBroken, match="no compensation"):
        check_decision(case, decision(case, "partial_refund_keep", "20.00", compensation=Decimal(1)))
    made = decision(case, "multiple_compensation", "100.00", compensation=Decimal(500))
    shown = effect_of(case, check_decision(case, made))
    assert (shown.cash, shown.total) == (Decimal(600), 0)
    case = arbitration.rule(dispute=case, actor=cast.arbitrator, now=now, decision=made)
    assert case.rulings.get().total == Decimal(600)
    arbitration.execute(dispute=case, actor=cast.owner, now=now)
    pay(now)
    assert RefundInstruction.objects.get().compensation == Decimal(500)
    assert verified()


@pytest.mark.parametrize(
    ("first", "second", "paid", "fund"), [("500", "200", "500", "-300"), ("200", "500", "500", "0")]
)
def test_on_appeal_more_is_paid_or_the_fund_bears_it(first, second, paid, fund, fake, cast, now):
    case = escalated(fake(), cast, now)
    made = decision(case, "multiple_compensation", "100.00", compensation=Decimal(first))
    case = arbitration.rule(dispute=case, actor=cast.arbitrator, now=now, decision=made)
    case = arbitration.execute(dispute=case, actor=cast.owner, now=now)
    pay(now)
    case = arbitration.appeal(
        dispute=Dispute.objects.get(pk=case.pk), actor=cast.owner, now=now, ground="fact_wrong", text="Genuine."
    )
    case = arbitration.take(dispute=case, actor=cast.senior, now=now)
    varied = decision(case, "multiple_compensation", "100.00", compensation=Decimal(second))
    arbitration.decide_appeal(dispute=case, actor=cast.senior, now=now, result="varied", decision=varied)
    pay(now)
    assert sum(r.compensation for r in RefundInstruction.objects.all()) == Decimal(paid)
    assert balance(AccountKey(AccountKind.PLATFORM_FUND, "CNY")) == Decimal(fund)
    assert verified()


def test_where_the_rules_give_none_it_cannot_be_asked_for(file_case, buy):
    for asked in (
        {**FAKE, "order": buy(currency="EUR")},
        {**FAKE, "type": "not_as_described", "reason": "not_as_described"},
    ):
        with pytest.raises(RuleBroken) as refused:
            file_case(**asked)
        assert (refused.value.code, refused.value.field) == ("no_compensation", "wants")


def test_the_way_back_is_given_back_up_to_the_cap(buy, cast, now):
    """An order that was refunded in full already: what the buyer paid to send it back, at most 25 CNY."""
    from aftersales.disputes.services.filing import open_dispute

    def claim(paid):
        order = buy("100.00")
        OrderLine.objects.filter(order=order).update(refunded_amount=100)
        order.payments.update(refunded_amount=100)
        return open_dispute(
            order=type(order).objects.prefetch_related("lines", "payments").get(pk=order.pk),
            actor=cast.buyer,
            now=now,
            lines=[("1", 1)],
            type="freight",
            reason="breach_of_promise",
            wants="freight_reimbursement",
            answers={"leg": "back", "freight_paid": paid},
        )

    case = claim("18.50")
    assert (case.max_amount, case.max_compensation, case.wants_amount) == (0, Decimal("18.50"), Decimal("18.50"))
    assert claim("80").wants_amount == Decimal(25)
    negotiation.agree(dispute=case, actor=cast.owner, now=now)
    assert RefundInstruction.objects.get().compensation == Decimal("18.50")


def test_over_rest_it_is_told_apart(fake, api):
    case = fake()
    body = api("buyer").get(f"/disputes/{case.number}/").json()
    assert (body["money"]["most"], body["money"]["most_beyond_refund"]) == ("100.00", "500.00")
    assert (body["proposals"][0]["cash"], body["proposals"][0]["compensation"]) == ("100.00", "500.00")
