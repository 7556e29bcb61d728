"""The numbers that apply: typed, complete, each knowing where it comes from. Data, never constants elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from aftersales.policies.calendars import Counting
from aftersales.policies.layers import Layer
from aftersales.policies.values import (
    CHOICES,
    COUNTS,
    SHORTEST_PARTY_HOURS,
    THRESHOLDS,
    TIMERS,
    WINDOWS,
    Span,
)

__all__ = ["SHORTEST_PARTY_HOURS", "Rules", "Source"]


@dataclass(frozen=True, slots=True)
class Source:
    """Who set a value: a version of a rule pack, or of a merchant's promises."""

    kind: str  # pack or promise
    name: str
    number: int
    pk: int

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"


SHIPPED = Source("pack", "-", 0, 0)


@dataclass(frozen=True, slots=True)
class Rules:
    """Effective rules: hours, spans, amounts by currency, counts, choices; `sources` and `basis` by `section.name`."""

    timers: Mapping[str, int]
    windows: Mapping[str, Span]
    thresholds: Mapping[str, Mapping[str, Decimal]]
    counts: Mapping[str, int]
    choices: Mapping[str, str]
    sources: Mapping[str, Source] = field(default_factory=dict)
    basis: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def timer(self, name: str) -> timedelta:
        """How long a clock runs. Raises KeyError for a clock that no pack knows."""
        return timedelta(hours=self.timers[name])

    def until(self, window: str, start: datetime) -> datetime:
        """When a right that began with an event ends."""
        return self.windows[window].until(start, self.zone)

    def return_payer(self, *, remorse: bool) -> str:
        """Who pays for sending goods back: buyer, merchant or platform. `remorse`: nothing is wrong with them."""
        return self.choices["return_freight_remorse" if remorse else "return_freight_fault"]

    def counting(self, timer: str) -> str:
        """Which time a clock counts: every hour, business days or working hours."""
        return self.choices.get(f"time_{timer}", Counting.NATURAL)

    def threshold(self, name: str, currency: str) -> Decimal | None:
        """An amount in the given currency, or None where the pack sets none for it."""
        return self.thresholds[name].get(currency)

    @property
    def zone(self) -> ZoneInfo:
        """Where the law of the pack counts its days."""
        return ZoneInfo(self.choices["law_zone"])

    def source(self, path: str) -> Source:
        """Say who set a rule such as `windows.visible`."""
        return self.sources.get(path, SHIPPED)

    def value(self, path: str) -> Any:
        """Return a rule by its path."""
        section, _dot, name = path.partition(".")
        return getattr(self, section)[name]

    def over(self, layer: Layer, source: Source) -> "Rules":
        """Return these rules with single values replaced by a layer's; what it does not say stays."""
        new: dict[str, dict[str, Any]] = {}
        for path, value in layer.values.items():
            section, _dot, name = path.partition(".")
            new.setdefault(section, dict(getattr(self, section)))[name] = value
        stale = {path: text for path, text in self.basis.items() if path not in layer.values}
        return replace(
            self,
            **new,
            sources={**self.sources, **dict.fromkeys(layer.values, source)},
            basis={**stale, **layer.basis},
        )

    @classmethod
    def defaults(cls) -> "Rules":
        """The mainland China pack as shipped (domain: workflow and windows)."""
        return cls(
            timers={k: v[0] for k, v in TIMERS.items()},
            windows={k: v[0] for k, v in WINDOWS.items()},
            thresholds={k: {c: Decimal(a) for c, a in v[0].items()} for k, v in THRESHOLDS.items()},
            counts={k: v[0] for k, v in COUNTS.items()},
            choices={k: v.default for k, v in CHOICES.items()},
        )

    @classmethod
    def parse(cls, data: Mapping[str, Any], source: Source = SHIPPED) -> "Rules":
        """Read a base pack; what a version does not say is as shipped. Raises BadRules naming what is wrong."""
        shipped = cls.defaults()
        everything = Layer({f"{s}.{n}": source for s in _SECTIONS for n in getattr(shipped, s)})
        whole = replace(shipped, sources=dict.fromkeys(everything.values, source))
        return whole.over(Layer.parse(data), source)


_SECTIONS = ("timers", "windows", "thresholds", "counts", "choices")
