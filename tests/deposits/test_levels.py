"""What is required: set by staff with a reason, from now or later, never rewritten; short deposits have seven days."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import Error, IntegrityError, transaction

from merchants.coupons.templates import Worth, create_template
from merchants.deposits import audit, services
from merchants.deposits.errors import DepositShort, NotForYou, Refused
from merchants.deposits.levels import set_level
from merchants.deposits.models import Deposit, DepositLevel, DepositMove, Shortage
from merchants.deposits.shortages import check_limits
from merchants.plans.services import PlanRefused, publish
from portal.notices.models import Notice
from portal.outbox.services import drain
from tests.deposits.makers import again, ask, owe, pay, withdraw
from tests.plans.makers import make_plan

pytestmark = pytest.mark.django_db
D, SECOND, DAY, WEEK = Decimal, timedelta(seconds=1), timedelta(days=1), timedelta(days=7)


def told(user, now):
    drain(now=now)
    return list(
        Notice.objects.filter(user=user, kind__startswith="deposit").order_by("id").values_list("kind", flat=True)
    )


def test_a_level_is_asked_for_and_the_shop_has_seven_days(cast, now):
    deposit = ask(cast, "100.00", now=now)
    assert (deposit.held, deposit.required, deposit.missing) == (0, D(100), D(100))
    assert deposit.short_until == now + WEEK
    assert Shortage.objects.get().rule.startswith("cn v")
    assert told(cast.owner, now) == told(cast.finance, now) == ["deposit_level", "deposit_short"]
    assert told(cast.agent, now) == [], "agents answer cases"
    assert told(cast.rival, now) == []


def test_filling_up_ends_it_at_once(cast, now):
    deposit = ask(cast, "100.00", now=now)
    pay(cast, "99.99", "A", now=now)
    assert again(deposit).missing == D("0.01")
    pay(cast, "0.01", "B", now=now)
    assert (again(deposit).missing, again(deposit).short_until) == (0, None)
    assert told(cast.owner, now)[-1] == "deposit_met"


def test_reminder_and_limits_come_once_each_and_on_time(cast, now):
    ask(cast, "100.00", now=now)
    for at, done, word in (
        (now + WEEK - 2 * DAY - SECOND, 0, "deposit_short"),
        (now + WEEK - 2 * DAY, 1, "deposit_reminder"),
        (now + WEEK - 2 * DAY, 0, "deposit_reminder"),
        (now + WEEK - SECOND, 0, "deposit_reminder"),
        (now + WEEK, 1, "deposit_limited"),
        (now + 3 * WEEK, 0, "deposit_limited"),
    ):
        assert services.sweep(now=at) == done, at
        assert told(cast.owner, at)[-1] == word
    assert Notice.objects.filter(user=cast.owner, kind__startswith="deposit").count() == 4


def test_what_is_due_next(cast, now):
    ask(cast, "100.00", now=now)
    later = now + 30 * DAY
    ask(cast, "200.00", now=now, effective_at=later)
    steps, at = [], now
    while at := services.next_due(after=at):
        steps.append(at - now)
        services.sweep(now=at)
    assert steps == [5 * DAY, 7 * DAY, 30 * DAY]


def test_after_the_time_nothing_new_is_promised_until_it_is_filled_up(cast, now):
    ask(cast, "100.00", now=now)
    late = now + WEEK
    plan, worth = make_plan(cast.shop, actor=cast.owner, live=False), Worth(amount=D(5))
    coupon = {"merchant": cast.shop, "name": "Sorry", "currency": "CNY", "worth": worth, "actor": cast.owner}
    check_limits(merchant_id=cast.shop.pk, now=late - SECOND)
    create_template(**coupon, now=late - SECOND)
    with pytest.raises(DepositShort):
        create_template(**coupon, now=late)
    with pytest.raises(PlanRefused) as refused:
        publish(plan=plan, actor=cast.owner, now=late)
    assert refused.value.problems[0].code == "deposit_short"
    create_template(**coupon | {"actor": cast.platform, "funded_by": "platform"}, now=late)  # the platform's own money
    pay(cast, "100.00", "A", now=late)
    create_template(**coupon, now=late)
    publish(plan=plan, actor=cast.owner, now=late)


def test_a_level_of_later_begins_by_itself(cast, now):
    deposit = ask(cast, "10.00", now=now)
    pay(cast, "50.00", "A", now=now)
    begins = now + 10 * DAY
    ask(cast, "80.00", now=now, effective_at=begins)
    assert services.sweep(now=begins - SECOND) == 0
    assert again(deposit).missing == 0
    assert services.sweep(now=begins + DAY) == 1
    assert services.sweep(now=begins + DAY) == 0
    assert again(deposit).short_until == begins + WEEK, "counted from when it began, not from when we looked"


def test_a_lower_level_ends_a_shortage(cast, now):
    deposit = ask(cast, "100.00", now=now)
    pay(cast, "40.00", "A", now=now)
    ask(cast, "40.00", now=now + SECOND)
    assert again(deposit).short_until is None
    assert [level.amount for level in deposit.levels.all()] == [D(40), D(100)]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"amount": D("-1")}, "amount"),
        ({"amount": D("0.001")}, "amount"),
        ({"amount": D("1e12")}, "amount"),
        ({"currency": "XYZ"}, "currency"),
        ({"currency": "cny"}, "currency"),
        ({"why": " "}, "why"),
        ({"why": "x" * 501}, "why"),
    ],
)
def test_a_level_that_makes_no_sense_changes_nothing(cast, now, wrong, field):
    good = {"amount": D(1), "currency": "CNY", "why": "Because."}
    with pytest.raises(Refused) as refused:
        set_level(merchant=cast.shop, actor=cast.platform, now=now, **good | wrong)
    assert refused.value.field == field
    assert not Deposit.objects.exists()


def test_nobody_rewrites_the_past(cast, now):
    with pytest.raises(Refused):
        ask(cast, now=now, effective_at=now - SECOND)
    ask(cast, now=now)
    for rows in (DepositLevel.objects.all(), DepositMove.objects.all()):
        pay(cast, "1.00", rows.model.__name__, now=now)
        with pytest.raises(Error, match="append-only"), transaction.atomic():
            rows.update(amount=2)
        with pytest.raises(Error), transaction.atomic():
            rows.all()._raw_delete("default")


def test_time_passes_through_the_command_and_verify_agrees(cast, now, capsys):
    """Through ten days: the reminder, the limits, the debt, each in its time."""
    deposit = ask(cast, "100.00", now=now)
    pay(cast, "40.00", "A", now=now)
    owe(cast.shop, "15.00", "debt", at=now)
    call_command("run_due", "--through", "--at", (now + 10 * DAY).isoformat())
    assert again(deposit).held == 25
    kinds = ["deposit_level", "deposit_short", "deposit_taken", "deposit_reminder", "deposit_limited"]
    assert told(cast.owner, now) == kinds
    call_command("verify")
    assert "everything is in order" in capsys.readouterr().out


@pytest.mark.parametrize("who", ["owner", "arbitrator", "senior", "marketplace", "buyer"])
def test_only_platform_staff_sets_levels(cast, now, who):
    with pytest.raises(NotForYou):
        set_level(merchant=cast.shop, currency="CNY", amount=D(1), why="x", actor=getattr(cast, who), now=now)
    assert not Deposit.objects.exists()


def test_the_audit_sees_a_level_that_was_bent(cast, now):
    deposit = ask(cast, "100.00", now=now)
    Deposit.objects.filter(pk=deposit.pk).update(required=D(0))
    assert len(audit.findings()) == 2, "not what the history says, and no longer short"
    Deposit.objects.filter(pk=deposit.pk).update(required=D(100))


def test_the_database_refuses_what_the_services_would(cast, now):
    deposit = ask(cast, "10.00", now=now)
    pay(cast, "20.00", "A", now=now)
    withdraw(cast, "10.00", "B", now=now)
    row = {"deposit": deposit, "at": now, "held": 0}
    for kind, amount in (("taken", -1), ("paid_in", -1), ("withdrawn", 1)):
        with pytest.raises(IntegrityError), transaction.atomic():
            DepositMove.objects.create(key="x", kind=kind, amount=amount, **row)
    with pytest.raises(IntegrityError), transaction.atomic():
        DepositMove.objects.create(key="x", kind="paid_in", amount=1, **row | {"held": -1})
    with pytest.raises(IntegrityError), transaction.atomic():
        Deposit.objects.create(merchant=cast.shop, currency="CNY", looked_at=now)
