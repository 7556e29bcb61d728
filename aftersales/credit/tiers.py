"""From facts to a tier: pure, by numbers of the rule pack, each with the one fact that would change it."""

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from aftersales.policies.codes import BuyerTier
from aftersales.policies.rules import Rules
from aftersales.policies.trace import Step

# The threshold of the rule pack that says how much may be on its way as refunds at once.
QUOTAS = {
    BuyerTier.NEW: "instant_quota_new",
    BuyerTier.REGULAR: "instant_quota_regular",
    BuyerTier.TRUSTED: "instant_quota_trusted",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a tier rests on. `usual_percent`: refunded orders among all buyers of the same categories of goods."""

    paid_orders: int = 0
    refunded_orders: int = 0
    usual_percent: int = 0
    findings: int = 0  # the buyer agreed to, or the platform found, within the window of the rule pack
    empty_returns: int = 0  # of these: empty parcels and swapped goods

    @property
    def refund_percent(self) -> int:
        """Refunded orders in a hundred paid ones."""
        return self.refunded_orders * 100 // self.paid_orders if self.paid_orders else 0

    def dump(self) -> dict[str, int]:
        """Write for storage."""
        return asdict(self)

    @classmethod
    def parse(cls, data: dict[str, Any]) -> "Facts":
        """Read what `dump` wrote; what is missing is none."""
        return cls(**{name: int(data.get(name, 0)) for name in cls.__dataclass_fields__})


def tier_of(facts: Facts, rules: Rules) -> tuple[BuyerTier, Step]:
    """Return a buyer's tier and why."""
    counts = rules.counts
    said = {**facts.dump(), "refund_percent": facts.refund_percent, "most_percent": most_percent(facts, rules)}
    said |= {name: counts[name] for name in ("regular_orders", "trusted_orders", "watched_findings")}
    if facts.findings >= counts["watched_findings"]:
        return BuyerTier.WATCHED, Step.of("tier_watched", rules, "counts.watched_findings", **said)
    if facts.paid_orders < counts["regular_orders"]:
        return BuyerTier.NEW, Step.of("tier_new", rules, "counts.regular_orders", **said)
    if facts.paid_orders < counts["trusted_orders"]:
        return BuyerTier.REGULAR, Step.of("tier_regular_orders", rules, "counts.trusted_orders", **said)
    if facts.findings:
        return BuyerTier.REGULAR, Step.of("tier_regular_findings", rules, "windows.findings", **said)
    if facts.refund_percent > most_percent(facts, rules):
        return BuyerTier.REGULAR, Step.of("tier_regular_refunds", rules, "counts.trusted_refund_ratio", **said)
    return BuyerTier.TRUSTED, Step.of("tier_trusted", rules, "counts.trusted_orders", **said)


def most_percent(facts: Facts, rules: Rules) -> int:
    """Return how many refunded orders in a hundred a trusted buyer may have: measured against the same goods."""
    usual = facts.usual_percent * rules.counts["trusted_refund_ratio"] // 100
    return max(usual, rules.counts["trusted_refund_percent"])


def quota(tier: str, rules: Rules, currency: str) -> Decimal | None:
    """Return how much may be refunded at once at a time, in a currency; None where nothing is."""
    name = QUOTAS.get(BuyerTier(tier or BuyerTier.NEW))
    return rules.threshold(name, currency) if name else None
