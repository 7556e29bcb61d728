"""Every deadline can be recomputed from the timeline, and the law's clock sounds an alarm before it is over."""

from datetime import timedelta

import pytest

from aftersales.disputes import audit
from aftersales.disputes.clock_ledger import turns
from aftersales.disputes.models import Dispute
from aftersales.disputes.services import intervention, negotiation
from aftersales.disputes.services.sweep import sweep
from tests.disputes.states import reach


@pytest.fixture
def talking(file_case, cast, now):
    return reach("awaiting_merchant", file_case, cast, now)


def ledger(case):
    return turns(case.events.order_by("seq"))


def test_each_turn_is_on_record(talking, cast, now):
    later = now + timedelta(hours=5)
    negotiation.refuse(dispute=talking, actor=cast.owner, now=later, reason="no_evidence", message="Show it.")
    first, second = ledger(talking)
    assert (first.awaiting, first.ended_at, first.ended_by, first.silent) == ("merchant", later, "refuse", False)
    assert (second.awaiting, second.clock, second.ended_at) == ("buyer", "buyer_after_refusal", None)
    assert second.due_at == Dispute.objects.get(pk=talking.pk).due_at
    assert list(audit.findings()) == []


def test_silence_is_told_apart_from_an_answer(talking, now):
    sweep(now=now + timedelta(days=3))
    assert [turn.silent for turn in ledger(talking)] == [True, False]


def test_more_time_and_a_pause_are_recomputed_too(talking, cast, now):
    due = talking.due_at
    extended = intervention.extend(dispute=talking, actor=cast.platform, now=now, hours=30, reason="Holiday")
    assert extended.due_at == due + timedelta(hours=30)
    paused = intervention.pause(dispute=talking, actor=cast.platform, now=now, reason="They talk.")
    intervention.resume(dispute=paused, actor=cast.platform, now=now + timedelta(days=2))
    assert [turn.change for turn in ledger(talking)] == ["", "extend", "", "resume"]
    assert list(audit.findings()) == []


def test_going_to_law_counts_business_days(talking, cast, now):
    paused = intervention.pause(dispute=talking, actor=cast.platform, now=now, reason="A suit.", to_law=True)
    assert paused.due_at > now + timedelta(days=8), "seven business days hold a weekend"
    assert ledger(talking)[-1].counting == "business_days"
    assert list(audit.findings()) == []


def test_a_deadline_moved_by_hand_is_found(talking, now):
    Dispute.objects.filter(pk=talking.pk).update(due_at=now + timedelta(days=99))
    assert [f"case {talking.number}: its deadline is not the one that its last clock gave"] == list(audit.findings())


def test_the_negotiation_cap_is_part_of_the_record(file_case, cast, now):
    case = reach("awaiting_merchant", file_case, cast, now)
    late = now + timedelta(days=19, hours=12)
    Dispute.objects.filter(pk=case.pk).update(due_at=late + timedelta(hours=1))
    case = negotiation.propose(
        dispute=case, actor=cast.owner, now=late, kind="partial_refund_keep", amount=case.max_amount / 10
    )
    assert (case.due_at, case.on_silence) == (now + timedelta(days=20), "escalate_by_silence")
    assert ledger(case)[-1].capped


def test_the_alarm_sounds_before_the_law_is_broken(file_case, cast, now):
    """Law: a refund is paid within seven days. Day 5: everybody is told. Day 7: a person takes over."""
    case = negotiation.agree(dispute=reach("awaiting_merchant", file_case, cast, now), actor=cast.owner, now=now)
    sweep(now=now + timedelta(days=5))
    case.refresh_from_db()
    assert (case.status, case.due_at) == ("fulfilling", now + timedelta(days=7))
    assert case.events.latest("seq").action == "sound_refund_alarm"
    sweep(now=now + timedelta(days=7))
    case.refresh_from_db()
    assert case.status == "payout_failed"
    assert list(audit.findings()) == []


def test_the_case_page_shows_the_clocks(talking, cast, client):
    client.force_login(cast.buyer)
    page = client.get(talking.get_absolute_url()).content.decode()
    assert 'id="clocks"' in page


def test_the_clocks_over_rest(talking, api):
    (turn,) = api("buyer").get(f"/disputes/{talking.number}/clocks/").json()
    assert (turn["awaiting"], turn["counting"], turn["ended_at"]) == ("merchant", "natural", None)
    assert api("outsider").get(f"/disputes/{talking.number}/clocks/").status_code == 404


class TestFeed:
    def address(self, user, client):
        client.force_login(user)
        client.post("/settings/calendar/")
        user.refresh_from_db()
        return f"/calendar/{user.calendar_key}.ics"

    def test_shows_what_waits_for_its_reader(self, talking, cast, client):
        seller = client.get(self.address(cast.owner, client)).content.decode()
        assert talking.number in seller
        assert "BEGIN:VEVENT" not in client.get(self.address(cast.buyer, client)).content.decode()
        assert "BEGIN:VEVENT" not in client.get(self.address(cast.rival, client)).content.decode()

    def test_a_new_address_ends_the_old_one(self, cast, client):
        old = self.address(cast.buyer, client)
        new = self.address(cast.buyer, client)
        assert (client.get(old).status_code, client.get(new).status_code) == (404, 200)

    def test_speaks_the_readers_language(self, talking, cast, client):
        cast.owner.language = "zh-hans"
        cast.owner.save()
        page = client.get(self.address(cast.owner, client))
        assert page["Content-Type"] == "text/calendar; charset=utf-8"
        assert "质量" in page.content.decode().replace("\r\n ", "")
