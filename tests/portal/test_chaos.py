"""What the audit of `script/chaos` finds: it is only worth as much as the faults it would see. CI runs it for real."""

from dataclasses import replace
from decimal import Decimal

import pytest

from aftersales.remedies.models import SimulatedRefund
from aftersales.remedies.services import run_due
from portal.chaos.audit import judge
from portal.chaos.stories import Ending
from portal.outbox.services import drain
from tests.disputes.states import reach


@pytest.fixture
def ending(file_case, cast, now, settings):
    """A case that was agreed and paid."""
    case = reach("fulfilling", file_case, cast, now)
    run_due(now=now)
    drain(now=now)
    return Ending("agreed", case.number, "resolved", Decimal("30.00"))


def told(ending):
    verdict = judge([ending])
    return verdict.lost, verdict.doubled, verdict.off


def test_all_is_well(ending):
    assert told(ending) == (0, 0, 0)
    assert str(judge([ending])) == "0 lost, 0 doubled, ledger off by 0"


def test_money_that_never_arrived_is_lost(ending):
    SimulatedRefund.objects.all().delete()
    assert told(ending) == (1, 0, Decimal("60.00"))


def test_money_that_arrived_twice_is_doubled(ending):
    SimulatedRefund.objects.update(amount=60)
    assert told(ending) == (0, 1, Decimal("60.00"))


def test_a_case_that_is_elsewhere_is_lost(ending):
    verdict = judge([replace(ending, status="closed")])
    assert (verdict.lost, verdict.doubled) == (1, 0)
    assert verdict.faults == [
        f"{ending.number} (agreed): is resolved, should be closed; got 30.000, decided were 30.00"
    ]
