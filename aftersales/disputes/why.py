"""What the automatic steps of a filing leave behind, so that both sides can read why. Pure: no queries."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aftersales.credit.tiers import QUOTAS, quota
from aftersales.disputes import clocks
from aftersales.disputes.eligibility import Claim, keeps_freight, window_of
from aftersales.disputes.workflow import CLOCKS
from aftersales.policies.claims import CLAIMS
from aftersales.policies.codes import BuyerTier, DisputeType
from aftersales.policies.rules import Rules
from aftersales.policies.trace import Step
from aftersales.policies.types import TypeRule
from aftersales.policies.values import CONFIRMED
from portal.money import plain

if TYPE_CHECKING:
    from aftersales.disputes.models import Dispute
    from aftersales.disputes.services.claimable import Claimable


# What is the most where the type itself says how much can be at stake.
_BOUNDED: dict[str, str] = {
    DisputeType.PRICE_DROP: "amount_difference",
    DisputeType.FREIGHT: "amount_freight",
    DisputeType.GIFT_OR_BUNDLE: "amount_gift",
}


def filing_steps(
    case: "Dispute", claims: Sequence[tuple[Claim, Rules]], rule: TypeRule, *, planned: bool
) -> list[dict[str, Any]]:
    """Say what decided a filing: the window of each pack involved, the most there is, freight, and the first clock.

    `planned`: a plan of the merchant answers first.
    """
    seen: dict[str, Step] = {}
    for claim, rules in claims:
        for step in _right(case, claim, rule, rules):
            seen.setdefault(f"{step.code} {step.source} {step.facts.get('until_at', '')}", step)
    steps = [*seen.values(), _amount(case, rule), *_freight(rule, case.rules), _clock(case, planned)]
    return [step.dump() for step in steps]


def _right(case: "Dispute", claim: Claim, rule: TypeRule, rules: Rules) -> list[Step]:
    path = f"windows.{rule.window}"
    start, until = claim.line.arrived_at or claim.line.shipped_at, window_of(claim.line, rule, rules).until
    if until is None:
        return [Step.of("window_none", rules, path if rule.window else "counts.requests_per_line", type=case.type)]
    span = rules.windows[rule.window]
    steps = [Step.of("window_open", rules, path, type=case.type, until_at=until, window_span=span, start_at=start)]
    if rule.window == "no_reason":
        confirmable = rules.choices["no_reason"] == CONFIRMED
        code = "no_reason_unconfirmed" if confirmable else "no_reason_allowed"
        steps.append(Step.of(code, rules, "choices.no_reason"))
    return steps


def _amount(case: "Dispute", rule: TypeRule) -> Step:
    rules = case.rules
    if case.type in _BOUNDED:
        return Step.of(
            _BOUNDED[case.type], rules, "", most_amount=plain(case.max_amount, case.currency), currency=case.currency
        )
    code = "amount_goods" if keeps_freight(rule, rules) else "amount_withdrawal" if rule.remorse else "amount_all"
    most = plain(case.max_amount, case.currency)
    path = "choices.outbound_freight_remorse" if rule.remorse else ""
    return Step.of(code, rules, path, most_amount=most, currency=case.currency)


def _freight(rule: TypeRule, rules: Rules) -> list[Step]:
    """Say who pays for sending goods back, where that can be."""
    if not rule.returnable:
        return []
    payer, other = rules.return_payer(remorse=rule.remorse), rules.return_payer(remorse=not rule.remorse)
    kind = "remorse" if rule.remorse else "fault"
    facts = {"freight_payer": payer, "other_payer": other}
    return [Step.of(f"freight_{kind}", rules, f"choices.return_freight_{kind}", **facts)]


def _clock(case: "Dispute", planned: bool) -> Step:
    rules = case.rules
    clock = clocks.merchant_clock(case, rules)
    timer = CLOCKS[clock].timer
    if planned:
        return Step.of("clock_after_offers", rules, f"timers.{timer}", hours=rules.timers[timer])
    if clock == "merchant_promised":
        return Step.of("clock_promised", rules, "choices.damaged_on_arrival", hours=rules.timers[timer])
    limit = rules.threshold("ask_return_above", case.currency)
    if clock == "merchant_refund_only" and limit is not None and case.max_amount <= limit:
        said = {"band": case.merchant_band, "limit_amount": limit, "currency": case.currency}
        return Step.of("band_autonomy", rules, "counts.excellent_lost_percent", **said)
    if clock == "merchant_review" and (limit is None or not clocks.can_go_back(case)):
        return Step.of("clock_review", rules, f"timers.{timer}", hours=rules.timers[timer])
    codes = {"merchant_refund_only": "clock_return_above", "merchant_review": "clock_review_below"}
    code = codes.get(clock, "clock_answer") if limit is not None else "clock_answer"
    facts = {} if code == "clock_answer" else {"limit_amount": limit, "currency": case.currency}
    return Step.of(code, rules, f"timers.{timer}", hours=rules.timers[timer], **facts)


def instant_steps(
    case: "Dispute", rules: Rules, *, paid_at: datetime | None, on_its_way: Decimal, now: datetime
) -> tuple[Step | None, Step | None]:
    """Say why money goes back at once, or does not: to both sides, and to the buyer alone what is about the buyer.

    `on_its_way`: what the buyer gets back at once from other cases and has not got yet, in the case's currency.
    The first is None where the rules know no refund at once, the second where nothing depended on the buyer.
    """
    step = instant_step(case, rules, paid_at=paid_at, now=now)
    if step is None or step.code != "instant_refund":
        return step, None
    bounded = Step.of("instant_bounded", rules, "thresholds.instant_refund")
    most = quota(case.buyer_tier, rules, case.currency)
    if most is None:
        return bounded, Step.of("instant_watched", rules, "counts.watched_findings", tier=case.buyer_tier)
    rule = f"thresholds.{QUOTAS[BuyerTier(case.buyer_tier)]}"
    facts = {"tier": case.buyer_tier, "quota_amount": most, "currency": case.currency}
    if on_its_way + case.max_amount > most:
        return bounded, Step.of("instant_quota", rules, rule, used_amount=on_its_way, **facts)
    return step, Step.of("instant_tier", rules, rule, **facts)


def instant_step(case: "Dispute", rules: Rules, *, paid_at: datetime | None, now: datetime) -> Step | None:
    """Say why the order would be refunded at once, or not, whoever the buyer is; None where the rules know no such."""
    limit, hours = rules.threshold("instant_refund", case.currency), rules.counts["instant_refund_hours"]
    if paid_at is None or limit is None:
        return None
    if (now - paid_at).total_seconds() > hours * 3600:
        return Step.of("instant_too_late", rules, "counts.instant_refund_hours", paid_at=paid_at, hours=hours)
    code = "instant_refund" if case.max_amount <= limit else "instant_too_much"
    facts = {"limit_amount": limit, "currency": case.currency}
    return Step.of(code, rules, "thresholds.instant_refund", hours=hours, **facts)


def claim_steps(case: "Dispute", found: "Claimable") -> list[dict[str, Any]]:
    """Say what decided that a seller's claim was taken: its window, the most there is, and the buyer's time."""
    rules, window = case.rules, CLAIMS[case.type].window
    span = rules.windows[window]
    until, since = found.until, found.since
    steps = [Step.of("claim_open", rules, f"windows.{window}", until_at=until, window_span=span, start_at=since)]
    if found.most:
        steps.append(Step.of("claim_most", rules, "", most_amount=found.most, currency=case.currency))
    hours = rules.timers["buyer_claim"]
    return [step.dump() for step in [*steps, Step.of("clock_claim", rules, "timers.buyer_claim", hours=hours)]]
