"""Granting and paying are separate rights: who may cause how much alone, who approves, what silence does."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from aftersales.arbitration import services as arbitration
from aftersales.disputes.audit import findings
from aftersales.disputes.errors import DisputeMoved, NotAllowed, RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.next_step import next_step
from aftersales.disputes.services import fulfilment, holding, intervention, limits, negotiation
from aftersales.disputes.services.sweep import sweep
from aftersales.policies.rules import Rules
from aftersales.remedies import approvals
from aftersales.remedies.models import Approval, RefundInstruction
from merchants.models import MemberRole, MerchantMember
from portal.notices.models import Notice
from portal.outbox.services import drain
from tests.disputes.states import decision, reach
from tests.makers import make_user

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def platform2(cast):
    return make_user("platform", "platform")


def on_hold(file_case, cast, now, price="30000.00"):
    case = file_case(wants="full_refund_no_return", price=price)
    return negotiation.agree(dispute=case, actor=cast.owner, now=now)


@pytest.mark.parametrize(
    ("amount", "currency", "role", "people"),
    [
        ("20000.00", "CNY", "merchant", 0),
        ("20000.01", "CNY", "merchant", 1),
        ("20000.01", "CNY", "system", 1),
        ("20000.01", "CNY", "buyer", 1),  # who accepts an offer
        ("5000.00", "CNY", "arbitrator", 0),
        ("5000.01", "CNY", "arbitrator", 1),
        ("20000.00", "CNY", "senior", 0),
        ("20000.01", "CNY", "senior", 1),
        ("5000.01", "CNY", "platform", 1),
        ("100000.00", "CNY", "merchant", 1),
        ("100000.01", "CNY", "merchant", 2),
        ("100000.01", "CNY", "arbitrator", 2),
        ("400000", "JPY", "merchant", 0),
        ("400001", "JPY", "merchant", 1),
        ("2000001", "JPY", "senior", 2),
        ("840.000", "KWD", "system", 0),
        ("840.001", "KWD", "system", 1),
        ("4200.001", "KWD", "system", 2),
        ("1040.001", "BHD", "system", 1),
        ("3800001", "KRW", "system", 1),
        ("2600.01", "EUR", "system", 1),
        ("0.01", "XXX", "system", 1),  # no limit is known: nothing passes unseen
        ("0", "CNY", "arbitrator", 0),
    ],
)
def test_how_many_people_approve(amount, currency, role, people):
    assert approvals.needed(Decimal(amount), currency, role, rules=Rules.defaults()) == people


def test_a_pack_says_otherwise():
    rules = Rules.defaults()
    rules = replace(rules, thresholds={**rules.thresholds, "hold_above": {"CNY": Decimal(10)}})
    assert approvals.needed(Decimal(11), "CNY", "merchant", rules=rules) == 1
    assert approvals.needed(Decimal(11), "JPY", "merchant", rules=rules) == 0, "as shipped"


def test_one_person_approves_and_it_is_paid(file_case, cast, now):
    case = on_hold(file_case, cast, now)
    assert case.status == "amount_on_hold"
    assert not RefundInstruction.objects.exists()
    case = holding.release_hold(dispute=case, actor=cast.platform, now=now, note=" Papers seen. ")
    assert case.status == "fulfilling"
    assert RefundInstruction.objects.get().amount == Decimal("30000.00")
    given = Approval.objects.get()
    assert (given.by, given.case, given.note, given.limit) == (cast.platform, case.number, "Papers seen.", 20000)
    assert given.decided_by == [cast.owner.pk]
    assert not list(findings())


def test_two_people_approve_above_the_second_limit(file_case, cast, now, platform2):
    case = on_hold(file_case, cast, now, "150000.00")
    due_at = case.due_at
    case = holding.release_hold(dispute=case, actor=cast.platform, now=now)
    assert (case.status, case.due_at) == ("amount_on_hold", due_at)
    assert not RefundInstruction.objects.exists()
    with pytest.raises(RuleBroken) as twice:
        holding.release_hold(dispute=case, actor=cast.platform, now=now)
    assert twice.value.code == "approved_before"
    case = holding.release_hold(dispute=case, actor=platform2, now=now)
    assert case.status == "fulfilling"
    assert Approval.objects.count() == 2
    assert not list(findings())


def test_an_arbitrators_decision_above_the_limit_waits(file_case, cast, now):
    case = reach("awaiting_ruling", lambda **how: file_case(price="9000.00", **how), cast, now)
    large = decision(case, "full_refund_no_return", "9000.00")
    case = arbitration.rule(dispute=case, actor=cast.arbitrator, now=now, decision=large)
    sweep(now=case.due_at)  # the seller does not carry it out
    case.refresh_from_db()
    assert case.status == "amount_on_hold"
    case = holding.release_hold(dispute=case, actor=cast.platform, now=now)
    assert case.status == "fulfilling"
    assert Approval.objects.get().decided_as == "arbitrator"
    assert set(Approval.objects.get().decided_by) == {cast.arbitrator.pk}


def test_nobody_approves_an_own_decision(file_case, cast, now):
    """Whoever ruled as an arbitrator and joins the platform's finance later still had a part in it."""
    case = reach("awaiting_ruling", lambda **how: file_case(price="9000.00", **how), cast, now)
    large = decision(case, "full_refund_no_return", "9000.00")
    case = arbitration.rule(dispute=case, actor=cast.arbitrator, now=now, decision=large)
    case = arbitration.execute(dispute=case, actor=cast.owner, now=now)
    assert case.status == "amount_on_hold"
    cast.arbitrator.duty = "platform"
    cast.arbitrator.save()
    with pytest.raises(NotAllowed, match="somebody else"):
        holding.release_hold(dispute=case, actor=cast.arbitrator, now=now)
    assert not Approval.objects.exists()
    assert Dispute.objects.get().status == "amount_on_hold"


@pytest.mark.parametrize("who", ["buyer", "owner", "agent", "finance", "arbitrator", "senior", "outsider"])
def test_nobody_else_approves(who, file_case, cast, now):
    case = on_hold(file_case, cast, now)
    for verb in (holding.release_hold, holding.refuse_hold):
        with pytest.raises(NotAllowed):
            verb(dispute=case, actor=getattr(cast, who), now=now, note="Fine.")
    assert Dispute.objects.get().version == case.version
    assert not Approval.objects.exists()


def approval(cast, **how):
    given = {"subject": "D-1:3", "case": "D-1", "by": cast.platform, "decided_as": "merchant", "limit": 1, "amount": 2}
    return Approval.objects.create(**{**given, "currency": "CNY", "at": "2026-11-01T00:00Z", **how})


def test_the_database_keeps_it_too(cast, platform2):
    approval(cast)
    approval(cast, by=platform2)
    with pytest.raises(IntegrityError, match="approved_once_per_person"), transaction.atomic():
        approval(cast)
    with pytest.raises(IntegrityError, match="approved_by_somebody_else"), transaction.atomic():
        approval(cast, subject="D-1:9", decided_by=[cast.owner.pk, cast.platform.pk])
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Approval.objects.update(amount=3)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Approval.objects.first().delete()


def test_silence_alerts_and_never_pays(file_case, cast, now):
    case = on_hold(file_case, cast, now)
    began = now
    assert case.due_at == began + 48 * HOUR
    sweep(now=case.due_at)
    case.refresh_from_db()
    # What is left of the law's seven days, then every two days again.
    assert (case.status, case.due_at) == ("amount_on_hold", began + 168 * HOUR)
    assert case.events.last().action == "chase_hold"
    for more in (168 * HOUR, 216 * HOUR, 264 * HOUR):
        assert case.due_at == began + more
        sweep(now=case.due_at)
        case.refresh_from_db()
        assert case.status == "amount_on_hold"
        last = case.events.last()
        assert (last.action, last.data["breach"]) == ("report_overdue_hold", "statutory_refund")
    assert not RefundInstruction.objects.exists()
    assert not list(findings()), "deadlines are what their clocks say"
    assert holding.release_hold(dispute=case, actor=cast.platform, now=case.due_at).status == "fulfilling"


def test_more_time_for_the_check_keeps_it_held(file_case, cast, now):
    case = on_hold(file_case, cast, now)
    case = intervention.extend(dispute=case, actor=cast.platform, now=now, hours=48, reason="Bank is closed.")
    sweep(now=case.due_at)
    assert Dispute.objects.get().status == "amount_on_hold"


def test_what_is_not_approved_goes_before_the_platform(file_case, cast, now):
    case = on_hold(file_case, cast, now)
    with pytest.raises(RuleBroken):
        holding.refuse_hold(dispute=case, actor=cast.platform, now=now, note=" ")
    case = holding.refuse_hold(dispute=case, actor=cast.platform, now=now, note="The bill looks forged.")
    assert (case.status, case.terms) == ("escalated", None)
    assert not RefundInstruction.objects.exists()


def test_a_decision_of_the_platform_is_not_undone_by_finance(file_case, cast, now):
    case = reach("awaiting_ruling", lambda **how: file_case(price="9000.00", **how), cast, now)
    large = decision(case, "full_refund_no_return", "9000.00")
    case = arbitration.rule(dispute=case, actor=cast.arbitrator, now=now, decision=large)
    case = arbitration.execute(dispute=case, actor=cast.owner, now=now)
    with pytest.raises(RuleBroken):
        holding.refuse_hold(dispute=case, actor=cast.platform, now=now, note="No.")
    assert Dispute.objects.get().status == "amount_on_hold"


def test_people_are_told_the_truth(file_case, cast, now):
    case = on_hold(file_case, cast, now, "150000.00")
    drain(now=now)
    told = set(Notice.objects.values_list("user_id", "kind"))
    assert (cast.buyer.pk, "being_checked") in told
    assert (cast.platform.pk, "hold_waiting") in told
    assert "agreed_buyer" not in {kind for _user, kind in told}
    assert "Being checked, at the latest by" in next_step(case, "buyer").text
    sweep(now=case.due_at)
    drain(now=case.due_at)
    assert Notice.objects.filter(user=cast.platform, kind="hold_late").exists()
    assert Notice.objects.filter(user=cast.buyer, kind="check_delayed").exists()


# Within a shop: the money is the owner's.


@pytest.mark.parametrize(
    ("role", "price", "allowed"),
    [
        ("agent", "2000.00", True),
        ("agent", "2000.01", False),
        ("manager", "10000.00", True),
        ("manager", "10000.01", False),
        ("owner", "19999.00", True),
    ],
)
@pytest.mark.parametrize("way", ["agree", "accept", "propose"])
def test_who_promises_how_much_for_a_shop(way, role, price, allowed, file_case, cast, now):
    someone = make_user("member")
    MerchantMember.objects.create(merchant=cast.shop, user=someone, role=MemberRole(role))
    case = file_case(wants="full_refund_no_return", price=price)

    def act():
        if way == "agree":
            return negotiation.agree(dispute=case, actor=someone, now=now)
        if way == "accept":
            return negotiation.accept_offer(dispute=case, actor=someone, now=now, offer=case.offers.get())
        return negotiation.propose(dispute=case, actor=someone, now=now, kind="full_refund_with_return")

    if allowed:
        assert act().version > case.version
        return
    with pytest.raises(RuleBroken, match="alone") as above:
        act()
    assert above.value.code == "above_your_limit"
    assert Dispute.objects.get().version == case.version
    assert not RefundInstruction.objects.exists()


def test_an_approval_of_what_is_no_longer_held_is_a_conflict(file_case, cast, now, platform2):
    case = on_hold(file_case, cast, now)
    holding.release_hold(dispute=case, actor=cast.platform, now=now)
    with pytest.raises(DisputeMoved):
        holding.release_hold(dispute=case, actor=platform2, now=now)
    assert Approval.objects.count() == 1
    assert fulfilment.note_remedies(number=case.number, now=now) is None


def test_an_agent_asks_the_owner_who_decides(file_case, cast, now, client):
    case = file_case(wants="full_refund_no_return", price="3000.00")
    with pytest.raises(RuleBroken):
        negotiation.agree(dispute=case, actor=cast.agent, now=now)
    due_at = case.due_at
    case = limits.ask_owner(dispute=case, actor=cast.agent, now=now, note="She is right, the seam is open.")
    assert (case.status, case.due_at) == ("awaiting_merchant", due_at), "nothing is promised, no clock stops"
    drain(now=now)
    told = set(Notice.objects.filter(kind="owner_asked").values_list("user_id", flat=True))
    assert told == {cast.owner.pk}
    for person, reads, asks in [(cast.agent, True, True), (cast.owner, True, False), (cast.buyer, False, False)]:
        client.force_login(person)
        page = client.get(case.get_absolute_url()).content.decode()
        assert ("She is right" in page) == reads
        assert ("/ask-owner/" in page) == asks
    assert negotiation.agree(dispute=case, actor=cast.owner, now=now).status == "fulfilling"
    with pytest.raises(DisputeMoved):
        limits.ask_owner(dispute=case, actor=cast.agent, now=now, note="Again?")


def test_only_the_shop_asks_its_owner_and_with_words(file_case, cast, now):
    case = file_case()
    for person in (cast.buyer, cast.platform, cast.finance, cast.rival):
        with pytest.raises(NotAllowed):
            limits.ask_owner(dispute=case, actor=person, now=now, note="Please.")
    with pytest.raises(RuleBroken):
        limits.ask_owner(dispute=case, actor=cast.agent, now=now, note="  ")
    assert Dispute.objects.get().version == case.version
