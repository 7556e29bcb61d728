"""`run_due --through`: time passes step by step, so that what is put off is done when its time comes."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from aftersales.disputes.models import Dispute
from aftersales.remedies.models import RefundInstruction, SimulatedBehaviour
from tests.disputes.states import reach

pytestmark = pytest.mark.django_db(transaction=True)


def run_due(*args):
    said = io.StringIO()
    call_command("run_due", *args, stdout=said)
    return said.getvalue()


def state():
    return RefundInstruction.objects.get().state, Dispute.objects.get().status


@pytest.mark.parametrize(
    ("mode", "times", "hours"),
    [
        ("fail_for_a_while", 3, 1),  # back-offs of 20, 40, 80 seconds
        ("not_paid_no_answer", 2, 1),
        ("late", None, 1),
        ("fail", 1, 30),  # refused for good: the product tries again by itself a day later
    ],
)
def test_one_run_ends_what_is_put_off(mode, times, hours, file_case, cast, now):
    SimulatedBehaviour.objects.create(target="all", mode=mode, times=times, seconds=600 if mode == "late" else 0)
    reach("fulfilling", file_case, cast, now)
    until = timezone.now() + timedelta(hours=hours)
    run_due("--at", until.isoformat(), "--through")
    assert state() == ("succeeded", "resolved")
    call_command("verify", stdout=io.StringIO())


def test_without_it_what_is_put_off_stays_put_off(file_case, cast, now):
    SimulatedBehaviour.objects.create(target="all", mode="fail_for_a_while", times=1)
    reach("fulfilling", file_case, cast, now)
    run_due()
    assert state() == ("granted", "fulfilling")


def test_silences_follow_each_other_as_time_passes(file_case, cast, now):
    case = reach("refused", file_case, cast, now)
    run_due("--at", (case.due_at - timedelta(minutes=2)).isoformat(), "--through")
    assert Dispute.objects.get().status == "refused"
    run_due("--at", (case.due_at + timedelta(minutes=2)).isoformat(), "--through")
    assert Dispute.objects.get().status == "lapsed"


def test_production_moves_no_clock(settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError):
        run_due("--at", timezone.now().isoformat(), "--through")
