"""No seller is made to refund goods that the buyer has and keeps (platform-rules order 116, in force 2026-02-01).

After receipt a refund without return comes only of the seller's own plan, signed promise or consent, of the buyer's
choice in a recall that names the seller's consent or an authority's order, or of a reasoned ruling. Held against every
action of the table that pays, and driven: every type x stage x wish x promise x silence of the workflow.
"""

import itertools
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from aftersales.arbitration.services import RULABLE_CLAIMS
from aftersales.disputes import clocks
from aftersales.disputes.codes import FINAL, Outcome, Role, Status
from aftersales.disputes.errors import RuleBroken
from aftersales.disputes.models import Dispute
from aftersales.disputes.services import negotiation
from aftersales.disputes.services.filing import open_dispute
from aftersales.disputes.services.silence import SILENCE
from aftersales.disputes.services.sweep import sweep
from aftersales.disputes.workflow import ACTIONS, CLOCKS
from aftersales.orders.models import OrderStage
from aftersales.policies.codes import FULL, BuyerTier, MerchantBand, RemedyKind
from aftersales.policies.rules import Rules
from aftersales.policies.types import TYPES
from aftersales.remedies.models import RefundInstruction
from merchants.promises.services import sign
from merchants.scores.models import MerchantStanding
from tests.plans.makers import make_plan

KEEPING = FULL - {RemedyKind.RETURN_REFUND} | {RemedyKind.PARTIAL_REFUND}
PAYS = {Status.FULFILLING, Status.AMOUNT_ON_HOLD}

# Every action of the table that can end in money, and on whose word it does. A new one fails until it stands here.
WORD = {
    "refund_at_once": "before shipping only: nothing was received",
    "accept_offer": "the other side accepts: the seller's plan or proposal, or the seller accepts the buyer's",
    "agree": "the seller consents",
    "choose_remedy": "a recall, which names the seller's consent or an authority's order for goods that are kept",
    "intercept_parcel": "the seller agreed to stop the parcel, and the goods came back",
    "deliver_goods": "goods that were agreed or ruled arrived",
    "confirm_goods": "goods that were agreed or ruled arrived",
    "accept_goods_by_silence": "goods that were agreed or ruled arrived",
    "lose_return": "the goods went back and the carrier lost them",
    "confirm_return": "the goods came back",
    "accept_deduction": "the goods came back",
    "accept_return_by_silence": "the goods came back",
    "execute": "a ruling",
    "execute_ruling": "a ruling",
    "decide_appeal": "a ruling",
    "agree_by_silence": "before shipping, for a return, or by the seller's signed promise: see the clocks below",
    "retry_payout": "decided before",
    "release_hold": "decided before, and approved by somebody else",
}
# Which clocks of the seller count silence as agreement. The tests below drive each of them.
AGREEING = {"merchant_unshipped", "merchant_return", "merchant_promised"}


def test_every_action_that_can_pay_rests_on_somebodys_word():
    assert {name for name, row in ACTIONS.items() if row.targets & PAYS} == set(WORD)


def test_only_known_silences_can_pay():
    paying = {name for name, row in ACTIONS.items() if row.targets & PAYS and Role.SYSTEM in row.roles}
    silences = {clock.on_silence for clock in CLOCKS.values()} & paying
    # The others follow goods that are back or arrived, a ruling, or an earlier decision.
    settled = {"accept_return_by_silence", "accept_goods_by_silence", "execute_ruling", "retry_payout"}
    assert silences == settled | {"agree_by_silence"}
    assert {name for name, clock in CLOCKS.items() if clock.on_silence == "agree_by_silence"} == AGREEING
    assert set(SILENCE) >= silences


def scenes():
    """Every case that the rules can know: type x stage x wish x band of the seller x signed promise."""
    for type, rule in TYPES.items():
        for stage, wants in itertools.product(sorted(rule.stages), rule.wants):
            for band, promise in itertools.product(MerchantBand, ("as_agreed", "no_return")):
                yield type, stage, wants, band, promise


@pytest.mark.parametrize("amount", ["1.00", "49.99", "50.00", "50.01", "99999.00"])
def test_no_clock_lets_the_sellers_silence_refund_what_the_buyer_keeps(amount):
    """Pure: of each scene the clock that filing starts, at amounts around each threshold."""
    seen = 0
    for type, stage, wants, band, promise in scenes():
        rules = Rules.defaults()
        rules = replace(rules, choices={**rules.choices, "damaged_on_arrival": promise})
        case = SimpleNamespace(
            type=type, order_stage=stage, wants=wants, currency="CNY", max_amount=Decimal(amount), merchant_band=band
        )
        clock = CLOCKS[clocks.merchant_clock(case, rules)]
        if stage != OrderStage.UNSHIPPED and wants in KEEPING and clock.on_silence == "agree_by_silence":
            assert (type, promise) == ("arrived_damaged", "no_return"), (type, stage, wants, band)
        seen += 1
    assert seen > 300


def filed(type, stage, wants, cast, buy, now, price):
    rule = TYPES[type]
    order = buy(price, stage=stage)
    return open_dispute(
        order=order,
        actor=cast.buyer,
        now=now,
        lines=[("1", 1)],
        type=type,
        reason=rule.reasons[0],
        wants=wants,
        amount=Decimal("5.00") if wants == RemedyKind.PARTIAL_REFUND else None,
    )


def kept(case):
    """Whether a case paid for goods that the buyer received and keeps."""
    paid = RefundInstruction.objects.filter(case=case.number).exists()
    return paid and case.order_stage == OrderStage.RECEIVED and case.terms["kind"] in KEEPING


@pytest.mark.parametrize("band", MerchantBand.values)
@pytest.mark.parametrize("price", ["30.00", "600.00"])
def test_silence_all_the_way_down_pays_nothing_for_goods_that_are_kept(price, band, cast, buy, now):
    """Driven: every type, stage and wish is filed, then nobody ever acts; each silence is taken to its end."""
    MerchantStanding.objects.create(merchant=cast.shop, band=band, computed_at=now)
    opened = []
    for type, rule in TYPES.items():
        for stage, wants in itertools.product(sorted(rule.stages), rule.wants):
            try:
                opened.append(filed(type, stage, wants, cast, buy, now, price).pk)
            except RuleBroken:
                continue  # not possible for these goods at this stage: then nothing can be paid either
    assert len(opened) > 50
    at = now
    for _silence in range(12):
        waiting = Dispute.objects.filter(pk__in=opened).exclude(awaiting__in=[Role.SENIOR, Role.ARBITRATOR, ""])
        due = waiting.order_by("-due_at").values_list("due_at", flat=True).first()
        if due is None:
            break
        at = max(at, due)
        sweep(now=at)
    for case in Dispute.objects.filter(pk__in=opened):
        assert case.status in {*FINAL, *PAYS, Status.AWAITING_RULING, Status.PAYOUT_FAILED}
        assert not kept(case), (case.type, case.order_stage, case.wants, case.outcome)
        if case.outcome == Outcome.INSTANT:
            assert case.order_stage == OrderStage.UNSHIPPED


@pytest.mark.parametrize("tier", BuyerTier.values)
def test_no_tier_of_the_buyer_reaches_it(tier, cast, buy, now):
    from aftersales.credit.models import BuyerCredit

    BuyerCredit.objects.create(buyer=cast.buyer, tier=tier, computed_at=now)
    case = filed("quality_visible", "received", "full_refund_no_return", cast, buy, now, "30.00")
    sweep(now=case.due_at)
    case.refresh_from_db()
    assert (case.status, kept(case)) == ("escalated", False)


def test_the_four_ways_that_reach_it(cast, buy, now):
    """A plan's offer, the seller's consent, a signed promise; a ruling is told in tests/arbitration."""
    consent = filed("quality_visible", "received", "full_refund_no_return", cast, buy, now, "30.00")
    consent = negotiation.agree(dispute=consent, actor=cast.owner, now=now)
    assert kept(consent)
    assert consent.outcome == Outcome.CONSENT

    long_ago = now - timedelta(days=60)
    given = {"rules": {"choices": {"damaged_on_arrival": "no_return"}}, "effective_at": long_ago, "now": long_ago}
    sign(merchant=cast.shop, actor=cast.owner, **given)
    promised = filed("arrived_damaged", "received", "full_refund_no_return", cast, buy, now, "30.00")
    assert promised.on_silence == "agree_by_silence"
    sweep(now=promised.due_at)
    promised.refresh_from_db()
    assert kept(promised)
    assert promised.promise_id

    make_plan(cast.shop)
    planned = filed("quality_visible", "received", "full_refund_no_return", cast, buy, now, "100.00")
    offer = planned.offers.filter(by_role="merchant").first()
    planned = negotiation.accept_offer(dispute=planned, actor=cast.buyer, now=now, offer=offer)
    assert planned.plan_version_id
    assert planned.outcome == Outcome.OFFER
    assert kept(planned)


def test_what_a_seller_claims_pays_no_buyer():
    for kinds in RULABLE_CLAIMS.values():
        assert not set(kinds) & (FULL | {RemedyKind.PARTIAL_REFUND})


pytestmark = pytest.mark.django_db
