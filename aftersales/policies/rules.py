"""The numbers of a rule pack: typed, with words in both languages. Data, never constants elsewhere.

Sources as in the platforms' public rules and the law: (law) Consumer Protection Law and its orders, (T) Taobao dispute
rules 2025, (J) JD dispute rules 2025/2026, (W) WeChat Shop, (P) PayPal, (E) eBay, (M) Mercado Libre, (d) our default.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# name -> (hours, words). No party's clock is shorter than 24 h: WCAG 2.2.1 exempts only limits over 20 hours.
TIMERS: dict[str, tuple[int, Any]] = {
    "merchant_unshipped": (24, _("Merchant answers a refund before shipping")),
    "merchant_refund_only": (48, _("Merchant answers a refund without return")),
    "merchant_return": (48, _("Merchant answers a return request (W)")),
    "merchant_goods": (48, _("Merchant answers a replacement request (d)")),
    "buyer_offer": (24, _("Buyer answers an offer")),
    "merchant_counter": (24, _("Merchant answers a counter-offer")),
    "offer_stands": (24, _("Last merchant offer stands")),
    "earliest_escalation": (24, _("Buyer may escalate without agreement after (J)")),
    "buyer_after_refusal": (168, _("Buyer escalates after a refusal (W)")),
    "negotiation_cap": (480, _("Negotiation ends at the latest (P)")),
    "buyer_ships": (168, _("Buyer sends the return (W)")),
    "merchant_receives": (240, _("Merchant confirms receipt of the return, from dispatch (W)")),
    "merchant_inspects": (48, _("Merchant inspects the return (W)")),
    "merchant_sends_goods": (72, _("Merchant sends the replacement (d)")),
    "statutory_refund": (168, _("Refund is paid after it is owed (law)")),
    "first_answer": (24, _("Parties answer an intervention (J)")),
    "extra_evidence": (24, _("Extra evidence (J)")),
    "ruling": (72, _("Ruling")),
    "ruling_small": (24, _("Ruling of a small amount")),
    "execute_ruling": (24, _("Merchant executes a ruling (J)")),
    "appeal": (168, _("Appeal (J)")),
    "appeal_decided": (168, _("Appeal is decided")),
    "release_hold": (48, _("A large amount is approved (d)")),
    "payout_failed": (24, _("A failed payment is looked at (d)")),
    "pause": (720, _("Pause to settle (T)")),
    "reopen": (720, _("A lapsed case can be re-opened (d)")),
}
PARTY_TIMERS = frozenset(n for n in TIMERS if n.startswith(("merchant", "buyer", "offer", "first", "extra", "execute")))
SHORTEST_PARTY_HOURS = 24

# name -> (days, words)
WINDOWS: dict[str, tuple[int, Any]] = {
    "no_reason": (7, _("Return without reason, from the day after signing (law)")),
    "quality": (15, _("Quality problems after receipt (J)")),
    "not_received": (30, _("Parcel not received, after shipping (d)")),
    "warranty": (180, _("Seller proves absence of defect (law)")),
}

# name -> ({currency: amount}, words); a currency that is not listed has no such threshold.
THRESHOLDS: dict[str, tuple[dict[str, str], Any]] = {
    "instant_refund": ({"CNY": "1000", "USD": "140", "EUR": "130", "BRL": "780"}, _("Instant refund up to")),
    "small_claim": ({"CNY": "200", "USD": "28", "EUR": "26", "BRL": "156"}, _("Small amount, ruled sooner")),
    "ask_return_above": ({"CNY": "50", "USD": "7", "EUR": "6.5", "BRL": "40"}, _("Silence asks for a return above")),
    "hold_above": ({"CNY": "20000", "USD": "2800", "EUR": "2600", "BRL": "15600"}, _("Approval needed above")),
}
COUNTS: dict[str, tuple[int, Any]] = {
    "instant_refund_hours": (6, _("Instant refund: hours since payment")),
    "requests_per_line": (5, _("Requests per order line before a person decides (W)")),
}


@dataclass(frozen=True, slots=True)
class Rules:
    """One rule pack version's numbers: hours, days, amounts by currency, counts."""

    timers: Mapping[str, int]
    windows: Mapping[str, int]
    thresholds: Mapping[str, Mapping[str, Decimal]]
    counts: Mapping[str, int]

    def timer(self, name: str) -> timedelta:
        """How long a clock runs. Raises KeyError for a clock that no pack knows."""
        return timedelta(hours=self.timers[name])

    def window(self, name: str) -> timedelta:
        """How long a right lasts."""
        return timedelta(days=self.windows[name])

    def threshold(self, name: str, currency: str) -> Decimal | None:
        """An amount in the given currency, or None where the pack sets none for it."""
        return self.thresholds[name].get(currency)

    @classmethod
    def defaults(cls) -> "Rules":
        """The mainland China pack as shipped (domain: workflow and windows)."""
        return cls(
            timers={k: v[0] for k, v in TIMERS.items()},
            windows={k: v[0] for k, v in WINDOWS.items()},
            thresholds={k: {c: Decimal(a) for c, a in v[0].items()} for k, v in THRESHOLDS.items()},
            counts={k: v[0] for k, v in COUNTS.items()},
        )

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "Rules":
        """Read stored rules; what a version does not say is as shipped. Raises ValidationError naming what is wrong."""
        base = cls.defaults()
        unknown = set(data) - {f.name for f in fields(cls)}
        if unknown:
            raise ValidationError(_("Unknown section: %(names)s"), params={"names": ", ".join(sorted(unknown))})
        rules = cls(
            timers=_whole("timers", data, base.timers),
            windows=_whole("windows", data, base.windows),
            thresholds={**base.thresholds, **_amounts(data.get("thresholds", {}), base.thresholds)},
            counts=_whole("counts", data, base.counts),
        )
        for name in PARTY_TIMERS:
            if rules.timers[name] < SHORTEST_PARTY_HOURS:
                raise ValidationError(
                    _("%(name)s: a party has at least %(hours)s hours."),
                    params={"name": name, "hours": SHORTEST_PARTY_HOURS},
                )
        return rules

    def dump(self) -> dict[str, Any]:
        """Write for storage: whole numbers, amounts as strings."""
        return {
            "timers": dict(self.timers),
            "windows": dict(self.windows),
            "thresholds": {k: {c: str(a) for c, a in v.items()} for k, v in self.thresholds.items()},
            "counts": dict(self.counts),
        }


def _whole(section: str, data: Mapping[str, Any], base: Mapping[str, int]) -> dict[str, int]:
    given = data.get(section, {})
    for name, value in given.items():
        if name not in base:
            raise ValidationError(_("Unknown rule: %(name)s"), params={"name": f"{section}.{name}"})
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValidationError(_("%(name)s: a whole number of at least 1 is needed."), params={"name": name})
    return {**base, **given}


def _amounts(given: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, dict[str, Decimal]]:
    result: dict[str, dict[str, Decimal]] = {}
    for name, by_currency in given.items():
        if name not in base:
            raise ValidationError(_("Unknown rule: %(name)s"), params={"name": f"thresholds.{name}"})
        try:
            result[name] = {c: Decimal(str(a)) for c, a in by_currency.items()}
        except (InvalidOperation, AttributeError) as wrong:
            raise ValidationError(_("%(name)s: amounts by currency are needed."), params={"name": name}) from wrong
    return result


def day_after(instant: datetime, days: timedelta) -> datetime:
    """End of a window of whole days that counts from the day AFTER an event (law: seven days after signing).

    `instant` must be local to where the law counts days; the window closes at the end of its last day.
    """
    start = instant.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return start + days
