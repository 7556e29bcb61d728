"""What the fund pays first is bounded for a case, and for a seller within 24 hours; above that two people approve."""

from datetime import timedelta
from decimal import Decimal

import pytest

from aftersales.advances import audit, services
from aftersales.advances.models import Advance
from aftersales.arbitration import services as arbitration
from aftersales.disputes import audit as disputes_audit
from aftersales.disputes.errors import NotAllowed, RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.next_step import next_step
from aftersales.disputes.services.holding import holds_of, refuse_hold, release_hold
from aftersales.disputes.services.sweep import sweep
from aftersales.ledger import audit as ledger_audit
from aftersales.remedies.models import Approval, RefundInstruction
from merchants.models import MemberRole, MerchantMember
from portal.notices.models import Notice
from portal.notices.words import word
from portal.outbox.services import drain
from tests.disputes.states import decision, reach
from tests.disputes.test_races import at_once
from tests.makers import make_user

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture(autouse=True)
def books_are_in_order(db):
    yield
    assert [*audit.findings(), *ledger_audit.findings(), *disputes_audit.findings()] == []


@pytest.fixture
def second(cast):
    return make_user("platform", "platform")


def late(file_case, cast, now, price="19000.00", **bought):
    """A return that arrived at the seller, who now says nothing."""
    return reach("awaiting_inspection", lambda **how: file_case(price=price, **bought, **how), cast, now)


def silent(*cases):
    """Let the sellers' time run out for all at once; the cases as they are then, and when that was."""
    at = max(case.due_at for case in cases)
    sweep(now=at)
    return [Dispute.objects.get(pk=case.pk) for case in cases], at


def told(user, case):
    drain(now=case.updated_at)
    notices = Notice.objects.filter(user=user, data__case=case.number, kind__startswith="advance")
    return list(notices.order_by("pk").values_list("kind", flat=True))


def test_more_than_the_limit_for_one_case_waits_for_two_people(file_case, cast, now, second):
    (case,), at = silent(late(file_case, cast, now, "20000.01"))
    assert (case.status, case.terms["advance_above"]) == ("amount_on_hold", "limit")
    assert not RefundInstruction.objects.exists()
    assert not Advance.objects.exists()
    case = release_hold(dispute=case, actor=cast.platform, now=at)
    assert (case.status, RefundInstruction.objects.count()) == ("amount_on_hold", 0)
    with pytest.raises(RuleBroken):
        release_hold(dispute=case, actor=cast.platform, now=at)
    case = release_hold(dispute=case, actor=second, now=at)
    assert case.status == "fulfilling"
    assert (RefundInstruction.objects.get().payer, Advance.objects.get().amount) == ("platform", D("20000.01"))
    assert Advance.objects.get().ground == "statutory_delay"
    assert set(Approval.objects.values_list("by", flat=True)) == {cast.platform.pk, second.pk}
    assert case.events.last().data["needed"] == 2


def test_just_the_limit_does_not_wait(file_case, cast, now):
    (case,), _at = silent(late(file_case, cast, now, "20000.00"))
    assert (case.status, Advance.objects.get().amount) == ("fulfilling", 20000)


def test_more_than_the_cap_for_a_seller_within_a_day_waits(file_case, cast, now):
    """19,000 and 19,000 go, the third 19,000 would pass 50,000; 12,000 still fit."""
    cases = [late(file_case, cast, now) for _n in range(3)]
    after, at = silent(*cases, late(file_case, cast, now, "12000.00"))
    states = sorted((case.terms["cash"], case.status) for case in after)
    assert sum(Advance.objects.values_list("amount", flat=True)) <= 50000
    assert [status for _cash, status in states].count("amount_on_hold") == 1
    held = next(case for case in after if case.status == "amount_on_hold")
    assert held.terms["advance_above"] == "cap"
    assert holds_of([held])[held.pk].needed == 2
    later = late(file_case, cast, at + timedelta(hours=24))
    (passed,), _at = silent(later)
    assert passed.status == "fulfilling", "a day later there is room again"


def test_the_cap_counts_by_seller_and_currency(file_case, cast, now):
    after, _at = silent(
        *[late(file_case, cast, now) for _n in range(2)],
        late(file_case, cast, now, "2000.00", currency="EUR"),
    )
    assert {case.status for case in after} == {"fulfilling"}


def test_while_it_waits_buyer_and_finance_know_and_silence_pays_nothing(file_case, cast, now):
    (case,), _at = silent(late(file_case, cast, now, "20000.01"))
    assert told(cast.buyer, case) == ["advance_checked"]
    assert told(cast.platform, case) == ["advance_waiting"]
    assert "pays first" in next_step(case, "buyer").text
    assert "Two people" in word(Notice.objects.get(user=cast.platform, kind="advance_waiting")).line
    for _n in range(3):
        sweep(now=Dispute.objects.get(pk=case.pk).due_at)
    assert not RefundInstruction.objects.exists()


def test_once_two_approved_the_buyer_and_the_shop_hear_who_pays(file_case, cast, now, second):
    (case,), at = silent(late(file_case, cast, now, "20000.01"))
    drain(now=at)
    for who in (cast.platform, second):
        case = release_hold(dispute=case, actor=who, now=at)
    assert told(cast.buyer, case) == ["advance_checked", "advanced_buyer"]
    assert told(cast.owner, case) == ["advance_checked", "advance_paid"]


def test_a_party_to_the_case_does_not_approve(file_case, cast, now):
    (case,), at = silent(late(file_case, cast, now, "20000.01"))
    insider = make_user("platform", "platform")
    MerchantMember.objects.create(merchant=cast.shop, user=insider, role=MemberRole.FINANCE)
    for who in (insider, cast.owner, cast.arbitrator, cast.buyer):
        with pytest.raises(NotAllowed):
            release_hold(dispute=case, actor=who, now=at)
    assert not Approval.objects.exists()


def test_what_is_not_approved_is_decided_by_an_arbitrator(file_case, cast, now):
    (case,), at = silent(late(file_case, cast, now, "20000.01"))
    case = refuse_hold(dispute=case, actor=cast.platform, now=at, note="The goods never came back.")
    assert (case.status, Advance.objects.count()) == ("escalated", 0)


def test_finance_reads_why_it_waits(file_case, cast, now, client):
    silent(late(file_case, cast, now, "20000.01"))
    client.force_login(cast.platform)
    page = client.get("/admin/desk/finance/").content.decode()
    assert "To be paid in advance, more than the fund pays for one case unasked" in page
    assert "0 of 2 approvals" in page


def test_what_an_arbitrator_decided_above_his_limit_is_still_an_advance_once_approved(file_case, cast, now):
    case = reach("awaiting_ruling", lambda **how: file_case(price="9000.00", **how), cast, now)
    large = decision(case, "full_refund_no_return", "9000.00")
    case = arbitration.rule(dispute=case, actor=cast.arbitrator, now=now, decision=large)
    (case,), at = silent(case)
    assert (case.status, case.terms["advance_above"]) == ("amount_on_hold", "")
    release_hold(dispute=case, actor=cast.platform, now=at)
    assert Advance.objects.get().ground == "ruling_not_executed"


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_do_not_both_fit_what_is_left(file_case, cast, now):
    cases = [late(file_case, cast, now) for _n in range(8)]
    at = max(case.due_at for case in cases)
    at_once(*[lambda: sweep(now=at, batch=1)] * 4)
    assert Advance.objects.count() == 2, "38,000 of 50,000; a third would pass it"
    assert Dispute.objects.filter(status="amount_on_hold").count() == 6
    assert sum(Advance.objects.values_list("amount", flat=True)) <= 50000
    assert services.sweep(now=at) == 0
