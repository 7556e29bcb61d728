"""From facts to a band: pure, by numbers of the rule pack. A simple version until scores are measured in full."""

from dataclasses import asdict, dataclass
from typing import Any

from aftersales.policies.codes import MerchantBand
from aftersales.policies.rules import Rules
from aftersales.policies.trace import Step


@dataclass(frozen=True, slots=True)
class Facts:
    """What a band rests on, within the window of the rule pack."""

    orders: int = 0
    cases: int = 0  # opened by buyers
    lost: int = 0  # of these: the platform decided for the buyer
    silent: int = 0  # of these: decided because the seller did not answer

    @property
    def lost_percent(self) -> int:
        """Cases lost or left unanswered in a hundred."""
        return (self.lost + self.silent) * 100 // self.cases if self.cases else 0

    def dump(self) -> dict[str, int]:
        """Write for storage."""
        return asdict(self)

    @classmethod
    def parse(cls, data: dict[str, Any]) -> "Facts":
        """Read what `dump` wrote; what is missing is none."""
        return cls(**{name: int(data.get(name, 0)) for name in cls.__dataclass_fields__})


def band_of(facts: Facts, rules: Rules) -> tuple[MerchantBand, Step]:
    """Return a seller's band and why."""
    counts = rules.counts
    names = ("excellent_orders", "excellent_lost_percent", "watched_cases", "watched_lost_percent")
    said = {**facts.dump(), "lost_percent": facts.lost_percent, **{name: counts[name] for name in names}}
    if facts.cases >= counts["watched_cases"] and facts.lost_percent >= counts["watched_lost_percent"]:
        return MerchantBand.WATCHED, Step.of("band_watched", rules, "counts.watched_lost_percent", **said)
    if facts.orders < counts["excellent_orders"]:
        return MerchantBand.STANDARD, Step.of("band_standard_orders", rules, "counts.excellent_orders", **said)
    if facts.lost_percent > counts["excellent_lost_percent"]:
        return MerchantBand.STANDARD, Step.of("band_standard_lost", rules, "counts.excellent_lost_percent", **said)
    return MerchantBand.EXCELLENT, Step.of("band_excellent", rules, "counts.excellent_lost_percent", **said)
