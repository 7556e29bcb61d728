"""Random walks: whatever gateways answer and wherever workers die, each refund is paid once and whole."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aftersales.ledger import audit as ledger_audit
from aftersales.remedies import audit, execution
from aftersales.remedies.models import (
    InstructionState,
    RefundInstruction,
    SimulatedBehaviour,
    SimulatedMode,
    SimulatedRefund,
)
from aftersales.remedies.services import grant_many, retry_failed, run_due
from tests.makers import make_order
from tests.remedies.conftest import NOW, grant_of

steps = st.lists(
    st.one_of(
        st.tuples(st.just("tell"), st.sampled_from(["all", "channel:card"]), st.sampled_from(SimulatedMode.values)),
        st.tuples(st.just("work"), st.just(""), st.just("")),
        st.tuples(st.just("die_after_claim"), st.just(""), st.just("")),
        st.tuples(st.just("die_after_asking"), st.just(""), st.just("")),
        st.tuples(st.just("person_retries"), st.just(""), st.just("")),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(walk=steps)
@pytest.mark.django_db
def test_every_walk_ends_paid_once_and_whole(walk):
    order = make_order(["60.00", "40.00"], [("card", "70.00"), ("wallet", "30.00")])
    case, now = order.number, NOW
    grant_many([grant_of(order, "50.00", key=f"{case}:1", case=case)], now=now)
    for step, target, mode in walk:
        now += timedelta(hours=7)  # beyond every lease and back-off
        take(step, target, mode, RefundInstruction.objects.get(case=case), now)
        assert booked(case) <= 50
    SimulatedBehaviour.objects.all().delete()
    now += timedelta(hours=7)
    retry_failed(cases=[case], now=now)
    run_due(now=now)
    assert RefundInstruction.objects.get(case=case).state == InstructionState.SUCCEEDED
    assert booked(case) == 50
    assert audit.findings() == []
    assert ledger_audit.findings() == []


def take(step, target, mode, refund, now):
    if step == "tell":
        SimulatedBehaviour.objects.update_or_create(target=target, defaults={"mode": mode, "seconds": 0})
    elif step == "work":
        execution.execute(refund.pk, now=now)
    elif step == "person_retries":
        retry_failed(cases=[refund.case], now=now)
    else:
        attempts = execution._claim(refund.pk, now)
        if step == "die_after_asking":
            for attempt in attempts:
                execution._ask(attempt, now)


def booked(case):
    return sum(SimulatedRefund.objects.filter(key__startswith=f"{case}:").values_list("amount", flat=True), Decimal(0))
