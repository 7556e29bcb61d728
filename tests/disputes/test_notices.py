"""Everybody concerned is told, once, in the case's words."""

from datetime import timedelta

import pytest

from aftersales.disputes.notices import SILENT, TOLD, tell_moves
from aftersales.disputes.services.messages import post_message
from aftersales.disputes.workflow import ACTIONS
from portal.notices.kinds import KINDS
from portal.notices.models import Notice
from portal.outbox.services import drain
from tests.disputes.states import reach


def test_every_action_is_told_or_silent():
    assert set(TOLD) | SILENT == set(ACTIONS)
    assert not set(TOLD) & SILENT
    assert {kind for told in TOLD.values() for _who, kind in told} <= set(KINDS)


@pytest.mark.parametrize("status", ["refused", "ruled", "appealed", "lapsed", "payout_failed", "return_in_transit"])
def test_each_reader_is_told_once_however_often_it_is_delivered(status, file_case, cast, now):
    case = reach(status, file_case, cast, now)
    now += timedelta(days=9)  # some statuses take their time to reach
    drain(now=now)
    told = Notice.objects.filter(data__case=case.number)
    count = told.count()
    assert count
    payloads = [
        {"case": case.number, "dispute": case.pk, "seq": e.seq, "action": e.action, "role": e.role, "actor": e.actor_id}
        | {"from": e.from_status, "to": e.to_status}
        for e in case.events.all()
    ]
    tell_moves(payloads, now)
    assert told.count() == count
    assert not told.filter(user__in=[cast.rival, cast.outsider, cast.finance]).exists()


def test_the_shop_is_told_of_a_new_case_and_the_writer_of_nothing(file_case, cast, now):
    case = file_case()
    post_message(dispute=case, actor=cast.owner, now=now, body="We are sorry.")
    drain(now=now)
    kinds = set(Notice.objects.filter(user=cast.agent).values_list("kind", flat=True))
    assert kinds == {"case_opened", "message_received"}
    assert set(Notice.objects.filter(user=cast.owner).values_list("kind", flat=True)) == {"case_opened"}
    assert set(Notice.objects.filter(user=cast.buyer).values_list("kind", flat=True)) == {"message_received"}
