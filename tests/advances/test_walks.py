"""Anything may happen to advances in any order: what was paid is recovered, open or borne, at every step."""

import os
import random
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from aftersales.advances import audit, services
from aftersales.advances.coverage import standings
from aftersales.advances.models import Advance
from aftersales.arbitration import services as arbitration
from aftersales.disputes import audit as disputes_audit
from aftersales.disputes.errors import DisputeMoved, NotAllowed, RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.services import negotiation
from aftersales.disputes.services.sweep import sweep
from aftersales.ledger import audit as ledger_audit
from aftersales.ledger.models import AccountKind, Entry
from aftersales.ledger.services import AccountKey, balance
from aftersales.remedies import audit as remedies_audit
from aftersales.remedies.chargebacks import SOURCE
from aftersales.remedies.gateways import Seen, Verdict, outside
from aftersales.remedies.models import OutsideRefund
from aftersales.remedies.services import run_due
from aftersales.settlements import audit as settlements_audit
from aftersales.settlements.services import settle
from portal.outbox.services import drain
from tests.disputes.states import decision, reach
from tests.makers import make_user

pytestmark = pytest.mark.django_db
D = Decimal
DAY = timedelta(days=1)
NUMBERS = count(1)


class Walk:
    """One example: its people, its clock, and what may happen."""

    def __init__(self, seed, cast, file_case, buy, now):
        self.chance, self.cast, self.file_case, self.buy = random.Random(seed), cast, file_case, buy
        self.begin, self.at = now, now
        self.earlier = set(Advance.objects.values_list("pk", flat=True))  # of other examples
        self.staff = [cast.platform, make_user("platform", "platform")]

    def some(self, **where):
        found = list(Advance.objects.filter(**where).exclude(pk__in=self.earlier))
        return self.chance.choice(found) if found else None

    def pay(self):
        """A decision that the seller lets run out."""
        case = reach("ruled", self.file_case, self.cast, self.begin)
        self.at = max(self.at, case.due_at)
        sweep(now=self.at)

    def object_to(self):
        if advance := self.some(state="open"):
            with suppress(services.NotOpen):
                services.object_to(advance=advance, actor=self.cast.owner, now=self.at, text="No.")

    def decide(self):
        if advance := self.some(state="objected"):
            right, who = self.chance.random() < 0.5, self.chance.choice(self.staff)
            services.decide(advance=advance, actor=who, now=self.at, right=right, answer="So it is.")

    def correct(self):
        if advance := self.some(decided_by__isnull=False):
            with suppress(services.NotOpen, services.NotForYou):
                who = self.chance.choice(self.staff)
                services.correct(advance=advance, actor=who, now=self.at, answer="It is not.")

    def sweep(self):
        self.at += self.chance.choice([DAY / 4, DAY, 3 * DAY])
        sweep(now=self.at)
        services.sweep(now=self.at)

    def pay_out(self):
        while run_due(now=self.at) + drain(now=self.at):
            pass

    def appeal(self):
        """More, as much or less is found due, or nothing."""
        if advance := self.some():
            case = Dispute.objects.get(number=advance.case)
            cash = self.chance.choice(["", "5.00", "12.50", "40.00"])
            with suppress(RuleBroken, NotAllowed, DisputeMoved), transaction.atomic():
                case = arbitration.appeal(
                    dispute=case, actor=self.cast.owner, now=self.at, ground="fact_wrong", text="It was intact."
                )
                case = arbitration.take(dispute=case, actor=self.cast.senior, now=self.at)
                found = decision(case, cash=cash, **({} if cash else {"kind": "dismiss"}))
                arbitration.decide_appeal(
                    dispute=case,
                    actor=self.cast.senior,
                    now=self.at,
                    result="varied" if cash else "overturned",
                    decision=found,
                )

    def settle(self):
        order = self.buy(self.chance.choice(["3.00", "15.00", "120.00"]))
        settle(reference=f"S{next(NUMBERS)}", order=order, fee=D("0.50"), now=self.at)

    def refund(self):
        """Something else that the seller owes, which is no advance."""
        negotiation.agree(dispute=self.file_case(), actor=self.cast.owner, now=self.begin)

    def chargeback(self):
        if advance := self.some():
            order = Dispute.objects.get(number=advance.case).order
            amount = D(self.chance.choice(["4.00", "20.00", "100.00"]))
            seen = Seen(
                reference=f"C{next(NUMBERS)}",
                verdict=Verdict.SUCCEEDED,
                amount=amount,
                currency=order.currency,
                reason="",
                chargeback=True,
            )
            outside.enter(SOURCE, seen, outside.About(order.payments.get(), ()), now=self.at)


DEEDS = [name for name in vars(Walk) if not name.startswith("_") and name != "some"]


def everything_adds_up():
    """Of each advance, and of the fund, which pays, gets back and gives away nothing else."""
    found = list(Advance.objects.all())
    shares = standings(found)
    for advance in found:
        share = shares[advance.pk]
        assert share.recovered + share.open + share.borne == advance.amount
        assert min(share.recovered, share.open, share.borne) >= 0
    paid = sum(one.amount for one in found)
    taken = sum(one.owed - one.returned for one in found if one.state == "final")
    excess = OutsideRefund.objects.aggregate(sum=Sum("excess", default=D(0)))["sum"]
    assert balance(AccountKey(AccountKind.PLATFORM_FUND, "CNY")) == taken - paid - excess - given_back_otherwise()


def given_back_otherwise():
    """What appeals gave back of refunds that the seller had paid itself."""
    corrected = Entry.objects.filter(transaction__kind="appeal_correction", amount__gt=0)
    all_of_it = corrected.aggregate(sum=Sum("amount", default=D(0)))["sum"]
    return all_of_it - sum(one.returned for one in Advance.objects.all())


@settings(
    max_examples=int(os.environ.get("WALKS", "20")),
    derandomize="WALKS" not in os.environ,  # the same walks each time; others with WALKS=500
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32))
def test_every_walk_adds_up_at_every_step(seed, cast, file_case, buy, now):
    walk = Walk(seed, cast, file_case, buy, now)
    walk.pay()
    for _step in range(14):
        getattr(walk, walk.chance.choice(DEEDS))()
        everything_adds_up()
    walk.pay_out()
    services.sweep(now=walk.at)
    rooms = (audit, ledger_audit, remedies_audit, settlements_audit, disputes_audit)
    assert [fault for room in rooms for fault in room.findings()] == []
    found = list(Advance.objects.filter(state="final"))
    shares = standings(found)
    assert all(bool(advance.recovered_at) == (not shares[advance.pk].open) for advance in found)
