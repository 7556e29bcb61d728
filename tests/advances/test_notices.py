"""Whoever is concerned by an advance hears of each turn of it: once, in time, in their language, with the way there."""

from datetime import timedelta
from decimal import Decimal

import pytest

from aftersales.advances import services
from aftersales.advances.models import Advance
from aftersales.advances.notices import tell_moves
from aftersales.arbitration import services as arbitration
from aftersales.disputes.models import Dispute
from aftersales.remedies.services import run_due
from aftersales.settlements.services import settle
from portal.notices.models import Notice
from portal.notices.words import word
from portal.outbox.models import Message
from portal.outbox.services import drain
from tests.advances.makers import advanced
from tests.disputes.states import decision

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def paid(file_case, cast, now):
    found = advanced(file_case, cast, now)
    drain(now=found[2])
    return found


def kinds(user, case):
    told = Notice.objects.filter(user=user, data__case=case.number, kind__startswith="advance").order_by("pk")
    return list(told.values_list("kind", flat=True))


def test_buyer_and_shop_hear_that_the_platform_paid(paid, cast):
    case, advance, _at = paid
    assert kinds(cast.buyer, case) == ["advanced_buyer"]
    for reader in (cast.owner, cast.agent, cast.finance):
        assert kinds(reader, case) == ["advance_paid"]
    assert not kinds(cast.rival, case) + kinds(cast.platform, case) + kinds(cast.outsider, case)
    told = Notice.objects.get(user=cast.owner, kind="advance_paid")
    assert told.link == f"/merchant/advances/{advance.pk}/"
    assert told.data["due_at"] == advance.object_until.isoformat()
    assert "¥20.00" in word(told).subject


def test_the_reminder_comes_once_and_only_while_one_can_still_object(paid, cast):
    case, advance, _at = paid
    due = advance.object_until - timedelta(hours=48)
    assert services.next_due(after=due - SECOND) == due
    for at in (due - SECOND, due, due, due + SECOND):
        services.sweep(now=at)
        drain(now=at)
        expected = ["advance_paid"] + ["advance_reminder"] * (at >= due)
        assert kinds(cast.owner, case) == expected
    assert services.next_due(after=due) == advance.object_until


def test_who_objects_or_comes_late_is_not_reminded(paid, cast):
    case, advance, at = paid
    services.object_to(advance=advance, actor=cast.owner, now=at, text="No.")
    services.sweep(now=advance.object_until - SECOND)
    drain(now=advance.object_until)
    assert kinds(cast.agent, case) == ["advance_paid", "advance_read"]


def test_an_objection_reaches_finance_and_its_answer_the_shop(paid, cast):
    case, advance, at = paid
    services.object_to(advance=advance, actor=cast.owner, now=at, text="I paid on the 3rd.")
    drain(now=at)
    (asked,) = Notice.objects.filter(user=cast.platform, kind="advance_objected")
    assert asked.link == f"/admin/desk/finance/advances/{advance.pk}/"
    assert "I paid on the 3rd." in word(asked).details
    services.decide(advance=advance, actor=cast.platform, now=at, right=True, answer="The transfer is in the file.")
    drain(now=at)
    assert kinds(cast.owner, case) == ["advance_paid", "advance_read", "advance_borne"]
    assert "The transfer is in the file." in word(Notice.objects.get(user=cast.owner, kind="advance_borne")).details
    assert kinds(cast.buyer, case) == ["advanced_buyer"], "it is nothing to the buyer"


def test_a_refused_objection_is_told_with_its_reason(paid, cast):
    case, advance, at = paid
    services.object_to(advance=advance, actor=cast.owner, now=at, text="No.")
    services.decide(advance=advance, actor=cast.platform, now=at, right=False, answer="Nothing was paid.")
    drain(now=at)
    assert kinds(cast.owner, case)[-1] == "advance_refused"
    assert "Nothing was paid." in word(Notice.objects.get(user=cast.owner, kind="advance_refused")).details


def test_a_lower_debt_is_told_with_what_is_left_of_it(paid, cast):
    case, _advance, at = paid
    while run_due(now=at) + drain(now=at):
        pass
    case = arbitration.appeal(
        dispute=Dispute.objects.get(pk=case.pk), actor=cast.owner, now=at, ground="fact_wrong", text="It was intact."
    )
    case = arbitration.take(dispute=case, actor=cast.senior, now=at)
    less = decision(case, cash="5.00")
    arbitration.decide_appeal(dispute=case, actor=cast.senior, now=at, result="varied", decision=less)
    drain(now=at)
    told = Notice.objects.get(user=cast.owner, kind="advance_lowered")
    assert "¥5.00" in word(told).subject


def test_silence_is_told_and_so_is_the_day_the_debt_is_covered(paid, cast, buy):
    """20.00 are owed; an order of 15.00 covers a part, one of 50.00 the rest."""
    case, advance, _at = paid
    until = advance.object_until
    services.sweep(now=until)
    settle(reference="S1", order=buy("15.00"), fee=Decimal(0), now=until)
    services.sweep(now=until)
    drain(now=until)
    assert kinds(cast.owner, case) == ["advance_paid", "advance_final"]
    settle(reference="S2", order=buy("50.00"), fee=Decimal(0), now=until)
    for _twice in range(2):
        services.sweep(now=until)
        drain(now=until)
    assert kinds(cast.owner, case) == ["advance_paid", "advance_final", "advance_recovered"]
    assert Advance.objects.get().recovered_at == until


def test_nobody_is_told_twice_however_often_it_is_delivered(paid, cast):
    _case, advance, at = paid
    services.object_to(advance=advance, actor=cast.owner, now=at, text="No.")
    services.decide(advance=advance, actor=cast.platform, now=at, right=False, answer="Nothing was paid.")
    drain(now=at)
    before = Notice.objects.count()
    payloads = list(Message.objects.filter(topic="advance.moved").values_list("payload", flat=True))
    assert len(payloads) == 3
    tell_moves(payloads, at)
    tell_moves(payloads, at)
    drain(now=at)
    assert Notice.objects.count() == before


def test_the_reason_is_kept_in_every_language(paid, cast):
    told = Notice.objects.get(user=cast.owner, kind="advance_paid")
    assert set(told.data["reason"]) == {"en", "zh-hans"}
    assert told.data["reason"]["en"] != told.data["reason"]["zh-hans"]
