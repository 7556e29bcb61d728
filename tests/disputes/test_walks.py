"""Random walks through the workflow: whoever acts, or nobody, whatever they send, every case finds its end in time.

Each walk draws actions from what the case itself allows, with inputs made from their schemas, and moves the clock at
random. At its end neither side acts any more: silence alone must finish the case, and where it lies at the desk, the
senior arbitrator (whose silence is a breach on record, never an end) decides it; what is on hold, finance approves.
"""

import os
import random
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError

from aftersales.advances import audit as advances_audit
from aftersales.advances import services as advances
from aftersales.disputes import audit
from aftersales.disputes.allowed import allowed_actions
from aftersales.disputes.api.actions import ACTIONS_INPUT, input_schema
from aftersales.disputes.codes import FINAL, Outcome, Role, Status
from aftersales.disputes.errors import DisputeMoved, NotAllowed, RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.services.claims import open_claim
from aftersales.disputes.services.filing import open_dispute
from aftersales.disputes.services.parcels import News, take_news
from aftersales.disputes.services.sweep import sweep
from aftersales.ledger import audit as ledger_audit
from aftersales.ledger.models import Transaction
from aftersales.orders.models import Order
from aftersales.policies.claims import CLAIMS
from aftersales.policies.codes import FULL, RemedyKind
from aftersales.policies.types import TYPES
from aftersales.remedies import audit as remedy_audit
from aftersales.remedies.models import RefundInstruction, Replacement
from aftersales.remedies.services import run_due
from aftersales.returns.models import CarrierNews, ReturnShipment
from portal.accounts.models import Duty
from portal.outbox.services import drain
from portal.rest.forms import validated
from tests.makers import make_user

LONGEST = timedelta(days=200)  # negotiation, return, evidence, ruling and appeal, each to its last hour
PEOPLE = {
    "buyer": Role.BUYER,
    "owner": Role.MERCHANT,
    "arbitrator": Role.ARBITRATOR,
    "senior": Role.SENIOR,
    "platform": Role.PLATFORM,
}


@settings(
    max_examples=int(os.environ.get("WALKS", "25")),
    derandomize="WALKS" not in os.environ,  # the same walks each time; others with WALKS=500
    deadline=None,
    phases=[Phase.generate],  # a smaller seed is no simpler walk
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32))
def test_every_walk_ends_in_time_with_the_books_whole(seed, cast, buy, now):
    chance = random.Random(seed)
    cast.second, cast.checker = make_user("senior", Duty.SENIOR), make_user("platform", Duty.PLATFORM)
    cases = [case for _n in range(5) if (case := opened(chance, cast, buy, now))]
    at = now
    for _round in range(chance.randrange(2, 14)):
        at += timedelta(hours=chance.choice([1, 5, 23, 25, 50, 170]))
        settle(at)
        for case in cases:
            act(chance, Dispute.objects.get(pk=case.pk), cast, at)
        if cases and chance.random() < 0.3:
            cases += claimed(chance, chance.choice(cases), cast, at)
    end = silence_ends(chance, cast, at)
    for case in Dispute.objects.filter(pk__in=[case.pk for case in cases]):
        assert case.status in FINAL
        assert end - case.opened_at < LONGEST
        granted = RefundInstruction.objects.filter(case=case.number)
        postage = granted.filter(key__endswith=":postage")
        assert all(one.amount <= case.rules.threshold("return_freight_cap", case.currency) for one in postage)
        paid = granted.exclude(key__endswith=":postage").aggregate(
            back=Sum("amount", default=0), beyond=Sum("compensation", default=0)
        )
        assert paid["back"] - paid["beyond"] <= case.max_amount
        assert paid["beyond"] <= case.max_compensation
        only_with_consent(case)
        owed_only_by_word_or_ruling(case)
    assert [*audit.findings(), *ledger_audit.findings(), *remedy_audit.findings(), *advances_audit.findings()] == []


def opened(chance, cast, buy, now):
    """Open a case of any type that the order allows; None where the rules refuse it."""
    type = chance.choice(list(TYPES))
    rule = TYPES[type]
    order = buy(chance.choice(["9.90", "100.00", "2599.00"]), stage=chance.choice(sorted(rule.stages)))
    wants = chance.choice(rule.wants)
    try:
        return open_dispute(
            order=order,
            actor=cast.buyer,
            now=now,
            lines=[("1", 1)],
            type=type,
            reason=chance.choice(rule.reasons),
            wants=wants,
            amount=Decimal("5.00") if wants == RemedyKind.PARTIAL_REFUND else None,
        )
    except RuleBroken:
        return None


def claimed(chance, case, cast, at):
    """Let the seller open a case against the buyer; none where the rules refuse it."""
    type = chance.choice(list(CLAIMS))
    try:
        return [
            open_claim(
                order=Order.objects.prefetch_related("lines", "payments").get(pk=case.order_id),
                actor=cast.owner,
                now=at,
                type=type,
                reason=chance.choice(CLAIMS[type].reasons),
                statement="Only stones.",
                amount=Decimal("5.00"),
                about=case.number if type == "returned_goods_dispute" else "",
            )
        ]
    except RuleBroken:
        return []


def act(chance, case, cast, now, name="", among=frozenset(ACTIONS_INPUT)):
    """Let somebody do something that the case allows, or nobody anything."""
    name = name or chance.choice([*PEOPLE, "carrier", "nobody"])
    if name == "nobody":
        return
    if name == "carrier":
        carrier_says(chance, case, now)
        return
    role, actor = {**PEOPLE, "second": Role.SENIOR, "checker": Role.PLATFORM}[name], getattr(cast, name)
    possible = allowed_actions(case, role, user_id=actor.pk, now=now, offers=list(case.offers.all()))
    taken = [a.action for a in possible if not a.why_not and a.action in among]
    if not taken:
        return
    action = chance.choice(taken)
    known = ACTIONS_INPUT[action]
    try:
        sent = {}
        if known.serializer is not None:
            body = made(chance, input_schema(action), case)
            sent = known.prepare(case, validated(known.serializer, body))
        known.verb(dispute=case, actor=actor, now=now, **sent)
    except (RuleBroken, NotAllowed, DisputeMoved, ValidationError):
        pass  # refused with words; the case is as it was


def carrier_says(chance, case, now):
    """Let a carrier say anything of any parcel of the case, as often as it likes and in any order."""
    parcels = [
        *ReturnShipment.objects.filter(case=case.number).exclude(tracking="").values_list("carrier", "tracking"),
        *Replacement.objects.filter(case=case.number).exclude(tracking="").values_list("carrier", "tracking"),
    ]
    if parcels:
        kind = chance.choice(CarrierNews.values)
        bill = {"amount": Decimal(chance.randint(1, 3000)) / 100, "currency": case.currency}
        take_news(
            news=News(
                *chance.choice(parcels),
                str(chance.randrange(4)),
                kind,
                now,
                **(bill if kind == CarrierNews.BILLED else {}),
            ),
            now=now,
        )


def made(chance, schema, case):
    """Make something that fits a schema, with lines, offers and amounts that the case knows."""
    if "enum" in schema:
        return chance.choice(schema["enum"])
    kind = schema["type"]
    if kind == "object":
        return {name: named(chance, name, inner, case) for name, inner in schema["properties"].items()}
    if kind == "array":
        return [made(chance, schema["items"], case)]
    if kind == "integer":
        return chance.randint(schema.get("minimum") or 0, schema.get("maximum") or 100)
    if kind == "boolean":
        return chance.random() < 0.5
    if schema.get("format") == "decimal":
        return str((case.max_amount * chance.randint(1, 10) / 10).quantize(Decimal("0.01")))
    return f"SF{chance.randrange(10**13):013}"


def named(chance, name, schema, case):
    if name == "line":
        return case.lines.get().order_line.line_ref
    if name == "offer":
        offers = list(case.offers.values_list("pk", flat=True))
        return f"offer_{chance.choice(offers)}"
    if name == "compensation":
        return str(chance.choice([Decimal(0), case.max_compensation]))
    return made(chance, schema, case)


def settle(at):
    """Let everything that is due happen."""
    for _round in range(20):
        if not (sweep(now=at) + run_due(now=at) + advances.sweep(now=at) + drain(now=at)):
            return


def silence_ends(chance, cast, at):
    """Let time pass with neither side acting until no case waits any more; return when that was."""
    for _step in range(80):
        settle(at)
        for case in Dispute.objects.filter(awaiting=Role.SENIOR):
            # Nobody decides about their own decision.
            name = "second" if case.rulings.filter(by=cast.senior).exists() else "senior"
            held = case.arbitrator_id == getattr(cast, name).pk
            act(chance, case, cast, at, name, {"rule", "decide_appeal"} if held else {"take"})
        for case in Dispute.objects.filter(status=Status.AMOUNT_ON_HOLD, on_silence="report_overdue_hold"):
            for name in ("platform", "checker"):  # silence alarms and never pays: two people of finance look
                act(chance, Dispute.objects.get(pk=case.pk), cast, at, name, {"release_hold"})
        due = Dispute.objects.filter(due_at__isnull=False).order_by("due_at").values_list("due_at", flat=True).first()
        if due is None:
            return at
        at = max(at, due)
    stuck = [
        (c.status, c.awaiting, c.outcome, c.terms, [e.action for e in c.events.all()])
        for c in Dispute.objects.filter(due_at__isnull=False)
    ]
    raise AssertionError(f"silence does not end: {stuck}")


def only_with_consent(case):
    """A refund without return after receipt: by plan, promise, consent or ruling, never by silence (order 116)."""
    kept = case.terms and case.terms["kind"] in FULL - {RemedyKind.RETURN_REFUND}
    if case.order_stage == "received" and kept:
        assert case.outcome != Outcome.SILENCE
        assert case.outcome != Outcome.INSTANT


def owed_only_by_word_or_ruling(case):
    """Nobody owes a seller anything back by silence: the buyer agreed, or the platform ruled."""
    booked = Transaction.objects.filter(case=case.number, kind="recovery").exists()
    if booked or (case.is_claim and case.terms):
        assert case.outcome in {Outcome.ADMITTED, Outcome.RULING, Outcome.APPEAL}


pytestmark = pytest.mark.django_db
